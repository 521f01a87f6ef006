//! Which file format a byte string is, told by its first bytes and never by a file name.

use serde::Serialize;

use crate::error::{Error, ErrorKind, Result};

/// A file format that Confounder reads and writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FileFormat {
    /// JPEG, baseline or progressive, 8 bits, gray or colour.
    Jpeg,
    /// PNG of 8 bits or fewer a sample, not animated.
    Png,
    /// WebP, lossy or lossless, not animated; always written lossless.
    WebP,
}

impl FileFormat {
    /// Tells the format from the first bytes of a file.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedFormat`] naming the format where it is one that is known but not supported,
    /// and saying what to do about it.
    ///
    /// ```
    /// use confounder::{ErrorKind, FileFormat};
    ///
    /// assert_eq!(FileFormat::detect(b"\xFF\xD8\xFF\xE0")?, FileFormat::Jpeg);
    /// assert_eq!(FileFormat::detect(b"GIF89a").unwrap_err().kind(), ErrorKind::UnsupportedFormat);
    /// # Ok::<(), confounder::Error>(())
    /// ```
    pub fn detect(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(b"\xFF\xD8") {
            Ok(Self::Jpeg)
        } else if bytes.starts_with(b"\x89PNG\r\n\x1A\n") {
            Ok(Self::Png)
        } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
            Ok(Self::WebP)
        } else {
            Err(unsupported(bytes))
        }
    }

    /// The usual file name extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::WebP => "webp",
        }
    }

    /// The format's name as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
        }
    }
}

impl std::fmt::Display for FileFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

fn unsupported(bytes: &[u8]) -> Error {
    let message = match known_name(bytes) {
        _ if bytes.is_empty() => "the input is empty; give a JPEG, PNG or WebP file".to_owned(),
        Some(name) => format!(
            "{name} is not supported; convert the photo to JPEG, PNG or WebP first (supported: JPEG, PNG, WebP)"
        ),
        None => "the first bytes are those of no known photo format; supported: JPEG, PNG, WebP"
            .to_owned(),
    };
    Error::new(ErrorKind::UnsupportedFormat, message)
}

/// The name of a format that is recognised only in order to say so.
fn known_name(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(iso_media_name(bytes.get(8..12)?));
    }
    let magic: &[(&[u8], &str)] = &[
        (b"GIF8", "GIF"),
        (b"II*\0", "TIFF or a camera raw file"),
        (b"MM\0*", "TIFF or a camera raw file"),
        (b"BM", "BMP"),
        (b"\xFF\x0A", "JPEG XL"),
        (b"\0\0\0\x0CJXL ", "JPEG XL"),
        (b"\0\0\0\x0CjP  ", "JPEG 2000"),
        (b"\xFF\x4F\xFF\x51", "JPEG 2000"),
        (b"8BPS", "Photoshop (PSD)"),
        (b"%PDF", "PDF"),
        (b"qoif", "QOI"),
        (b"\x76\x2F\x31\x01", "OpenEXR"),
        (b"#?RADIANCE", "Radiance HDR"),
        (b"\0\0\x01\0", "ICO"),
    ];
    if let Some((_, name)) = magic.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(name);
    }
    let head = &bytes[..bytes.len().min(1024)];
    head.windows(4)
        .any(|window| window == b"<svg")
        .then_some("SVG (a drawing, not a photo)")
}

fn iso_media_name(brand: &[u8]) -> &'static str {
    match brand {
        b"avif" | b"avis" => "AVIF",
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => "HEIC",
        b"crx " => "a camera raw file (CR3)",
        _ => "a video or other ISO media file",
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
        ] {
            assert_eq!(FileFormat::detect(bytes).map_err(|e| e.kind()), Ok(format));
        }
    }

    #[test]
    fn names_what_it_refuses() {
        for (bytes, name) in [
            (&b"\0\0\0\x18ftypheic"[..], "HEIC"),
            (b"\0\0\0\x18ftypavif", "AVIF"),
            (b"GIF89a", "GIF"),
            (b"II*\0\x08\0\0\0", "TIFF"),
            (b"<?xml version=\"1.0\"?><svg>", "SVG"),
            (b"", "empty"),
            (b"hello", "no known"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "no known"),
        ] {
            let error = FileFormat::detect(bytes).expect_err("must be refused");
            assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
