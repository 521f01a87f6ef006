//! The one error of the bindings.

use std::error::Error as _;

use confounder::{Error, ErrorKind};

/// The result of every fallible call.
pub(crate) type Result<T> = std::result::Result<T, ConfounderError>;

/// What went wrong. `reason` is for people to read and says what to do; it names no pixels and no metadata.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, uniffi::Error)]
pub enum ConfounderError {
    /// An option is out of its range.
    #[error("{reason}")]
    InvalidOptions {
        /// What went wrong and what to do.
        reason: String,
    },
    /// Width, height, strides and length of the pixels do not fit each other.
    #[error("{reason}")]
    InvalidPixels {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The photo's format, or a variant of it, is not supported.
    #[error("{reason}")]
    UnsupportedFormat {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The photo is damaged or cut short.
    #[error("{reason}")]
    Decode {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The protected photo could not be encoded.
    #[error("{reason}")]
    Encode {
        /// What went wrong and what to do.
        reason: String,
    },
    /// A limit was exceeded.
    #[error("{reason}")]
    LimitExceeded {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The generator file is damaged or does not keep its contract.
    #[error("{reason}")]
    GeneratorInvalid {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The generator file needs a newer version of this library.
    #[error("{reason}")]
    GeneratorTooNew {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The engine failed to run the generator.
    #[error("{reason}")]
    Engine {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The call was cancelled by its caller.
    #[error("{reason}")]
    Cancelled {
        /// What went wrong and what to do.
        reason: String,
    },
    /// Reading or writing a file failed.
    #[error("{reason}")]
    Io {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The photo carries signed content credentials that protecting it would make untrue.
    #[error("{reason}")]
    ProtectedMetadata {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The photo says that it was protected before.
    #[error("{reason}")]
    AlreadyProtected {
        /// What went wrong and what to do.
        reason: String,
    },
    /// The listener for progress failed; the call ended.
    #[error("{reason}")]
    ListenerFailed {
        /// What the listener threw.
        reason: String,
    },
    /// The object was closed before the call.
    #[error("{reason}")]
    Closed {
        /// What was closed and what to do.
        reason: String,
    },
    /// There is no native library for the device's processor.
    #[error("{reason}")]
    UnsupportedDevice {
        /// What is missing and what to do.
        reason: String,
    },
    /// Something else.
    #[error("{reason}")]
    Other {
        /// What went wrong and what to do.
        reason: String,
    },
}

/// The one place where errors of the core become errors of the bindings.
impl From<Error> for ConfounderError {
    fn from(error: Error) -> Self {
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !reason.contains(&cause_text) {
                reason = format!("{reason}: {cause_text}");
            }
            source = cause.source();
        }
        of_kind(error.kind(), reason)
    }
}

/// What a listener threw that is not of this type.
impl From<uniffi::UnexpectedUniFFICallbackError> for ConfounderError {
    fn from(thrown: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::ListenerFailed {
            reason: thrown.reason,
        }
    }
}

fn of_kind(kind: ErrorKind, reason: String) -> ConfounderError {
    match kind {
        ErrorKind::InvalidOptions => ConfounderError::InvalidOptions { reason },
        ErrorKind::InvalidPixels => ConfounderError::InvalidPixels { reason },
        ErrorKind::UnsupportedFormat => ConfounderError::UnsupportedFormat { reason },
        ErrorKind::Decode => ConfounderError::Decode { reason },
        ErrorKind::Encode => ConfounderError::Encode { reason },
        ErrorKind::LimitExceeded => ConfounderError::LimitExceeded { reason },
        ErrorKind::GeneratorInvalid => ConfounderError::GeneratorInvalid { reason },
        ErrorKind::GeneratorTooNew => ConfounderError::GeneratorTooNew { reason },
        ErrorKind::Engine => ConfounderError::Engine { reason },
        ErrorKind::Cancelled => ConfounderError::Cancelled { reason },
        ErrorKind::Io => ConfounderError::Io { reason },
        ErrorKind::ProtectedMetadata => ConfounderError::ProtectedMetadata { reason },
        ErrorKind::AlreadyProtected => ConfounderError::AlreadyProtected { reason },
        // `ErrorKind` may grow; the test below fails then.
        _ => ConfounderError::Other { reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::mem::discriminant;

    #[test]
    fn every_kind_has_a_variant_of_its_own() {
        let variants: HashSet<_> = ErrorKind::ALL
            .into_iter()
            .map(|kind| of_kind(kind, String::new()))
            .inspect(|error| assert!(!matches!(error, ConfounderError::Other { .. })))
            .map(|error| discriminant(&error))
            .collect();
        assert_eq!(variants.len(), ErrorKind::ALL.len());
    }

    #[test]
    fn the_reason_names_the_causes() {
        let error = confounder::Strength::new(7.0).expect_err("out of range");
        let text = error.to_string();
        assert_eq!(
            ConfounderError::from(error),
            ConfounderError::InvalidOptions { reason: text }
        );
    }
}
