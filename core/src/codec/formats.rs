//! The one list of file formats. To add one is to add a folder with a `Format` in it and an entry here.

use serde::Serialize;

use super::format::Work;
use super::{jpeg, jxl, png, tiff, unsupported, webp};
use crate::error::Result;

/// Bytes and where they stand in a file.
type Magic = &'static [(usize, &'static [u8])];

/// Makes [`FileFormat`] of a list: what the format is, its name, its file name extensions (the usual one first), and the
/// bytes that its files begin with, one set for each kind of file.
macro_rules! formats {
    ($($(#[$doc:meta])+ $variant:ident = $codec:ty, $name:literal, $extensions:expr, $magic:expr;)+) => {
        /// A file format that Confounder reads and writes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
        #[serde(rename_all = "lowercase")]
        #[non_exhaustive]
        pub enum FileFormat {
            $($(#[$doc])+ $variant,)+
        }

        impl FileFormat {
            /// Every format, in the order in which files are tried.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The format's name as people write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// All extensions of file names that the format's files go by, in small letters and without the dot, the
            /// usual one first.
            #[must_use]
            pub fn extensions(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => $extensions,)+
                }
            }

            fn magic(self) -> &'static [Magic] {
                match self {
                    $(Self::$variant => $magic,)+
                }
            }

            /// Does work that is the same for every format.
            pub(super) fn run<W: Work>(self, work: W) -> W::Output {
                match self {
                    $(Self::$variant => work.run::<$codec>(),)+
                }
            }
        }
    };
}

formats! {
    /// JPEG, baseline or progressive, 8 bits, gray or colour.
    Jpeg = jpeg::Jpeg, "JPEG", &["jpg", "jpeg", "jpe", "jfif", "mpo"],
        &[&[(0, b"\xFF\xD8")]];
    /// PNG of up to 16 bits a sample, not animated.
    Png = png::Png, "PNG", &["png"],
        &[&[(0, b"\x89PNG\r\n\x1A\n")]];
    /// WebP, lossy or lossless, not animated; always written lossless.
    WebP = webp::WebP, "WebP", &["webp"],
        &[&[(0, b"RIFF"), (8, b"WEBP")]];
    /// TIFF with one photo in it: gray or RGB, 8 or 16 bits, in strips. No camera raw.
    Tiff = tiff::Tiff, "TIFF", &["tif", "tiff"],
        &[&[(0, b"II*\0")], &[(0, b"MM\0*")]];
    /// JPEG XL, lossy or lossless, up to 16 bits a sample, not animated; always written lossless.
    Jxl = jxl::Jxl, "JPEG XL", &["jxl"],
        &[&[(0, b"\xFF\x0A")], &[(0, b"\0\0\0\x0CJXL ")]];
}

impl FileFormat {
    /// Tells the format from the first bytes of a file, and never from its name. The first 1,024 bytes are enough.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedFormat`](crate::ErrorKind::UnsupportedFormat) naming the format where it is one that is
    /// known but not supported, and saying what to do about it.
    ///
    /// ```
    /// use confounder::{ErrorKind, FileFormat};
    ///
    /// assert_eq!(FileFormat::detect(b"\xFF\xD8\xFF\xE0")?, FileFormat::Jpeg);
    /// assert_eq!(FileFormat::detect(b"GIF89a").unwrap_err().kind(), ErrorKind::UnsupportedFormat);
    /// # Ok::<(), confounder::Error>(())
    /// ```
    pub fn detect(bytes: &[u8]) -> Result<Self> {
        let begins = |magic: &Magic| {
            magic
                .iter()
                .all(|&(at, part)| bytes.get(at..at + part.len()) == Some(part))
        };
        let mut all = Self::ALL.iter().copied();
        all.find(|format| format.magic().iter().any(begins))
            .ok_or_else(|| unsupported::refusal(bytes))
    }

    /// The usual file name extension, without the dot: the first of [`extensions`](Self::extensions).
    #[must_use]
    pub fn extension(self) -> &'static str {
        self.extensions()[0]
    }
}

impl std::fmt::Display for FileFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_the_supported_formats() {
        for (bytes, format) in [
            (&b"\xFF\xD8\xFF\xDB"[..], FileFormat::Jpeg),
            (b"\x89PNG\r\n\x1A\n\0\0", FileFormat::Png),
            (b"RIFF\x10\0\0\0WEBPVP8 ", FileFormat::WebP),
            (b"II*\0\x08\0\0\0", FileFormat::Tiff),
            (b"MM\0*\0\0\0\x08", FileFormat::Tiff),
            (b"\xFF\x0A\xFA", FileFormat::Jxl),
            (b"\0\0\0\x0CJXL \r\n\x87\n", FileFormat::Jxl),
        ] {
            assert_eq!(FileFormat::detect(bytes).map_err(|e| e.kind()), Ok(format));
        }
    }
}
