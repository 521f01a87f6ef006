//! One opaque error for the whole crate, sorted by [`ErrorKind`].

use std::error::Error as StdError;
use std::fmt;

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, why, and what to do about it.
///
/// Match on [`kind`](Error::kind); show the error itself to people. The message names the offending value and never
/// contains pixels, paths or metadata of a photo beyond what the caller handed in.
///
/// ```
/// use confounder::{ErrorKind, Strength};
///
/// let error = Strength::new(7.0).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidOptions);
/// assert!(error.to_string().contains('7'));
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    kind: ErrorKind,
    message: Box<str>,
    source: Option<Box<dyn StdError + Send + Sync + 'static>>,
}

/// The sorts of failure a caller may want to treat differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An option is out of its range.
    InvalidOptions,
    /// The width, height, stride and length of the caller's pixels do not fit each other.
    InvalidPixels,
    /// The photo's format, or a variant of it, is not supported.
    UnsupportedFormat,
    /// The photo is damaged or cut short.
    Decode,
    /// The protected photo could not be encoded.
    Encode,
    /// A limit of [`Limits`](crate::Limits) or of the generator contract was exceeded.
    LimitExceeded,
    /// The generator file does not keep contract v1, is damaged, or its hash differs.
    GeneratorInvalid,
    /// The generator file follows a newer contract than this version of the crate knows.
    GeneratorTooNew,
    /// The engine failed to run the generator, or the generator broke its own promise.
    Engine,
    /// The caller cancelled the call through its [`CancelToken`](crate::CancelToken).
    Cancelled,
    /// Reading or writing a file failed.
    Io,
    /// The photo carries metadata (a signature) that protecting it would make untrue.
    ProtectedMetadata,
    /// The photo says that it was protected before; see [`ProtectOptions::repeat`](crate::ProtectOptions::repeat).
    AlreadyProtected,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        let message = message.into().into_boxed_str();
        Self {
            kind,
            message,
            source: None,
        }
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn StdError + Send + Sync + 'static>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The sort of failure.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl ErrorKind {
    /// All kinds that this version knows, for bindings that give each its own type.
    pub const ALL: [Self; 13] = [
        Self::InvalidOptions,
        Self::InvalidPixels,
        Self::UnsupportedFormat,
        Self::Decode,
        Self::Encode,
        Self::LimitExceeded,
        Self::GeneratorInvalid,
        Self::GeneratorTooNew,
        Self::Engine,
        Self::Cancelled,
        Self::Io,
        Self::ProtectedMetadata,
        Self::AlreadyProtected,
    ];
}

/// An error of kind [`ErrorKind::GeneratorInvalid`].
pub(crate) fn invalid_generator(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::GeneratorInvalid, message)
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidOptions => "invalid options",
            Self::InvalidPixels => "invalid pixels",
            Self::UnsupportedFormat => "unsupported format",
            Self::Decode => "damaged photo",
            Self::Encode => "encoding failed",
            Self::LimitExceeded => "limit exceeded",
            Self::GeneratorInvalid => "invalid generator",
            Self::GeneratorTooNew => "generator too new",
            Self::Engine => "engine failure",
            Self::Cancelled => "cancelled",
            Self::Io => "input/output failure",
            Self::ProtectedMetadata => "protected metadata",
            Self::AlreadyProtected => "already protected",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_kind_message_and_source() {
        let inner = std::io::Error::other("disk full");
        let error = Error::new(ErrorKind::Io, "writing the photo failed").with_source(inner);
        assert_eq!(error.kind(), ErrorKind::Io);
        assert_eq!(error.to_string(), "writing the photo failed");
        let source = StdError::source(&error).map(ToString::to_string);
        assert_eq!(source.as_deref(), Some("disk full"));
    }

    /// Fails to compile with a kind that is not in the match, and fails with one that is not in `ALL`.
    #[test]
    fn all_kinds_are_listed() {
        let place = |kind| match kind {
            ErrorKind::InvalidOptions => 0,
            ErrorKind::InvalidPixels => 1,
            ErrorKind::UnsupportedFormat => 2,
            ErrorKind::Decode => 3,
            ErrorKind::Encode => 4,
            ErrorKind::LimitExceeded => 5,
            ErrorKind::GeneratorInvalid => 6,
            ErrorKind::GeneratorTooNew => 7,
            ErrorKind::Engine => 8,
            ErrorKind::Cancelled => 9,
            ErrorKind::Io => 10,
            ErrorKind::ProtectedMetadata => 11,
            ErrorKind::AlreadyProtected => 12,
        };
        assert_eq!(ErrorKind::ALL.map(place), std::array::from_fn(|i| i));
    }

    #[test]
    fn crosses_threads() {
        fn check<T: Send + Sync + 'static>() {}
        check::<Error>();
    }
}
