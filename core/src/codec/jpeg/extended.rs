//! Extended XMP: what does not fit one segment, in pieces (XMP Specification Part 3, 1.1.3.1).

use img_parts::jpeg::JpegSegment;

use crate::codec::metadata::policy::Rules;
use crate::codec::metadata::verdict::Verdict;
use crate::codec::metadata::xmp::{self, Scope};

/// What the APP1 segments begin with.
pub(super) const PREFIX: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";

/// Longest extension that is put together, in bytes.
const LONGEST: usize = 8 << 20;

/// Why an extension does not stay.
pub(super) const REMOVED: &str = "showed or described other pictures (depth, originals), or could not be put together to see what it holds";

/// One piece: the whole's digest and length, where the piece stands, its bytes.
struct Piece<'a> {
    digest: &'a [u8],
    length: usize,
    offset: usize,
    bytes: &'a [u8],
}

/// Whether a photo's extension stays: all of it is there, and nothing in it shows or describes another picture.
pub(super) fn stays(parts: &[JpegSegment], rules: &Rules) -> bool {
    rules.keeps_all()
        && whole(parts).is_some_and(|whole| xmp::judge(&whole, Scope::default()) == Verdict::Keep)
}

/// The pieces put together; `None` where there are none, or they are not of one whole.
fn whole(parts: &[JpegSegment]) -> Option<Vec<u8>> {
    let segments = parts.iter().filter(|part| part.marker() == 0xE1);
    let extension = segments.filter_map(|part| part.contents().strip_prefix(PREFIX));
    let mut pieces = extension.map(piece).collect::<Option<Vec<_>>>()?;
    pieces.sort_by_key(|piece| piece.offset);
    let first = pieces.first()?;
    let (digest, length) = (first.digest, first.length);
    let mut whole = Vec::new();
    for piece in &pieces {
        let follows = piece.offset == whole.len() && piece.digest == digest;
        if !follows || piece.length != length || whole.len() + piece.bytes.len() > LONGEST {
            return None;
        }
        whole.extend_from_slice(piece.bytes);
    }
    (whole.len() == length).then_some(whole)
}

fn piece(segment: &[u8]) -> Option<Piece<'_>> {
    let (digest, rest) = segment.split_at_checked(32)?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let (offset, bytes) = rest.split_first_chunk::<4>()?;
    Some(Piece {
        digest,
        length: u32::from_be_bytes(*length) as usize,
        offset: u32::from_be_bytes(*offset) as usize,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(offset: u32, length: u32, bytes: &[u8]) -> JpegSegment {
        let payload = [
            PREFIX,
            &[b'A'; 32],
            &length.to_be_bytes(),
            &offset.to_be_bytes(),
            bytes,
        ]
        .concat();
        JpegSegment::new_with_contents(0xE1, payload.into())
    }

    #[test]
    fn pieces_are_put_together_in_any_order() {
        let parts = [segment(3, 5, b"de"), segment(0, 5, b"abc")];
        assert_eq!(whole(&parts).as_deref(), Some(&b"abcde"[..]));
        assert_eq!(whole(&parts[..1]), None);
        assert_eq!(whole(&[segment(0, 9, b"abc")]), None);
        assert_eq!(whole(&[]), None);
    }
}
