//! What is said of one photo: a line for people or a line of JSON.

use std::time::Duration;

use confounder::{MetadataAction, MetadataEntry, PhotoInfo, Report};
use serde::Serialize;

use super::failed::Failed;
use super::inputs::Unreadable;
use super::job::{Destination, Done, Job};
use crate::exit::Failure;
use crate::flags::in_flags;
use crate::output;

/// How a run talks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Voice {
    pub(super) json: bool,
    pub(super) quiet: bool,
    pub(super) dry_run: bool,
}

/// One line of `--json`; `body` is the report, or the headers in a dry run.
#[derive(Debug, Serialize)]
struct Record<'a, Body: Serialize> {
    input: String,
    output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dry_run: Option<bool>,
    #[serde(flatten)]
    body: Option<Body>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorRecord<'a>>,
}

#[derive(Debug, Serialize)]
struct Sized<'a> {
    input_bytes: u64,
    output_bytes: u64,
    #[serde(flatten)]
    report: &'a Report,
}

#[derive(Debug, Serialize)]
struct ErrorRecord<'a> {
    kind: &'a str,
    message: &'a str,
}

impl<'a> From<&'a Failed> for ErrorRecord<'a> {
    fn from(failed: &'a Failed) -> Self {
        Self {
            kind: &failed.kind,
            message: &failed.message,
        }
    }
}

impl Voice {
    /// Writes what became of a photo. Failures go to standard error as well, unless the user interrupted.
    ///
    /// # Errors
    /// Standard output takes no more, here and below.
    pub(super) fn finished(self, job: &Job, done: &Result<Done, Failed>) -> Result<(), Failure> {
        if let Err(failed) = done
            && !failed.interrupted
        {
            output::complain(&format!("{}: {}", job.input_name(), failed.message));
        }
        if self.json {
            let body = done.as_ref().ok().map(|done| Sized {
                input_bytes: done.input_bytes,
                output_bytes: done.output_bytes,
                report: &done.report,
            });
            return output::json(&self.record(job, body, done.as_ref().err()));
        }
        if let Ok(done) = done
            && !self.quiet
            && !job.writes_stdout()
        {
            return output::line(&protected(job, &done.report));
        }
        Ok(())
    }

    /// Writes what would become of a photo. That it would be refused is a result here and goes to standard output.
    pub(super) fn foreseen(
        self,
        job: &Job,
        photo: &Result<PhotoInfo, Failed>,
    ) -> Result<(), Failure> {
        if self.json {
            let body = photo.as_ref().ok();
            let error = photo.as_ref().err();
            return output::json(&self.record(job, body, error));
        }
        match photo {
            Ok(photo) if !self.quiet => output::line(&foreseen(job, photo)),
            Ok(_) => Ok(()),
            Err(failed) => {
                let verb = if failed.refused {
                    "would be refused"
                } else {
                    "would fail"
                };
                let (name, message) = (job.input_name(), &failed.message);
                output::line(&format!("{name}: {verb}: {message}"))
            }
        }
    }

    /// Writes that a folder could not be searched.
    pub(super) fn unreadable(self, unreadable: &Unreadable) -> Result<(), Failure> {
        let (path, message) = (unreadable.path.display(), &unreadable.message);
        output::complain(&format!("{path}: {message}"));
        if self.json {
            let failed = Failed::io(message);
            return output::json(&Record::<()> {
                input: path.to_string(),
                output: None,
                dry_run: self.dry_run.then_some(true),
                body: None,
                error: Some((&failed).into()),
            });
        }
        Ok(())
    }

    fn record<'a, Body: Serialize>(
        self,
        job: &Job,
        body: Option<Body>,
        failed: Option<&'a Failed>,
    ) -> Record<'a, Body> {
        let output = match &job.destination {
            Destination::File(path) if failed.is_none() => Some(path.display().to_string()),
            _ => None,
        };
        Record {
            input: job.input_name(),
            output,
            dry_run: self.dry_run.then_some(true),
            body,
            error: failed.map(ErrorRecord::from),
        }
    }
}

fn protected(job: &Job, report: &Report) -> String {
    let quality = report
        .psnr_db
        .map_or("unchanged".to_owned(), |psnr| format!("{psnr:.1} dB"));
    let timings = &report.timings;
    let stages = [
        timings.decode,
        Some(timings.grid),
        Some(timings.generator),
        Some(timings.blend),
        timings.encode,
    ];
    let milliseconds = stages.into_iter().flatten().sum::<Duration>().as_millis();
    let head = format!(
        "{} -> {}  {} x {} px, {quality}, {milliseconds} ms",
        job.input_name(),
        job.output_name(),
        report.width,
        report.height
    );
    with_details(
        head,
        &report.metadata,
        &report.notes,
        ["removed", "changed", "added"],
    )
}

fn foreseen(job: &Job, photo: &PhotoInfo) -> String {
    let head = format!(
        "{} -> {}  {}, {} x {} px, would be protected",
        job.input_name(),
        job.output_name(),
        photo.format,
        photo.width,
        photo.height
    );
    let verbs = ["would remove", "would change", "would add"];
    with_details(head, &photo.metadata, &photo.notes, verbs)
}

/// The line of a photo, then a line for all metadata that is not carried over as it was, then the notes.
fn with_details(
    mut text: String,
    metadata: &[MetadataEntry],
    notes: &[String],
    [removed, changed, added]: [&str; 3],
) -> String {
    for entry in metadata {
        let verb = match entry.action {
            MetadataAction::Kept => continue,
            MetadataAction::Removed => removed,
            MetadataAction::Added => added,
            _ => changed,
        };
        let detail = entry.detail.as_deref().unwrap_or_default();
        text.push_str(&format!("\n  {verb} {}: {detail}", entry.name));
    }
    for note in notes.iter().cloned().map(in_flags) {
        text.push_str(&format!("\n  {note}"));
    }
    text
}
