//! Metadata put into a JPEG that a platform encoded.

use crate::error::{Error, ErrorKind, Result};
use crate::report::{MetadataAction, MetadataEntry};

pub(super) const EXIF: &[u8] = b"Exif\0\0";
pub(super) const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The longest payload of a segment.
const LONGEST: usize = 0xFFFF - 2;

/// A block: what the report calls it, what its segment begins with, and its bytes, if it stays.
pub(super) type Block<'a> = (&'a str, &'a [u8], Option<Vec<u8>>);

/// The JPEG with these blocks behind its start, in place of those of their kinds that it has. A block that is too long for a
/// segment is left out, and the report says so.
pub(super) fn with(
    jpeg: &[u8],
    blocks: [Block<'_>; 2],
    metadata: &mut [MetadataEntry],
) -> Result<Vec<u8>> {
    if !jpeg.starts_with(b"\xFF\xD8\xFF") || !jpeg.ends_with(b"\xFF\xD9") {
        return Err(Error::new(
            ErrorKind::Encode,
            format!(
                "the platform's encoder gave {} bytes that are no whole JPEG",
                jpeg.len()
            ),
        ));
    }
    let mut out = b"\xFF\xD8".to_vec();
    let mut rest = &jpeg[2..];
    // JFIF goes first.
    if let Some(first) = segment(rest).filter(|first| first[1] == 0xE0) {
        out.extend(first);
        rest = &rest[first.len()..];
    }
    for (name, prefix, block) in blocks {
        let Some(block) = block else { continue };
        if prefix.len() + block.len() > LONGEST {
            let entry = metadata.iter_mut().rev().find(|entry| entry.name == name);
            if let Some(entry) = entry {
                entry.action = MetadataAction::Removed;
                entry.detail = Some("too long for a JPEG".to_owned());
            }
            continue;
        }
        out.extend(b"\xFF\xE1");
        out.extend(((prefix.len() + block.len() + 2) as u16).to_be_bytes());
        out.extend(prefix);
        out.extend(block);
    }
    while let Some(next) = segment(rest) {
        let payload = &next[4..];
        if next[1] != 0xE1 || ![EXIF, XMP].iter().any(|prefix| payload.starts_with(prefix)) {
            out.extend(next);
        }
        rest = &rest[next.len()..];
    }
    out.extend(rest);
    Ok(out)
}

/// The next segment before the scan.
fn segment(bytes: &[u8]) -> Option<&[u8]> {
    let &[0xFF, marker, high, low, ..] = bytes else {
        return None;
    };
    if marker == 0xDA {
        return None;
    }
    bytes.get(..2 + usize::from(u16::from_be_bytes([high, low]).max(2)))
}
