//! JPEG segments: which are metadata, and what becomes of each.

use img_parts::Bytes;
use img_parts::jpeg::JpegSegment;

use super::super::source::{Fate, Segment};
use super::super::{embedded, exif, icc, photoshop, xmp};
use super::frame::Density;
use crate::error::{Error, ErrorKind, Result};

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const XMP_EXTENSION: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";

/// The metadata segments in file order, with what they say that the codec needs.
pub(super) struct Judged {
    pub(super) segments: Vec<Segment>,
    pub(super) orientation: u8,
    pub(super) density: Option<Density>,
}

/// Judges every APPn and COM segment. `gray`: the photo is stored gray and will be written in colour.
pub(super) fn judge(parts: &[JpegSegment], gray: bool) -> Result<Judged> {
    let mut judged = Judged {
        segments: Vec::new(),
        orientation: 1,
        density: None,
    };
    let mut gray_profile = false;
    let mut seen_exif = false;
    for part in parts {
        let (marker, bytes) = (part.marker(), part.contents());
        let (name, fate) = match marker {
            0xE0 if bytes.starts_with(b"JFIF\0") => {
                judged.density = density(bytes);
                match bytes.get(12..14) {
                    None | Some([0, _] | [_, 0]) => continue,
                    Some(_) => (
                        "JFIF thumbnail".to_owned(),
                        Fate::Remove("showed the unprotected photo"),
                    ),
                }
            }
            0xE1 if bytes.starts_with(EXIF) => {
                if !seen_exif {
                    judged.orientation = exif::orientation(&bytes[EXIF.len()..]);
                    seen_exif = true;
                }
                ("EXIF".to_owned(), exif_fate(bytes))
            }
            0xE2 if bytes.starts_with(ICC) => {
                gray_profile |= gray
                    && bytes
                        .get(ICC.len()..)
                        .is_some_and(|rest| rest.get(2..).is_some_and(icc::is_gray));
                let removed = Fate::Remove("a gray profile does not fit a colour photo");
                (
                    "ICC profile".to_owned(),
                    if gray_profile {
                        removed
                    } else {
                        Fate::Keep(bytes.clone())
                    },
                )
            }
            0xE1..=0xEF if marker != 0xEE => app_fate(marker, bytes)?,
            0xE0 => (
                "JFIF extension".to_owned(),
                Fate::Remove("held a thumbnail of the unprotected photo"),
            ),
            0xFE => ("comment".to_owned(), scanned(bytes)),
            // Frame, tables and scans are written anew, and so is what Adobe's APP14 says of them.
            _ => continue,
        };
        judged.segments.push(Segment {
            name,
            id: [marker, 0, 0, 0],
            bytes: bytes.len(),
            fate,
        });
    }
    Ok(judged)
}

/// Name and fate of the application segments that need no state.
fn app_fate(marker: u8, bytes: &Bytes) -> Result<(String, Fate)> {
    let other_image = "belonged to a further image that is not carried over";
    Ok(match marker {
        0xE1 if bytes.starts_with(XMP) => ("XMP".to_owned(), xmp_fate(bytes)),
        0xE1 if bytes.starts_with(XMP_EXTENSION) => (
            "extended XMP".to_owned(),
            Fate::Remove("holds embedded images (depth, thumbnails, originals)"),
        ),
        0xE2 if bytes.starts_with(b"MPF\0") => (
            "multi-picture index (MPF)".to_owned(),
            Fate::Remove(other_image),
        ),
        0xE2 if bytes.starts_with(b"urn:iso:std:iso:ts:21496:-1") => {
            ("gain map".to_owned(), Fate::Remove(other_image))
        }
        0xEB if contains(bytes, b"c2pa") => return Err(signed()),
        0xEB if bytes.starts_with(b"HDR_RI") => {
            ("JPEG-HDR ratio image".to_owned(), Fate::Remove(other_image))
        }
        0xED if bytes.starts_with(photoshop::PREFIX) => {
            ("IPTC and Photoshop".to_owned(), photoshop_fate(bytes))
        }
        _ => (format!("APP{}", marker - 0xE0), scanned(bytes)),
    })
}

/// The error for a photo whose content credentials the protection would break.
pub(in crate::codec) fn signed() -> Error {
    Error::new(
        ErrorKind::ProtectedMetadata,
        "the photo carries signed content credentials (C2PA), which any change of its pixels makes invalid; remove them first",
    )
}

fn exif_fate(bytes: &Bytes) -> Fate {
    let mut tiff = bytes[EXIF.len()..].to_vec();
    if !exif::strip_previews(&mut tiff) {
        return Fate::Keep(bytes.clone());
    }
    Fate::Rewrite(
        [EXIF, &tiff].concat().into(),
        "previews of the unprotected photo removed",
    )
}

