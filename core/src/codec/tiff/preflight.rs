//! What is checked of a TIFF before the `tiff` crate reads it: that crate allocates what a tag claims to hold, and more
//! than a file holds cannot be read anyway.

use tiff::decoder::ifd::Entry;
use tiff::tags::Type;

use super::tags::{self, Group};
use crate::error::{Error, ErrorKind, Result};

/// Whether a value can lie in a file of `length` bytes.
pub(super) fn fits(entry: &Entry, length: usize) -> bool {
    claim_fits(bytes_of(entry.field_type().to_u16()), entry.count(), length)
}

/// Whether a value can be read as numbers: it is no text, and lies in the file.
pub(super) fn is_number(entry: &Entry, length: usize) -> bool {
    entry.field_type() != Type::ASCII && fits(entry, length)
}

fn claim_fits(size: u64, count: u64, length: usize) -> bool {
    count
        .checked_mul(size)
        .is_some_and(|bytes| bytes <= length as u64)
}

/// Bytes in a value of a type; 1 for types that are not known.
fn bytes_of(kind: u16) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

/// Refuses a file whose first directory has a tag of the layout, or a pointer, that is a text or longer than the file.
/// Whatever else is wrong with a directory is left to be found in reading it.
///
/// # Errors
/// [`ErrorKind::Decode`].
pub(super) fn check(input: &[u8]) -> Result<()> {
    let damaged = entries(input).is_some_and(|mut entries| {
        entries.any(|(tag, kind, count)| {
            let read = Group::of(tag) == Group::Structure
                || matches!(tag, tags::EXIF | tags::GPS | tags::SUB_IFD);
            let text = kind == Type::ASCII.to_u16();
            read && (text || !claim_fits(bytes_of(kind), count, input.len()))
        })
    });
    if damaged {
        return Err(Error::new(
            ErrorKind::Decode,
            "a tag of the TIFF is a text where a number belongs, or longer than the file",
        ));
    }
    Ok(())
}

/// Tag, type and count of the entries of the first directory; `None` where there is none.
fn entries(input: &[u8]) -> Option<impl Iterator<Item = (u16, u16, u64)>> {
    let little = input.starts_with(b"II");
    // A number of up to 8 bytes.
    let number = move |bytes: &[u8]| {
        let join = |value: u64, &byte: &u8| value << 8 | u64::from(byte);
        if little {
            bytes.iter().rev().fold(0, join)
        } else {
            bytes.iter().fold(0, join)
        }
    };
    // Classic TIFF counts in 32 bits, BigTIFF in 64.
    let (first, prefix, wide) = match number(input.get(2..4)?) {
        42 => (number(input.get(4..8)?), 2, 4),
        43 => (number(input.get(8..16)?), 8, 8),
        _ => return None,
    };
    let directory = input.get(usize::try_from(first).ok()?..)?;
    let count = usize::try_from(number(directory.get(..prefix)?)).unwrap_or(usize::MAX);
    let entries = directory[prefix..].chunks_exact(4 + 2 * wide).take(count);
    Some(entries.map(move |entry| {
        let (tag, kind) = (number(&entry[..2]), number(&entry[2..4]));
        (tag as u16, kind as u16, number(&entry[4..4 + wide]))
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A file of one entry, in any of the four forms.
    fn file(little: bool, big: bool, tag: u16, kind: u16, count: u64) -> Vec<u8> {
        let number = |value: u64, bytes: usize| -> Vec<u8> {
            let (le, be) = (value.to_le_bytes(), value.to_be_bytes());
            if little {
                le[..bytes].to_vec()
            } else {
                be[8 - bytes..].to_vec()
            }
        };
        let order: &[u8] = if little { b"II" } else { b"MM" };
        let (header, wide) = if big {
            (
                [
                    number(43, 2),
                    number(8, 2),
                    number(0, 2),
                    number(16, 8),
                    number(1, 8),
                ]
                .concat(),
                8,
            )
        } else {
            ([number(42, 2), number(8, 4), number(1, 2)].concat(), 4)
        };
        let entry = [
            number(tag.into(), 2),
            number(kind.into(), 2),
            number(count, wide),
        ]
        .concat();
        [order, &header, &entry, &vec![0; 2 * wide]].concat()
    }

    #[test]
    fn values_that_cannot_be_read_are_refused_in_every_form() {
        for (little, big) in [(true, false), (false, false), (true, true), (false, true)] {
            let good = |tag, kind, count| check(&file(little, big, tag, kind, count)).is_ok();
            assert!(good(256, 4, 1) && good(273, 4, 5) && good(tags::EXIF, 4, 1));
            // Text, and more than there is.
            assert!(!good(284, 2, 1) && !good(273, 4, 1000) && !good(tags::GPS, 13, 1 << 30));
            // Metadata may be damaged: it is left out.
            assert!(good(305, 2, 1 << 30) && good(60_000, 1, 1 << 30));
            if big {
                assert!(!good(273, 16, u64::MAX));
            }
        }
    }

    #[test]
    fn what_has_no_directory_is_left_to_the_reader() {
        for input in [
            &b""[..],
            b"II",
            b"II*\0",
            b"II*\0\xFF\xFF\xFF\xFF",
            b"MM\0+\0\x08\0\0",
            b"II*\0\x08\0\0\0\xFF",
        ] {
            assert!(check(input).is_ok());
        }
    }
}
