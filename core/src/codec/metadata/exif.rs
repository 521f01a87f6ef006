//! EXIF: the orientation, and the removal of previews, which show the unprotected photo.
//!
//! Layout after CIPA DC-008 (EXIF 3.0) and TIFF 6.0. Everything but the previews stays byte for byte where it
//! was, so that maker notes, whose offsets nobody documents, keep working.

use image::metadata::Orientation as Stored;

use super::ifd::{ByteOrder, Directory};
use super::{embedded, maker_note};

const ORIENTATION: u16 = 0x0112;

/// The type of 16-bit numbers (TIFF 6.0, section 2).
const SHORT: u16 = 3;

/// The EXIF orientation 1 to 8 of a TIFF block, 1 where there is none or where it is out of range.
pub(in crate::codec) fn orientation(tiff: &[u8]) -> u8 {
    Stored::from_exif_chunk(tiff).map_or(1, Stored::to_exif)
}

/// A block from its TIFF header on. Writers put JPEG's prefix before it also in other formats, some of them twice, or
/// with another last byte.
pub(in crate::codec) fn body(mut block: &[u8]) -> &[u8] {
    while let Some([_, tiff @ ..]) = block.strip_prefix(b"Exif\0") {
        block = tiff;
    }
    block
}

/// Whether a block begins with a TIFF header.
pub(in crate::codec) fn is_readable(tiff: &[u8]) -> bool {
    ByteOrder::of(tiff).is_some()
}

/// Says in place that the photo is upright. Returns whether the block said otherwise before.
pub(in crate::codec) fn set_upright(tiff: &mut [u8]) -> bool {
    let turned = || {
        let order = ByteOrder::of(tiff)?;
        let first = Directory::read(tiff, order, order.u32(tiff, 4)? as usize)?;
        let entry = first.entry(tiff, order, ORIENTATION)?;
        (order.u16(tiff, entry + 2) == Some(SHORT)).then_some((order, entry + 8))
    };
    let Some((order, at)) = turned().filter(|&(order, at)| order.u16(tiff, at) != Some(1)) else {
        return false;
    };
    let upright = match order {
        ByteOrder::Little => [1, 0],
        ByteOrder::Big => [0, 1],
    };
    tiff[at..at + 2].copy_from_slice(&upright);
    true
}

/// Blanks every preview in a TIFF block in place: the thumbnail directory (IFD1 and what follows it) with its
/// JPEG or strips, and every JPEG stream elsewhere (maker notes carry larger previews). Returns whether anything
/// was blanked. Malformed blocks are left as far as they cannot be read; nothing fails here.
pub(in crate::codec) fn strip_previews(tiff: &mut [u8]) -> bool {
    let cut = cut_thumbnail_directories(tiff).unwrap_or(false);
    let mut blanked = false;
    for place in maker_note::previews(tiff) {
        blanked |= tiff[place.clone()].iter().any(|&byte| byte != 0);
        tiff[place].fill(0);
    }
    let pictures = embedded::blank_pictures(tiff);
    cut || blanked || pictures
}

/// Ends the chain of directories after IFD0 and blanks the ones cut off. `None` if the block is not TIFF.
fn cut_thumbnail_directories(tiff: &mut [u8]) -> Option<bool> {
    let order = ByteOrder::of(tiff)?;
    let first = Directory::read(tiff, order, order.u32(tiff, 4)? as usize)?;
    let mut next = first.next;
    // Some writers leave the pointer out, so that what stands there is the beginning of a value.
    let follows =
        |next: usize| Directory::read(tiff, order, next).is_some_and(|d| !d.overlaps(&first));
    if next == 0 || !follows(next) {
        return Some(false);
    }
    // A chain that loops or overlaps IFD0 ends at the first directory that was blanked already (it reads as empty).
    for _ in 0..16 {
        let Some(directory) = Directory::read(tiff, order, next) else {
            break;
        };
        if directory.overlaps(&first) || directory.entries == 0 {
            break;
        }
        for region in directory.previews(tiff, order) {
            blank_outside(tiff, region, &first);
        }
        blank_outside(tiff, directory.start..directory.end, &first);
        next = directory.next;
        if next == 0 {
            break;
        }
    }
    tiff.get_mut(first.end - 4..first.end)?.fill(0);
    Some(true)
}

