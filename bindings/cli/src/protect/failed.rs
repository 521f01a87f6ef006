//! Why a photo was not protected.

use confounder::ErrorKind;

use crate::output;

/// Why a photo was not protected.
#[derive(Debug)]
pub(crate) struct Failed {
    /// For programs: the library's error kind, or `file exists`.
    pub(super) kind: String,
    /// For people.
    pub(crate) message: String,
    /// Nothing went wrong: the photo is one that is not protected, or not without another option.
    pub(super) refused: bool,
    /// The user interrupted; not worth a line of its own.
    pub(super) interrupted: bool,
}

impl Failed {
    /// A file or standard stream that could not be used.
    pub(super) fn io(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Io.to_string(),
            message: message.into(),
            refused: false,
            interrupted: false,
        }
    }

    /// Something is where the photo would be written.
    pub(super) fn exists(message: impl Into<String>) -> Self {
        Self {
            kind: "file exists".to_owned(),
            refused: true,
            ..Self::io(message)
        }
    }
}

impl From<confounder::Error> for Failed {
    fn from(error: confounder::Error) -> Self {
        Self {
            kind: error.kind().to_string(),
            message: output::explain(&error),
            refused: is_refusal(error.kind()),
            interrupted: error.kind() == ErrorKind::Cancelled,
        }
    }
}

impl From<confounder_heif::Error> for Failed {
    fn from(error: confounder_heif::Error) -> Self {
        let (kind, message) = (error.kind(), error.to_string());
        let message = match error {
            confounder_heif::Error::Core(error) => return error.into(),
            confounder_heif::Error::TooLarge { .. } => {
                format!("{message}; raise them with --max-pixels")
            }
            _ => message,
        };
        Self {
            kind: kind.to_string(),
            refused: is_refusal(kind),
            ..Self::io(message)
        }
    }
}

/// Whether nothing went wrong: the photo is one that is not protected with these options.
fn is_refusal(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::UnsupportedFormat
            | ErrorKind::LimitExceeded
            | ErrorKind::ProtectedMetadata
            | ErrorKind::AlreadyProtected
    )
}
