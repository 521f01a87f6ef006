//! Standard output and standard error.

use std::error::Error;
use std::io::{self, Write};

use serde::Serialize;

use crate::exit::{Failure, Status};
use crate::flags::in_flags;

/// Writes a line to standard output. A reader that went away (`| head`) is no error.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    bytes(format!("{text}\n").as_bytes())
}

/// Writes a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value)
        .map_err(|e| Failure::new(Status::SomeFailed, format!("cannot write JSON: {e}")))?;
    line(&text)
}

/// Writes bytes to standard output.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::file("standard output", &error))
        }
        _ => Ok(()),
    }
}

/// Writes a message to standard error; there is nobody to tell where that fails.
pub(crate) fn complain(message: &str) {
    let _ = writeln!(io::stderr().lock(), "confounder: {message}");
}

/// Writes lines that are neither a result nor a failure to standard error, as they are.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// An error with everything that led to it, on one line, in the words of the command line.
pub(crate) fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    in_flags(text)
}
