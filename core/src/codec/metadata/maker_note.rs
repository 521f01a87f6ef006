//! Previews that a maker's note points to, whatever they are made of (tags as exiftool documents them).

use std::ops::Range;

use super::ifd::{ByteOrder, Directory};

const EXIF: u16 = 0x8769;
const MAKER_NOTE: u16 = 0x927C;

/// Pairs of tags that say where a preview begins and how long it is: JPEG previews, Minolta's and Olympus's preview,
/// strips.
const PAIRS: [(u16, u16); 4] = [
    (0x0201, 0x0202),
    (0x0088, 0x0089),
    (0x0101, 0x0102),
    (0x0111, 0x0117),
];

/// Tags whose value is a preview: Minolta's and Olympus's thumbnails, Casio's, Samsung's and Sony's previews.
const VALUES: [u16; 4] = [0x0081, 0x0100, 0x2000, 0x2001];

/// Shortest value that can be a preview, in bytes.
const SHORTEST: usize = 256;

/// Most entries that a maker's directory has.
const MOST_ENTRIES: usize = 512;

/// How notes begin whose offsets count from the note itself (as exiftool documents them): they can be moved. Others count
/// from the TIFF header.
const SELF_CONTAINED: [&[u8]; 9] = [
    b"Nikon\0\x02",
    b"OLYMPUS\0",
    b"OM SYSTEM\0",
    b"FUJIFILM",
    b"Apple iOS\0",
    b"PENTAX \0",
    b"SIGMA\0\0\0",
    b"LEICA CAMERA AG\0",
    b"GENERALE",
];

/// Whether a note means the same wherever it lies: one whose offsets count from itself, or that is no directory (text).
pub(in crate::codec) fn is_self_contained(note: &[u8]) -> bool {
    let known = SELF_CONTAINED.iter().any(|begin| note.starts_with(begin));
    let directory = [ByteOrder::Little, ByteOrder::Big].iter().any(|&order| {
        (0..=18).step_by(2).any(|head| {
            Directory::read(note, order, head)
                .is_some_and(|found| found.is_plausible(note, order, MOST_ENTRIES))
        })
    });
    known || !directory
}

/// Where the previews lie that the note in a TIFF block points to.
pub(super) fn previews(tiff: &[u8]) -> Vec<Range<usize>> {
    note(tiff)
        .map(|note| previews_of(tiff, note))
        .unwrap_or_default()
}

fn note(tiff: &[u8]) -> Option<Range<usize>> {
    let order = ByteOrder::of(tiff)?;
    let first = Directory::read(tiff, order, order.u32(tiff, 4)? as usize)?;
    let &pointer = first.values(tiff, order, EXIF).first()?;
    let exif = Directory::read(tiff, order, pointer)?;
    let (start, length) = exif.bytes(tiff, order, MAKER_NOTE)?;
    let end = start.checked_add(length)?.min(tiff.len());
    (start < end).then_some(start..end)
}

/// Makers put up to 18 bytes before their directory, in either byte order, and count offsets from the block, from the
/// note, or from a TIFF header in the note.
fn previews_of(tiff: &[u8], note: Range<usize>) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    for head in (0..=18).step_by(2) {
        for order in [ByteOrder::Little, ByteOrder::Big] {
            let start = note.start + head;
            let Some(directory) = Directory::read(tiff, order, start) else {
                continue;
            };
            if !directory.is_plausible(tiff, order, MOST_ENTRIES) {
                continue;
            }
            let table = directory.range();
            let bases = [0, note.start, note.start + head.saturating_sub(8)];
            let mut found = Vec::new();
            for (offset, length) in PAIRS {
                let offset = directory.values(tiff, order, offset).first().copied();
                let length = directory.values(tiff, order, length).first().copied();
                found.extend(offset.zip(length));
            }
            for tag in VALUES {
                found.extend(directory.bytes(tiff, order, tag));
            }
            for (offset, length) in found.into_iter().filter(|&(_, length)| length >= SHORTEST) {
                for base in bases {
                    let (start, end) = (
                        base + offset,
                        base.saturating_add(offset).saturating_add(length),
                    );
                    // A range that covers the directory itself is counted from elsewhere.
                    let outside = start >= table.end || end <= table.start;
                    if outside && start >= 8 && start < tiff.len() && end <= tiff.len() + 16 {
                        places.push(start..end.min(tiff.len()));
                    }
                }
            }
        }
    }
    places
}
