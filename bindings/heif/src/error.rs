//! Why a HEIC or AVIF photo is not protected.

use confounder::ErrorKind;

/// The result of every fallible call of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where libheif is had.
const INSTALL: &str = "Debian and Ubuntu: apt install libheif1 (and libheif-plugin-libde265, libheif-plugin-dav1d where \
                       those are packages), macOS: brew install libheif, Windows: vcpkg install libheif, with its DLLs on \
                       PATH";

/// Why a HEIC or AVIF photo is not protected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no libheif, or the one that there is lacks what is needed.
    #[error(
        "HEIC and AVIF are read by the system's libheif (1.15 or newer): {why}; install it ({INSTALL}), or convert the photo to JPEG first"
    )]
    NoLibrary {
        /// What was found.
        why: String,
    },
    /// libheif is there, but its decoder for this file is not.
    #[error(
        "the system's libheif has no decoder for this file ({0}); install one ({INSTALL}), or convert the photo to JPEG first"
    )]
    NoDecoder(String),
    /// libheif cannot write HEIC.
    #[error(
        "the system's libheif has no encoder for HEIC; install one (Debian and Ubuntu: apt install libheif-plugin-x265), or write a JPEG"
    )]
    NoEncoder,
    /// A variant that would have to be flattened or reduced.
    #[error("this variant of the format is not supported: {0}")]
    Unsupported(String),
    /// The file is damaged.
    #[error("the photo is damaged or cut short: {0}")]
    Damaged(String),
    /// The photo is beyond the limits.
    #[error("the photo has {width} x {height} px, more than the limits allow ({limit})")]
    TooLarge {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
        /// The limit in words.
        limit: String,
    },
    /// The file could not be written.
    #[error("the photo could not be encoded: {0}")]
    Encode(String),
    /// The photo was read, and the rest of the way failed.
    #[error(transparent)]
    Core(#[from] confounder::Error),
}

impl Error {
    /// The sort of failure, in the library's terms.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoLibrary { .. }
            | Self::NoDecoder(_)
            | Self::NoEncoder
            | Self::Unsupported(_) => ErrorKind::UnsupportedFormat,
            Self::Damaged(_) => ErrorKind::Decode,
            Self::TooLarge { .. } => ErrorKind::LimitExceeded,
            Self::Encode(_) => ErrorKind::Encode,
            Self::Core(error) => error.kind(),
        }
    }
}
