//! One progress display for everything that takes long: a bar on a terminal, a plain line now and then in a pipe.
use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a pipe gets a line.
const PLAIN_INTERVAL: Duration = Duration::from_secs(10);

/// How progress is shown; always on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// A bar where standard error is a terminal, plain lines otherwise.
    #[default]
    Auto,
    /// Plain lines.
    Plain,
    /// Nothing.
    Silent,
}

/// Progress through a known number of steps, with rate, time left and a message such as loss and accuracy.
#[derive(Debug)]
pub struct Progress {
    title: String,
    total: u64,
    done: u64,
    first: u64,
    started: Instant,
    display: Display,
}

#[derive(Debug)]
enum Display {
    Bar(ProgressBar),
    Plain { last: Instant },
    Silent,
}

impl Progress {
    /// Starts a display of `total` steps in [`Mode::Auto`].
    #[must_use]
    pub fn new(title: impl Into<String>, total: u64) -> Self {
        Self::with_mode(title, total, Mode::Auto)
    }

    /// Starts a display of `total` steps in a given mode.
    #[must_use]
    pub fn with_mode(title: impl Into<String>, total: u64, mode: Mode) -> Self {
        let title = title.into();
        let started = Instant::now();
        let display = match mode {
            Mode::Silent => Display::Silent,
            Mode::Auto if io::stderr().is_terminal() => Display::Bar(bar(&title, total)),
            Mode::Auto | Mode::Plain => Display::Plain { last: started },
        };
        Self {
            title,
            total,
            done: 0,
            first: 0,
            started,
            display,
        }
    }

    /// Says that the first `done` steps were done in an earlier run, so that rate and time left count only this one's.
    pub fn resume_at(&mut self, done: u64) {
        self.done = done;
        self.first = done;
        self.started = Instant::now();
        if let Display::Bar(bar) = &self.display {
            bar.set_position(done);
            bar.reset_eta();
        }
    }

    /// Adds `n` finished steps and shows `message`.
    pub fn step(&mut self, n: u64, message: impl AsRef<str>) {
        self.done += n;
        let now = Instant::now();
        match &mut self.display {
            Display::Bar(bar) => {
                bar.inc(n);
                if !message.as_ref().is_empty() {
                    bar.set_message(message.as_ref().to_owned());
                }
            }
            Display::Plain { last } if now.duration_since(*last) >= PLAIN_INTERVAL => {
                *last = now;
                write_line(&self.line(now, message.as_ref()));
            }
            Display::Plain { .. } | Display::Silent => {}
        }
    }

    /// Ends the display and leaves one line with `message`.
    pub fn finish(self, message: impl AsRef<str>) {
        match &self.display {
            Display::Bar(bar) => bar.finish_with_message(message.as_ref().to_owned()),
            Display::Plain { .. } => write_line(&self.line(Instant::now(), message.as_ref())),
            Display::Silent => {}
        }
    }

    /// Prints a line of its own without tearing the bar.
    pub fn note(&self, line: impl AsRef<str>) {
        match &self.display {
            Display::Bar(bar) => bar.println(line.as_ref()),
            Display::Plain { .. } => write_line(line.as_ref()),
            Display::Silent => {}
        }
    }

    fn line(&self, now: Instant, message: &str) -> String {
        let elapsed = now.duration_since(self.started).as_secs_f64();
        let rate = (self.done - self.first) as f64 / elapsed.max(1e-9);
        let mut line = format!("{}: {}/{}, {rate:.1}/s", self.title, self.done, self.total);
        let left = self.total.saturating_sub(self.done);
        if left > 0 && rate > 0.0 {
            let left = Duration::try_from_secs_f64((left as f64 / rate).ceil());
            let _ = write!(
                line,
                ", {} left",
                HumanDuration(left.unwrap_or(Duration::MAX))
            );
        }
        if !message.is_empty() {
            let _ = write!(line, ", {message}");
        }
        line
    }
}

fn bar(title: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr_with_hz(8));
    let template = "{prefix} {wide_bar} {human_pos}/{human_len} {per_sec:.1} {eta} left {msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(title.to_owned());
    bar
}

/// A closed pipe must not end a training run, so a failed write is ignored.
fn write_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_has_count_rate_time_left_and_message() {
        let mut progress = Progress::with_mode("train", 100, Mode::Plain);
        progress.started = Instant::now();
        progress.done = 20;
        let line = progress.line(progress.started + Duration::from_secs(10), "loss 1.25");
        assert_eq!(line, "train: 20/100, 2.0/s, 40 seconds left, loss 1.25");
    }

    #[test]
    fn steps_of_an_earlier_run_do_not_count_in_the_rate() {
        let mut progress = Progress::with_mode("train", 100, Mode::Silent);
        progress.resume_at(60);
        progress.step(20, "");
        let line = progress.line(progress.started + Duration::from_secs(10), "");
        assert_eq!(line, "train: 80/100, 2.0/s, 10 seconds left");
    }

    #[test]
    fn the_last_line_has_no_time_left() {
        let mut progress = Progress::with_mode("train", 4, Mode::Silent);
        progress.step(4, "");
        let line = progress.line(progress.started + Duration::from_secs(2), "done");
        assert_eq!(line, "train: 4/4, 2.0/s, done");
    }
}
