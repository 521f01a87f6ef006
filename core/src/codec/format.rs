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
    /// PNG of up to 16 bits a sample, not animated.
    Png,
    /// WebP, lossy or lossless, not animated; always written lossless.
    WebP,
    /// TIFF with one photo in it: gray or RGB, 8 or 16 bits, in strips. No camera raw.
    Tiff,
    /// JPEG XL, lossy or lossless, up to 16 bits a sample, not animated; always written lossless.
    Jxl,
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
        } else if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
            Ok(Self::Tiff)
        } else if bytes.starts_with(b"\xFF\x0A") || bytes.starts_with(b"\0\0\0\x0CJXL ") {
            Ok(Self::Jxl)
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
            Self::Tiff => "tif",
            Self::Jxl => "jxl",
        }
    }

    /// The format's name as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::WebP => "WebP",
            Self::Tiff => "TIFF",
            Self::Jxl => "JPEG XL",
        }
    }
}

impl std::fmt::Display for FileFormat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// What is supported, for messages.
const SUPPORTED: &str = "JPEG, PNG, WebP, TIFF and JPEG XL";

fn unsupported(bytes: &[u8]) -> Error {
    let message = match known(bytes) {
        _ if bytes.is_empty() => format!("the input is empty; give a photo file ({SUPPORTED})"),
        Some((name, advice)) => {
            format!("{name} is not supported; {advice} (supported: {SUPPORTED})")
        }
        None => {
            format!("the first bytes are those of no known photo format; supported: {SUPPORTED}")
        }
    };
    Error::new(ErrorKind::UnsupportedFormat, message)
}

const CONVERT: &str = "convert the photo to one of the supported formats first";
const PLATFORM: &str = "decode it with the platform's decoder (Android: ImageDecoder, iOS and macOS: ImageIO) and protect \
                        the pixels (Protector::protect_pixels), or convert it first";
const DEVELOP: &str = "develop it first and protect the TIFF, PNG or JPEG that comes out";
const FRAMES: &str = "its 256 colours cannot carry the residual; save the picture, or each frame of an animation, as PNG \
                      and protect that";
const STILL: &str = "save the frames as photos and protect those";

/// The name of a format that is recognised only in order to say so, and what to do about it.
fn known(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    if bytes.get(4..8) == Some(b"ftyp") {
        return Some(iso_media(bytes.get(8..12)?));
    }
    let magic: &[(&[u8], &str, &str)] = &[
        (b"GIF8", "GIF", FRAMES),
        (b"II+\0", "BigTIFF", CONVERT),
        (b"MM\0+", "BigTIFF", CONVERT),
        (b"IIU\0", "a camera raw file (RW2)", DEVELOP),
        (b"IIRO", "a camera raw file (ORF)", DEVELOP),
        (b"IIRS", "a camera raw file (ORF)", DEVELOP),
        (b"MMOR", "a camera raw file (ORF)", DEVELOP),
        (b"FUJIFILMCCD-RAW", "a camera raw file (RAF)", DEVELOP),
        (b"BM", "BMP", CONVERT),
        (b"\0\0\0\x0CjP  ", "JPEG 2000", CONVERT),
        (b"\xFF\x4F\xFF\x51", "JPEG 2000", CONVERT),
        (b"8BPS", "Photoshop (PSD)", CONVERT),
        (b"%PDF", "PDF", CONVERT),
        (b"qoif", "QOI", CONVERT),
        (b"\x76\x2F\x31\x01", "OpenEXR", CONVERT),
        (b"#?RADIANCE", "Radiance HDR", CONVERT),
        (b"\0\0\x01\0", "ICO", CONVERT),
    ];
    let found = magic.iter().find(|(magic, ..)| bytes.starts_with(magic));
    if let Some((_, name, advice)) = found {
        return Some((name, advice));
    }
    let head = &bytes[..bytes.len().min(1024)];
    head.windows(4)
        .any(|window| window == b"<svg")
        .then_some(("SVG (a drawing, not a photo)", CONVERT))
}

fn iso_media(brand: &[u8]) -> (&'static str, &'static str) {
    match brand {
        b"avif" => ("AVIF", PLATFORM),
        b"avis" => ("an AVIF sequence", STILL),
        b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" => ("HEIC", PLATFORM),
        b"hevc" | b"hevx" | b"msf1" => ("a HEIC sequence", STILL),
        b"crx " => ("a camera raw file (CR3)", DEVELOP),
        _ => ("a video or other ISO media file", STILL),
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

    #[test]
    fn names_what_it_refuses() {
        for (bytes, name) in [
            (&b"\0\0\0\x18ftypheic"[..], "HEIC"),
            (b"\0\0\0\x18ftypavif", "AVIF"),
            (b"GIF89a", "GIF"),
            (b"II+\0\x08\0\0\0", "BigTIFF"),
            (b"\0\0\0\x18ftypheic", "ImageIO"),
            (b"\0\0\0\x18ftypavif", "protect_pixels"),
            (b"\0\0\0\x18ftypavif", "ImageDecoder"),
            (b"GIF89a", "as PNG"),
            (b"FUJIFILMCCD-RAW ", "develop"),
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
