//! The index of a multi-picture file (CIPA DC-007-2021, Multi-Picture Format): where further pictures lie behind the
//! first one. It is read from any file and written for exactly two pictures: the photo and its gain map.

use crate::codec::metadata::ifd::{ByteOrder, Directory};

/// What the APP2 segment begins with.
pub(super) const PREFIX: &[u8] = b"MPF\0";

/// Tag of the list of pictures: 16 bytes each.
const ENTRIES: u16 = 0xB002;

/// Most pictures that are looked at; cameras write two to a dozen.
const MOST: usize = 16;

/// Length of the payload that [`write`] gives.
const WRITTEN: usize = 4 + 82;

/// A picture other than the first, as the index gives it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Picture {
    /// Where it begins, in bytes from the index's TIFF header.
    pub(super) offset: usize,
    /// Its length in bytes.
    pub(super) length: usize,
}

/// The pictures after the first, from a segment's payload; empty where the index cannot be read.
pub(super) fn read(payload: &[u8]) -> Vec<Picture> {
    let tiff = payload.strip_prefix(PREFIX).unwrap_or_default();
    entries(tiff).unwrap_or_default()
}

fn entries(tiff: &[u8]) -> Option<Vec<Picture>> {
    let order = ByteOrder::of(tiff)?;
    let directory = Directory::read(tiff, order, order.u32(tiff, 4)? as usize)?;
    let (start, length) = directory.bytes(tiff, order, ENTRIES)?;
    let list = tiff.get(start..start.checked_add(length)?)?;
    let (entries, _) = list.as_chunks::<16>();
    let picture = |entry: &[u8; 16]| {
        Some(Picture {
            length: order.u32(entry, 4)? as usize,
            offset: order.u32(entry, 8)? as usize,
        })
    };
    entries.iter().skip(1).take(MOST).map(picture).collect()
}

/// A payload for a photo of `photo` bytes and a gain map of `gain_map` bytes at `offset` from the TIFF header.
pub(super) fn write(photo: u32, gain_map: u32, offset: u32) -> Vec<u8> {
    let mut payload = [PREFIX, b"MM\0*\0\0\0\x08\0\x03"].concat();
    payload.extend(b"\xB0\0\0\x07\0\0\0\x040100"); // version
    payload.extend(b"\xB0\x01\0\x04\0\0\0\x01\0\0\0\x02"); // two pictures
    payload.extend(b"\xB0\x02\0\x07\0\0\0\x20\0\0\0\x32"); // their entries, 32 bytes at 50
    payload.extend([0; 4]); // no further directory
    // Type "baseline primary image"; the first picture's offset is 0 by definition.
    for (kind, length, offset) in [(0x0003_0000u32, photo, 0), (0, gain_map, offset)] {
        payload.extend(kind.to_be_bytes());
        payload.extend(length.to_be_bytes());
        payload.extend(offset.to_be_bytes());
        payload.extend([0; 4]); // depends on no other picture
    }
    payload
}

/// Mends an index in place after the file grew by `grown` bytes before the second picture: the first picture's length, and
/// where the others lie if they moved by `moved` bytes against the index. `payload` begins with the segment's payload of
/// `length` bytes; what is no index stays.
pub(in crate::codec) fn shift(payload: &mut [u8], length: usize, grown: i64, moved: i64) {
    let Some(tiff) = payload
        .get_mut(..length)
        .filter(|payload| payload.starts_with(PREFIX))
        .map(|payload| &mut payload[PREFIX.len()..])
    else {
        return;
    };
    let place = || {
        let order = ByteOrder::of(tiff)?;
        let directory = Directory::read(tiff, order, order.u32(tiff, 4)? as usize)?;
        let (start, length) = directory.bytes(tiff, order, ENTRIES)?;
        tiff.get(start..start.checked_add(length)?)?;
        Some((order, start, length / 16))
    };
    let Some((order, start, pictures)) = place() else {
        return;
    };
    for (i, at) in (0..pictures).map(|i| (i, start + 16 * i)) {
        let (at, by) = if i == 0 {
            (at + 4, grown)
        } else {
            (at + 8, moved)
        };
        let old = order.u32(tiff, at).unwrap_or(0);
        if let Ok(new) = u32::try_from(i64::from(old) + by) {
            tiff[at..at + 4].copy_from_slice(&order.bytes(new));
        }
    }
}

/// Where the TIFF header of the index lies in a finished file; `None` where the file has no index that [`write`] gave.
pub(super) fn position(file: &[u8]) -> Option<usize> {
    let mut at = 2;
    while let [0xFF, marker, high, low] = *file.get(at..at + 4)? {
        let length = usize::from(u16::from_be_bytes([high, low]));
        let payload = file.get(at + 4..at + 2 + length)?;
        if marker == 0xE2 && payload.len() == WRITTEN && payload.starts_with(PREFIX) {
            return Some(at + 4 + PREFIX.len());
        }
        if marker == 0xDA {
            return None;
        }
        at += 2 + length;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read() {
        let payload = write(1000, 50, 900);
        assert_eq!(payload.len(), WRITTEN);
        assert_eq!(
            read(&payload),
            [Picture {
                offset: 900,
                length: 50
            }]
        );
    }

    #[test]
    fn the_index_is_found_in_a_file() {
        let index = write(1, 2, 3);
        let segment = [&[0xFF, 0xE2, 0, 88], &index[..]].concat();
        let file = [b"\xFF\xD8\xFF\xE0\0\x04ab", &segment[..], b"\xFF\xDA\0\x02"].concat();
        assert_eq!(position(&file), Some(8 + 8));
        let without = b"\xFF\xD8\xFF\xE0\0\x04ab\xFF\xDA\0\x02";
        assert_eq!(position(without), None);
        for cut in 0..file.len() {
            position(&file[..cut]);
        }
    }

    proptest! {
        #[test]
        fn hostile_indexes_never_panic(at in 0usize..86, with in any::<u8>(), cut in 0usize..86) {
            let mut payload = write(1000, 50, 900);
            payload[at] = with;
            prop_assert!(read(&payload).len() <= MOST);
            read(&payload[..cut]);
        }
    }
}
