//! Exit statuses, the same for every command.

use std::process::ExitCode;

/// Every status and what it means.
const MEANINGS: [(Status, &str); 5] = [
    (Status::Done, "everything was done"),
    (
        Status::SomeFailed,
        "a photo could not be read, protected or written, or a check failed",
    ),
    (
        Status::Usage,
        "wrong usage: an unknown option, a value out of range",
    ),
    (Status::Generator, "the generator file cannot be used"),
    (
        Status::Interrupted,
        "interrupted (Ctrl-C); no half-written file is left behind",
    ),
];

/// What stands below the options in `--help` and in the manual: examples, if any, then every exit status.
pub(crate) fn help(examples: &str) -> String {
    let mut text = examples.to_owned();
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str("Exit status:");
    for (status, meaning) in MEANINGS {
        text.push_str(&format!("\n  {:<4} {meaning}", status as u8));
    }
    text
}

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
