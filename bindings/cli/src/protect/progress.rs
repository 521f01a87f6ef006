//! A progress bar on standard error where there are many photos and somebody is looking.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

/// Counts finished photos and keeps their lines from mixing.
pub(super) struct Progress {
    bar: ProgressBar,
    lines: Mutex<()>,
}

impl Progress {
    pub(super) fn new(photos: usize, hidden: bool) -> Self {
        let shown = !hidden && photos > 1 && std::io::stderr().is_terminal();
        let bar = if shown {
            ProgressBar::new(photos as u64)
        } else {
            ProgressBar::hidden()
        };
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len} photos, {per_sec}, {eta} left")
        {
            bar.set_style(style);
        }
        Self {
            bar,
            lines: Mutex::new(()),
        }
    }

    /// Counts a photo and lets `show` write its line above the bar.
    pub(super) fn finish(&self, show: impl FnOnce()) {
        let _one_at_a_time = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        self.bar.suspend(show);
        self.bar.inc(1);
    }

    pub(super) fn close(&self) {
        self.bar.finish_and_clear();
    }
}