fn xmp_fate(bytes: &Bytes) -> Fate {
    match xmp::judge(&bytes[XMP.len()..]) {
        xmp::Verdict::Keep => Fate::Keep(bytes.clone()),
        xmp::Verdict::Rewrite(packet) => {
            Fate::Rewrite([XMP, &packet].concat().into(), "thumbnails removed")
        }
        xmp::Verdict::Remove(why) => Fate::Remove(why),
    }
}

fn photoshop_fate(bytes: &Bytes) -> Fate {
    match photoshop::without_thumbnails(bytes) {
        Some(rest) => Fate::Rewrite(rest.into(), "thumbnails removed"),
        None => scanned(bytes),
    }
}

/// Kept, but for JPEG streams in it.
fn scanned(bytes: &Bytes) -> Fate {
    if !embedded::has_jpeg_stream(bytes) {
        return Fate::Keep(bytes.clone());
    }
    let mut blanked = bytes.to_vec();
    embedded::blank_jpeg_streams(&mut blanked);
    Fate::Rewrite(blanked.into(), "an embedded JPEG was blanked")
}

fn density(jfif: &[u8]) -> Option<Density> {
    let [unit, x1, x0, y1, y0] = *jfif.get(7..12)?.first_chunk()?;
    let (x, y) = (u16::from_be_bytes([x1, x0]), u16::from_be_bytes([y1, y0]));
    (unit <= 2 && x > 0 && y > 0).then_some(Density { unit, x, y })
}

pub(in crate::codec) fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

/// How many bytes follow the image's EOI, given everything after the first scan header.
///
/// # Errors
/// [`ErrorKind::Decode`] where there is no EOI: the file was cut short.
pub(super) fn trailing_bytes(scan: &[u8]) -> Result<usize> {
    let mut at = 0;
    while let Some(offset) = scan[at..].iter().position(|&b| b == 0xFF) {
        at += offset;
        match scan.get(at + 1) {
            Some(0xD9) => return Ok(scan.len() - at - 2),
            Some(0xFF) => at += 1,
            Some(0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            // A segment between two scans: skip it, so that an EOI is not found in its payload.
            Some(_) => match scan.get(at + 2..at + 4) {
                Some(&[high, low]) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => break,
            },
            None => break,
        }
        if at > scan.len() {
            break;
        }
    }
    Err(Error::new(
        ErrorKind::Decode,
        "the JPEG was cut short: its end marker is missing",
    ))
}

/// What follows the image: gain maps, motion photos, makers' trailers.
pub(super) fn trailer(bytes: usize) -> Segment {
    Segment {
        name: "data after the image".to_owned(),
        id: [0; 4],
        bytes,
        fate: Fate::Remove("may hold the unprotected photo (gain map, motion photo, preview)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge_one(marker: u8, contents: &[u8]) -> Result<Judged> {
        judge(
            &[JpegSegment::new_with_contents(
                marker,
                Bytes::copy_from_slice(contents),
            )],
            false,
        )
    }

    #[test]
    fn content_credentials_are_refused() {
        let error = judge_one(0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumbc2pa")
            .err()
            .expect("must be refused");
        assert_eq!(error.kind(), ErrorKind::ProtectedMetadata);
    }

    #[test]
    fn fates_by_kind() {
        let kept = [
            (0xE1, &b"Exif\0\0II*\0\x08\0\0\0"[..]),
            (0xFE, b"hello"),
            (0xE4, b"maker"),
            (0xE2, b"ICC_PROFILE\0\x01\x01"),
        ];
        for (marker, contents) in kept {
            let judged = judge_one(marker, contents).expect("fine");
            assert_eq!(judged.segments[0].payload().map(|b| &b[..]), Some(contents));
        }
        for (marker, contents) in [
            (0xE2, &b"MPF\0II*\0"[..]),
            (0xE0, b"JFXX\0"),
            (0xE1, XMP_EXTENSION),
        ] {
            assert!(
                judge_one(marker, contents).expect("fine").segments[0]
                    .payload()
                    .is_none()
            );
        }
        assert!(
            judge_one(0xEE, b"Adobe\0\x64")
                .expect("fine")
                .segments
                .is_empty()
        );
    }

    #[test]
    fn trailing_bytes_are_found_after_the_last_scan() {
        let scan = b"ab\xFF\x00cd\xFF\xD0ef\xFF\xC4\x00\x04\xFF\xD9gh\xFF\xFF\xD9tail";
        assert_eq!(trailing_bytes(scan).map_err(|e| e.kind()), Ok(4));
        for cut in 0..scan.len() - 4 {
            assert_eq!(
                trailing_bytes(&scan[..cut]).map_err(|e| e.kind()),
                Err(ErrorKind::Decode)
            );
        }
    }
}
