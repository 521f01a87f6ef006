//! TIFF and BigTIFF: the packet is tag 700 of the first directory (XMP Specification Part 3, 3.2). Strips and all that
//! offsets name stay where they are: a longer directory and the packet go to the file's end.

use super::container::{Found, damaged, too_long};
use crate::error::Result;

const XMP: u16 = 700;
/// C2PA manifest store (C2PA 2.1, A.3.5).
const C2PA: u16 = 0xCD41;
/// Types of values: bytes, and bytes of no type.
const BYTE: u16 = 1;
const UNDEFINED: u16 = 7;

/// How numbers are written in one file.
#[derive(Clone, Copy)]
struct Form {
    little: bool,
    big: bool,
}

impl Form {
    fn of(file: &[u8]) -> Option<Self> {
        Some(match file.get(..4)? {
            b"II*\0" => Self {
                little: true,
                big: false,
            },
            b"MM\0*" => Self {
                little: false,
                big: false,
            },
            b"II+\0" => Self {
                little: true,
                big: true,
            },
            b"MM\0+" => Self {
                little: false,
                big: true,
            },
            _ => return None,
        })
    }

    /// Bytes of an offset, a count and a value.
    fn word(self) -> usize {
        if self.big { 8 } else { 4 }
    }

    /// Bytes of an entry: tag, type, count, value.
    fn entry(self) -> usize {
        4 + 2 * self.word()
    }

    /// Bytes of the number of entries.
    fn count(self) -> usize {
        if self.big { 8 } else { 2 }
    }

    fn get(self, file: &[u8], at: usize, length: usize) -> Option<u64> {
        let bytes = file.get(at..at.checked_add(length)?)?;
        let join = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        Some(if self.little {
            bytes.iter().rev().fold(0, join)
        } else {
            bytes.iter().fold(0, join)
        })
    }

    fn put(self, number: u64, length: usize) -> Vec<u8> {
        if self.little {
            number.to_le_bytes()[..length].to_vec()
        } else {
            number.to_be_bytes()[8 - length..].to_vec()
        }
    }
}

/// The first directory.
struct Directory {
    form: Form,
    start: usize,
    entries: usize,
}

impl Directory {
    fn first(file: &[u8]) -> Option<Self> {
        let form = Form::of(file)?;
        let start =
            usize::try_from(form.get(file, if form.big { 8 } else { 4 }, form.word())?).ok()?;
        let entries = usize::try_from(form.get(file, start, form.count())?).ok()?;
        let length = entries
            .checked_mul(form.entry())?
            .checked_add(form.word())?;
        file.get(start + form.count()..)?.get(..length)?;
        Some(Self {
            form,
            start,
            entries,
        })
    }

    fn at(&self, i: usize) -> usize {
        self.start + self.form.count() + i * self.form.entry()
    }

    fn tag(&self, file: &[u8], i: usize) -> u64 {
        self.form.get(file, self.at(i), 2).unwrap_or(0)
    }

    fn find(&self, file: &[u8], tag: u16) -> Option<usize> {
        (0..self.entries).find(|&i| self.tag(file, i) == u64::from(tag))
    }

    /// Where the bytes of an entry lie; `None` unless they are bytes and do not lie in the entry itself.
    fn value(&self, file: &[u8], i: usize) -> Option<std::ops::Range<usize>> {
        let (form, at) = (self.form, self.at(i));
        let kind = form.get(file, at + 2, 2)?;
        let length = usize::try_from(form.get(file, at + 4, form.word())?).ok()?;
        let start = usize::try_from(form.get(file, at + 4 + form.word(), form.word())?).ok()?;
        let is_bytes = kind == u64::from(BYTE) || kind == u64::from(UNDEFINED);
        let range = start..start.checked_add(length)?;
        (is_bytes && length > form.word() && file.get(range.clone()).is_some()).then_some(range)
    }
}

pub(super) fn read(file: &[u8]) -> Result<Found<'_>> {
    let directory = Directory::first(file).ok_or_else(|| damaged("TIFF"))?;
    let entry = directory.find(file, XMP);
    let packet = entry
        .and_then(|i| directory.value(file, i))
        .map(|range| file[range].into());
    Ok(Found {
        packet,
        signed: directory.find(file, C2PA).is_some(),
    })
}

pub(super) fn write(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let directory = Directory::first(file).ok_or_else(|| damaged("TIFF"))?;
    let form = directory.form;
    let mut result = file.to_vec();
    // Offsets are even (TIFF 6.0, section 2).
    result.resize(result.len().next_multiple_of(2), 0);
    let place = result.len();
    result.extend(packet);
    result.resize(result.len().next_multiple_of(2), 0);
    let entry = [
        form.put(XMP.into(), 2),
        form.put(BYTE.into(), 2),
        form.put(packet.len() as u64, form.word()),
        form.put(place as u64, form.word()),
    ]
    .concat();
    if let Some(i) = directory.find(file, XMP) {
        if let Some(old) = directory.value(file, i) {
            result[old].fill(0);
        }
        let at = directory.at(i);
        result[at..at + entry.len()].copy_from_slice(&entry);
    } else {
        let start = result.len();
        // Entries are in the order of their tags.
        let before = (0..directory.entries)
            .take_while(|&i| directory.tag(file, i) < u64::from(XMP))
            .count();
        let end = directory.at(directory.entries);
        result.extend(form.put(directory.entries as u64 + 1, form.count()));
        result.extend(&file[directory.at(0)..directory.at(before)]);
        result.extend(entry);
        result.extend(&file[directory.at(before)..end + form.word()]);
        let (at, length) = (if form.big { 8 } else { 4 }, form.word());
        result[at..at + length].copy_from_slice(&form.put(start as u64, length));
    }
    if !form.big && result.len() as u64 > u64::from(u32::MAX) {
        return Err(too_long(packet, "a TIFF of this size", 0));
    }
    Ok(result)
}
