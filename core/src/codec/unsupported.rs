//! Formats that are recognised only in order to say so, and what to do about each.

use crate::error::{Error, ErrorKind};

/// What is supported, for messages.
const SUPPORTED: &str = "JPEG, PNG, WebP, TIFF and JPEG XL";

/// The error for a file that is of none of the supported formats.
pub(super) fn refusal(bytes: &[u8]) -> Error {
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
            let error = refusal(bytes);
            assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}
