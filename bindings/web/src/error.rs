//! The core's errors as JavaScript's.

use std::error::Error as StdError;

use confounder::{Error, ErrorKind};
use js_sys::{Error as JsError, Reflect};
use wasm_bindgen::JsValue;

/// An `Error` whose `kind` says what went wrong; the worker hands both on.
pub(crate) fn thrown(error: &Error) -> JsValue {
    raised(name(error.kind()), &explain(error))
}

/// An `Error` for an option that is not known or out of its range.
pub(crate) fn invalid_options(message: &str) -> JsValue {
    raised(name(ErrorKind::InvalidOptions), message)
}

fn raised(kind: &str, message: &str) -> JsValue {
    let error = JsValue::from(JsError::new(message));
    // Setting a property of a new object cannot fail.
    let _ = Reflect::set(&error, &JsValue::from("kind"), &JsValue::from(kind));
    error
}

/// An error with everything that led to it, on one line.
fn explain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        source = cause.source();
    }
    text
}

/// A kind as `index.d.ts` lists it.
fn name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::InvalidOptions => "invalid-options",
        ErrorKind::InvalidPixels => "invalid-pixels",
        ErrorKind::UnsupportedFormat => "unsupported-format",
        ErrorKind::Decode => "decode",
        ErrorKind::Encode => "encode",
        ErrorKind::LimitExceeded => "limit-exceeded",
        ErrorKind::GeneratorInvalid => "generator-invalid",
        ErrorKind::GeneratorTooNew => "generator-too-new",
        ErrorKind::Cancelled => "cancelled",
        ErrorKind::Io => "io",
        ErrorKind::ProtectedMetadata => "protected-metadata",
        ErrorKind::AlreadyProtected => "already-protected",
        // `Engine`, and what a later core may add: the call failed, and nothing the caller gave was wrong.
        _ => "engine",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kind that the core gained must be named here and in the package's types.
    #[test]
    fn every_kind_has_its_own_name_in_the_types() {
        let types = include_str!("../package/index.d.ts");
        let mut names = ErrorKind::ALL.map(name).to_vec();
        for name in &names {
            assert!(types.contains(&format!("\"{name}\"")), "{name}");
        }
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ErrorKind::ALL.len());
    }
}
