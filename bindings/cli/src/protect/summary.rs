//! The table at the end of several photos.

use std::collections::BTreeMap;
use std::time::Duration;

use super::failed::Failed;
use super::job::Done;
use crate::exit::{Failure, Status};
use crate::output;

/// What became of all photos so far.
#[derive(Debug, Default)]
pub(super) struct Summary {
    protected: usize,
    pixels: u64,
    input_bytes: u64,
    output_bytes: u64,
    psnr_db: Vec<f64>,
    refused: BTreeMap<String, usize>,
    failed: BTreeMap<String, usize>,
    /// A line did not reach standard output.
    unsaid: bool,
}

impl Summary {
    /// Counts a photo.
    pub(super) fn add(&mut self, done: &Result<Done, Failed>) {
        match done {
            Ok(done) => {
                self.protected += 1;
                self.pixels += u64::from(done.report.width) * u64::from(done.report.height);
                self.input_bytes += done.input_bytes;
                self.output_bytes += done.output_bytes;
                self.psnr_db.extend(done.report.psnr_db);
            }
            Err(failed) => self.add_failed(failed),
        }
    }

    /// Counts a photo, or a folder, of which nothing came. What the user interrupted is no failure.
    pub(super) fn add_failed(&mut self, failed: &Failed) {
        let kinds = match failed {
            failed if failed.interrupted => return,
            failed if failed.refused => &mut self.refused,
            _ => &mut self.failed,
        };
        *kinds.entry(failed.kind.clone()).or_default() += 1;
    }

    /// Notes whether a photo's line was written; that one was not is said once.
    pub(super) fn note_said(&mut self, said: Result<(), Failure>) {
        if let Err(failure) = said
            && !std::mem::replace(&mut self.unsaid, true)
        {
            output::complain(&failure.message);
        }
    }

    /// How the command ends.
    pub(super) fn status(&self) -> Status {
        if self.unsaid || self.failures() > 0 {
            Status::SomeFailed
        } else {
            Status::Done
        }
    }

    /// Photos refused or failed.
    pub(super) fn failures(&self) -> usize {
        self.refused.values().chain(self.failed.values()).sum()
    }

    /// The table, of `total` photos that took `time`.
    pub(super) fn table(&self, total: usize, time: Duration) -> String {
        let mut rows = vec![("protected", format!("{} of {total} photos", self.protected))];
        for (name, kinds) in [("refused", &self.refused), ("failed", &self.failed)] {
            let width = kinds
                .values()
                .max()
                .map_or(0, |count| count.to_string().len());
            let row = |(i, (kind, count)): (usize, (&String, &usize))| {
                (
                    if i == 0 { name } else { "" },
                    format!("{count:>width$}  {kind}"),
                )
            };
            rows.extend(kinds.iter().enumerate().map(row));
        }
        let unfinished = total.saturating_sub(self.protected + self.failures());
        if unfinished > 0 {
            rows.push(("unfinished", unfinished.to_string()));
        }
        let seconds = time.as_secs_f64();
        let rate = |amount: f64| amount / seconds.max(1e-3);
        rows.push((
            "time",
            format!(
                "{seconds:.1} s, {:.1} photos/s, {:.1} megapixels/s",
                rate(self.protected as f64),
                rate(self.pixels as f64 / 1e6)
            ),
        ));
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        rows.push((
            "bytes",
            format!(
                "{:.1} MB in, {:.1} MB out",
                megabytes(self.input_bytes),
                megabytes(self.output_bytes)
            ),
        ));
        if let Some(psnr) = median(&self.psnr_db) {
            rows.push(("PSNR", format!("{psnr:.1} dB (median)")));
        }
        let lines: Vec<String> = rows
            .iter()
            .map(|(name, value)| format!("{name:<10}  {value}"))
            .collect();
        lines.join("\n")
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some((lower + upper) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: &str, refused: bool) -> Failed {
        Failed {
            refused,
            kind: kind.to_owned(),
            ..Failed::io("why")
        }
    }

    #[test]
    fn the_table_counts_and_aligns() {
        let mut summary = Summary {
            protected: 3,
            pixels: 36_000_000,
            input_bytes: 12_340_000,
            output_bytes: 12_900_000,
            psnr_db: vec![36.0, 34.0, 35.0],
            ..Summary::default()
        };
        for _ in 0..10 {
            summary.add_failed(&failed("unsupported format", true));
        }
        summary.add_failed(&failed("already protected", true));
        summary.add(&Err(failed("damaged photo", false)));
        summary.add_failed(&Failed {
            interrupted: true,
            ..failed("cancelled", false)
        });
        let expected = "\
protected   3 of 17 photos
refused      1  already protected
            10  unsupported format
failed      1  damaged photo
unfinished  2
time        2.0 s, 1.5 photos/s, 18.0 megapixels/s
bytes       12.3 MB in, 12.9 MB out
PSNR        35.0 dB (median)";
        assert_eq!(summary.table(17, Duration::from_secs(2)), expected);
        assert_eq!(summary.failures(), 12);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
