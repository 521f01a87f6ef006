//! Exit statuses, the same for every command.

use std::process::ExitCode;

/// Shown under `--help`.
pub(crate) const HELP: &str = "\
Exit status:
  0    everything was done
  1    at least one photo could not be read, protected or written; the others were
  2    wrong usage: an unknown option, a value out of range, options that exclude each other
  3    the generator file cannot be used
  130  interrupted (Ctrl-C); no half-written file is left behind";

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Done = 0,
    SomeFailed = 1,
    Usage = 2,
    Generator = 3,
    Interrupted = 130,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Why a command could not run at all.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) status: Status,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    /// Wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Status::Usage, message)
    }

    /// A file or standard stream that cannot be used.
    pub(crate) fn file(what: &str, error: &dyn std::fmt::Display) -> Self {
        Self::new(Status::SomeFailed, format!("{what}: {error}"))
    }
}

/// The result of a command.
pub(crate) type Outcome = Result<Status, Failure>;
