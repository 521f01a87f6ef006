//! Errors of the core as exceptions of the package.

use std::error::Error as _;
use std::io;

use confounder::{Error, ErrorKind};
use pyo3::prelude::*;

/// The exception for an error of the core, with the error number of the system where that is the cause.
pub(crate) fn exception(py: Python<'_>, error: &Error) -> PyErr {
    let mut reason = error.to_string();
    let mut number = None;
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        number = number.or_else(|| cause.downcast_ref::<io::Error>()?.raw_os_error());
        source = cause.source();
    }
    of_kind(py, error.kind(), reason, number)
}

/// The exception for a photo file, HEIC and AVIF among them.
pub(crate) fn of_file(py: Python<'_>, error: &confounder_heif::Error) -> PyErr {
    match error {
        confounder_heif::Error::Core(error) => exception(py, error),
        other => of_kind(py, other.kind(), other.to_string(), None),
    }
}

/// The exception for pixels that do not fit.
pub(crate) fn invalid_pixels(py: Python<'_>, reason: String) -> PyErr {
    of_kind(py, ErrorKind::InvalidPixels, reason, None)
}

/// The exception for an option that has no such value.
pub(crate) fn invalid_option(py: Python<'_>, reason: String) -> PyErr {
    of_kind(py, ErrorKind::InvalidOptions, reason, None)
}

/// The classes are Python's: `confounder/_errors.py`.
fn of_kind(py: Python<'_>, kind: ErrorKind, reason: String, number: Option<i32>) -> PyErr {
    let made = py
        .import("confounder._errors")
        .and_then(|module| module.getattr("of"))
        .and_then(|of| of.call1((format!("{kind:?}"), reason, number)));
    match made {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}
