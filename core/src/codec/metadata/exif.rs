//! EXIF: the orientation, and the removal of previews, which show the unprotected photo.
//!
//! Layout after CIPA DC-008 (EXIF 3.0) and TIFF 6.0. Everything but the previews stays byte for byte where it
//! was, so that maker notes, whose offsets nobody documents, keep working.

use image::metadata::Orientation as Stored;

use super::embedded;

/// TIFF tags that say where a preview's bytes are, with the tag of their length.
const JPEG_PREVIEW: (u16, u16) = (0x0201, 0x0202);
const STRIP_PREVIEW: (u16, u16) = (0x0111, 0x0117);

const ORIENTATION: u16 = 0x0112;

/// The type of 16-bit numbers (TIFF 6.0, section 2).
const SHORT: u16 = 3;

/// The EXIF orientation 1 to 8 of a TIFF block, 1 where there is none or where it is out of range.
pub(in crate::codec) fn orientation(tiff: &[u8]) -> u8 {
    Stored::from_exif_chunk(tiff).map_or(1, Stored::to_exif)
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
    let blanked = embedded::blank_jpeg_streams(tiff);
    cut || blanked
}

/// Ends the chain of directories after IFD0 and blanks the ones cut off. `None` if the block is not TIFF.
fn cut_thumbnail_directories(tiff: &mut [u8]) -> Option<bool> {
    let order = ByteOrder::of(tiff)?;
    let first = Directory::read(tiff, order, order.u32(tiff, 4)? as usize)?;
    let mut next = first.next;
    if next == 0 {
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

#[derive(Clone, Copy)]
pub(in crate::codec) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    pub(in crate::codec) fn of(tiff: &[u8]) -> Option<Self> {
        match tiff.get(..4)? {
            b"II*\0" => Some(Self::Little),
            b"MM\0*" => Some(Self::Big),
            _ => None,
        }
    }

    pub(in crate::codec) fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let raw = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u16::from_le_bytes(raw),
            Self::Big => u16::from_be_bytes(raw),
        })
    }

    pub(in crate::codec) fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let raw = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(match self {
            Self::Little => u32::from_le_bytes(raw),
            Self::Big => u32::from_be_bytes(raw),
        })
    }
}

/// One image file directory: a count, 12-byte entries and the offset of the next.
pub(in crate::codec) struct Directory {
    start: usize,
    end: usize,
    entries: usize,
    next: usize,
}

impl Directory {
    pub(in crate::codec) fn read(tiff: &[u8], order: ByteOrder, start: usize) -> Option<Self> {
        let entries = usize::from(order.u16(tiff, start)?);
        let end = start.checked_add(2 + entries * 12 + 4)?;
        let next = order.u32(tiff, end - 4)? as usize;
        Some(Self {
            start,
            end,
            entries,
            next,
        })
    }

    /// Whether no directory follows in the chain.
    pub(in crate::codec) fn is_last(&self) -> bool {
        self.next == 0
    }

    /// Where the value of a tag of bytes (BYTE, ASCII, UNDEFINED) longer than four lies, and its length.
    pub(in crate::codec) fn bytes(
        &self,
        tiff: &[u8],
        order: ByteOrder,
        tag: u16,
    ) -> Option<(usize, usize)> {
        let entry = self.entry(tiff, order, tag)?;
        let length = order.u32(tiff, entry + 4)? as usize;
        let is_bytes = matches!(order.u16(tiff, entry + 2)?, 1 | 2 | 7);
        (is_bytes && length > 4).then_some((order.u32(tiff, entry + 8)? as usize, length))
    }

    /// Where the first entry with the tag lies.
    fn entry(&self, tiff: &[u8], order: ByteOrder, tag: u16) -> Option<usize> {
        (0..self.entries)
            .map(|i| self.start + 2 + 12 * i)
            .find(|&at| order.u16(tiff, at) == Some(tag))
    }

    /// Blanks the tag of every pointer of a kind but the first that is well-formed and whose target is good, and gives
    /// that target.
    pub(in crate::codec) fn keep_pointer(
        &self,
        tiff: &mut [u8],
        order: ByteOrder,
        tag: u16,
        good: impl Fn(&[u8], usize) -> bool,
    ) -> Option<usize> {
        let mut kept = None;
        for at in (0..self.entries).map(|i| self.start + 2 + 12 * i) {
            if order.u16(tiff, at) != Some(tag) {
                continue;
            }
            let is_pointer =
                order.u16(tiff, at + 2) == Some(4) && order.u32(tiff, at + 4) == Some(1);
            let target = order.u32(tiff, at + 8).map(|target| target as usize);
            match target.filter(|&target| kept.is_none() && is_pointer && good(tiff, target)) {
                Some(target) => kept = Some(target),
                None => tiff[at..at + 2].fill(0),
            }
        }
        kept
    }

    /// How many entries have the tag.
    #[cfg(test)]
    pub(in crate::codec) fn count(&self, tiff: &[u8], order: ByteOrder, tag: u16) -> usize {
        (0..self.entries)
            .filter(|i| order.u16(tiff, self.start + 2 + 12 * i) == Some(tag))
            .count()
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Where the bytes of this directory's previews lie.
    fn previews(&self, tiff: &[u8], order: ByteOrder) -> Vec<std::ops::Range<usize>> {
        let mut regions = Vec::new();
        for (offsets, lengths) in [JPEG_PREVIEW, STRIP_PREVIEW] {
            let offsets = self.values(tiff, order, offsets);
            let lengths = self.values(tiff, order, lengths);
            let pairs = offsets.into_iter().zip(lengths);
            regions.extend(pairs.map(|(at, len)| at..at.saturating_add(len)));
        }
        regions
    }

    /// The SHORT or LONG values of a tag; empty where it is absent or malformed.
    pub(in crate::codec) fn values(&self, tiff: &[u8], order: ByteOrder, tag: u16) -> Vec<usize> {
        self.entry(tiff, order, tag)
            .and_then(|at| Self::entry_values(tiff, order, at))
            .unwrap_or_default()
    }

    fn entry_values(tiff: &[u8], order: ByteOrder, at: usize) -> Option<Vec<usize>> {
        let size = match order.u16(tiff, at + 2)? {
            3 => 2,
            4 => 4,
            _ => return None,
        };
        let count = order.u32(tiff, at + 4)? as usize;
        let first = if count.checked_mul(size)? <= 4 {
            at + 8
        } else {
            order.u32(tiff, at + 8)? as usize
        };
        if first.checked_add(count * size)? > tiff.len() {
            return None;
        }
        let value = |i: usize| match size {
            2 => order.u16(tiff, first + 2 * i).map(usize::from),
            _ => order.u32(tiff, first + 4 * i).map(|v| v as usize),
        };
        (0..count).map(value).collect()
    }
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