/// Blanks a region unless it touches the header or IFD0, which only a malformed block asks for.
fn blank_outside(tiff: &mut [u8], region: std::ops::Range<usize>, keep: &Directory) {
    let end = region.end.min(tiff.len());
    if region.start < 8 || region.start >= end || (region.start < keep.end && keep.start < end) {
        return;
    }
    tiff[region.start..end].fill(0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A block with orientation 6 in IFD0 and a four-byte "thumbnail" in IFD1.
    fn block() -> Vec<u8> {
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend(b"\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\x1A\0\0\0"); // IFD0 at 8, next at 26
        tiff.extend(b"\x02\0"); // IFD1 at 26
        tiff.extend(b"\x01\x02\x04\0\x01\0\0\0\x38\0\0\0"); // offset 56
        tiff.extend(b"\x02\x02\x04\0\x01\0\0\0\x04\0\0\0"); // length 4
        tiff.extend(b"\0\0\0\0"); // no further directory; ends at 56
        tiff.extend(b"THUMtail");
        tiff
    }

    #[test]
    fn thumbnail_goes_and_the_rest_stays() {
        let mut tiff = block();
        assert!(strip_previews(&mut tiff));
        assert_eq!(orientation(&tiff), 6);
        assert_eq!(&tiff[22..26], &[0; 4], "IFD0 is now the last directory");
        assert!(
            tiff[26..60].iter().all(|&b| b == 0),
            "IFD1 and its preview are blank"
        );
        assert_eq!(&tiff[60..], b"tail");
        assert_eq!(&tiff[..22], &block()[..22]);
        assert!(!strip_previews(&mut tiff), "a second pass finds nothing");
    }

    #[test]
    fn a_missing_pointer_to_the_next_directory_spoils_nothing() {
        let mut tiff = block();
        tiff[22..26].copy_from_slice(b"RPOR");
        let before = tiff.clone();
        assert!(!strip_previews(&mut tiff));
        assert_eq!(tiff, before);
        assert_eq!(orientation(&tiff), 6);
    }

    #[test]
    fn prefixes_are_passed_over() {
        for prefix in [&b""[..], b"Exif\0\0", b"Exif\0\xFF", b"Exif\0\0Exif\0\0"] {
            assert_eq!(body(&[prefix, b"II*\0"].concat()), b"II*\0");
        }
    }

    #[test]
    fn a_photo_that_was_turned_says_so() {
        let mut tiff = block();
        assert!(set_upright(&mut tiff) && !set_upright(&mut tiff));
        assert_eq!(orientation(&tiff), 1);
        assert!(!set_upright(&mut [0; 4]));
    }

    #[test]
    fn preview_in_a_maker_note_goes() {
        let mut tiff = block();
        tiff[22..26].fill(0);
        tiff.extend(b"\xFF\xD8\xFF\xDB secret \xFF\xD9 note");
        assert!(strip_previews(&mut tiff));
        assert!(tiff.ends_with(b"\0\0\0 note"));
    }

    proptest! {
        #[test]
        fn hostile_blocks_neither_panic_nor_grow(mut tail in prop::collection::vec(any::<u8>(), 0..200), big in any::<bool>()) {
            let mut tiff = if big { b"MM\0*\0\0\0\x08".to_vec() } else { b"II*\0\x08\0\0\0".to_vec() };
            tiff.append(&mut tail);
            let before = tiff.len();
            strip_previews(&mut tiff);
            prop_assert!((1..=8).contains(&orientation(&tiff)));
            prop_assert_eq!(tiff.len(), before);
        }

        #[test]
        fn bit_flips_never_panic(at in 0usize..68, with in any::<u8>()) {
            let mut tiff = block();
            let at = at % tiff.len();
            tiff[at] = with;
            strip_previews(&mut tiff);
        }
    }
}
