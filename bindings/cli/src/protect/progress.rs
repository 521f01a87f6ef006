//! Progress on standard error where there are several photos: a bar where somebody is looking, else a line now and then.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};

use crate::output;

/// Between two lines where nobody is looking.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Counts finished photos and keeps their lines from mixing.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// Held while a photo's line is written; when the last plain line was, or the start.
    last_line: Mutex<Instant>,
    plain: bool,
    started: Instant,
}

impl Progress {
    /// `hidden`: neither bar nor lines. A single photo has neither.
    pub(crate) fn new(photos: usize, hidden: bool) -> Self {
        let wanted = !hidden && photos > 1;
        let terminal = std::io::stderr().is_terminal();
        let bar = if wanted && terminal {
            ProgressBar::new(photos as u64)
        } else {
            ProgressBar::hidden()
        };
        bar.set_length(photos as u64);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len} photos, {rate}, {eta} left")
        {
            bar.set_style(style.with_key("rate", write_rate));
        }
        if wanted && terminal {
            bar.enable_steady_tick(Duration::from_millis(500));
        }
        let started = Instant::now();
        Self {
            bar,
            last_line: Mutex::new(started),
            plain: wanted && !terminal,
            started,
        }
    }

    /// Counts a photo and lets `show` write its line above the bar.
    pub(crate) fn finish<T>(&self, show: impl FnOnce() -> T) -> T {
        let mut last_line = self
            .last_line
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let shown = self.bar.suspend(show);
        self.bar.inc(1);
        if self.plain && last_line.elapsed() >= LINE_EVERY {
            *last_line = Instant::now();
            let total = self.bar.length().unwrap_or_default();
            output::complain(&line(self.bar.position(), total, self.started.elapsed()));
        }
        shown
    }

    pub(crate) fn close(&self) {
        self.bar.finish_and_clear();
    }
}

fn write_rate(state: &ProgressState, text: &mut dyn std::fmt::Write) {
    // There is nobody to tell where that fails.
    let _ = write!(text, "{:.1} photos/s", state.per_sec());
}

/// `120 of 400 photos, 8.0 photos/s, 35 seconds left`
fn line(done: u64, total: u64, elapsed: Duration) -> String {
    let rate = done as f64 / elapsed.as_secs_f64().max(1e-3);
    let left = Duration::from_secs_f64(total.saturating_sub(done) as f64 / rate.max(1e-3));
    format!(
        "{done} of {total} photos, {rate:.1} photos/s, {} left",
        HumanDuration(left)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_count_rate_and_time_left() {
        assert_eq!(
            line(120, 400, Duration::from_secs(15)),
            "120 of 400 photos, 8.0 photos/s, 35 seconds left"
        );
        // Nothing done yet, no time passed: no division by zero.
        assert!(line(0, 3, Duration::ZERO).starts_with("0 of 3 photos, 0.0 photos/s"));
    }
}
