//! The entropy-coded bits of a scan: without byte stuffing for reading, with it for writing (ITU-T T.81, B.1.1.5 and F.1.2.3).

use std::ops::Range;

use memchr::memchr;

use crate::error::{Error, ErrorKind};

/// Bytes after the last that may be read (and are no data).
const PADDING: usize = 16;

/// The data of a scan without stuffed bytes and restart markers.
pub(super) struct Entropy {
    bytes: Vec<u8>,
    /// The restart intervals, in bits from the start.
    pub(super) intervals: Vec<Range<usize>>,
}

impl Entropy {
    /// Takes the stuffing out of `data`, the bytes between a scan header and the next marker. Ends where restart
    /// markers do not follow each other as they should: what comes then is no data of this scan.
    pub(super) fn read(data: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(data.len() + PADDING);
        let mut intervals = Vec::new();
        let mut start = 0;
        let mut at = 0;
        let mut end = data.len();
        while let Some(offset) = memchr(0xFF, &data[at..]) {
            let marker = at + offset;
            bytes.extend_from_slice(&data[at..marker]);
            match data.get(marker + 1) {
                Some(0x00) => {
                    bytes.push(0xFF);
                    at = marker + 2;
                }
                // Fill bytes may precede a marker.
                Some(0xFF) => at = marker + 1,
                Some(&restart @ 0xD0..=0xD7) if usize::from(restart & 7) == intervals.len() % 8 => {
                    intervals.push(8 * start..8 * bytes.len());
                    start = bytes.len();
                    at = marker + 2;
                }
                None => at = marker + 1,
                Some(_) => {
                    (at, end) = (marker, marker);
                    break;
                }
            }
        }
        bytes.extend_from_slice(&data[at..end]);
        intervals.push(8 * start..8 * bytes.len());
        bytes.extend([0; PADDING]);
        Self { bytes, intervals }
    }

    /// The bits from position `at` on, aligned to the left; at least 57 of them. Zeros beyond the end.
    #[inline(always)]
    pub(super) fn peek(&self, at: usize) -> u64 {
        let word = self.bytes.get(at / 8..).and_then(<[u8]>::first_chunk);
        word.map_or(0, |&word| u64::from_be_bytes(word) << (at % 8))
    }
}

/// The error for entropy-coded data that make no sense.
#[cold]
pub(super) fn damaged() -> Error {
    Error::new(
        ErrorKind::Decode,
        "the JPEG is damaged: not all of the photo can be read",
    )
}

/// Where the scan that begins at the head of `data` ends: at the next marker that is no restart marker.
pub(super) fn scan_length(data: &[u8]) -> usize {
    let mut at = 0;
    while let Some(offset) = memchr(0xFF, &data[at..]) {
        let marker = at + offset;
        match data.get(marker + 1) {
            Some(0x00 | 0xD0..=0xD7) => at = marker + 2,
            Some(0xFF) => at = marker + 1,
            _ => return marker,
        }
    }
    data.len()
}

/// How many bytes of a scan's data stand for the first `length` bytes without stuffing and restart markers.
pub(super) fn stuffed_length(data: &[u8], length: usize) -> usize {
    let (mut at, mut count) = (0, 0);
    while count < length && at < data.len() {
        let (taken, given) = match (data[at], data.get(at + 1)) {
            (0xFF, Some(0x00)) => (2, 1),
            (0xFF, Some(0xD0..=0xD7)) => (2, 0),
            (0xFF, Some(0xFF)) => (1, 0),
            _ => (1, 1),
        };
        at += taken;
        count += given;
    }
    at.min(data.len())
}

/// Writes entropy-coded data with byte stuffing.
pub(super) struct Writer {
    bytes: Vec<u8>,
    /// The lowest `count` bits are still to be written.
    pending: u64,
    count: u32,
}

impl Writer {
    /// Goes on at the end of `bytes`.
    pub(super) fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes,
            pending: 0,
            count: 0,
        }
    }

    /// Appends the lowest `length` bits of `bits`, at most 32; the others must be 0.
    #[inline(always)]
    pub(super) fn put(&mut self, bits: u64, length: u32) {
        self.pending = self.pending << length | bits;
        self.count += length;
        if self.count >= 32 {
            self.count -= 32;
            self.word((self.pending >> self.count) as u32);
        }
    }

    #[inline(always)]
    fn word(&mut self, word: u32) {
        // Bytes of all ones, found in all four at once.
        let ones = (word & 0x7F7F_7F7F).wrapping_add(0x0101_0101) & word & 0x8080_8080;
        if ones == 0 {
            self.bytes.extend_from_slice(&word.to_be_bytes());
        } else {
            word.to_be_bytes()
                .into_iter()
                .for_each(|byte| self.byte(byte));
        }
    }

    fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
        if byte == 0xFF {
            self.bytes.push(0);
        }
    }

    /// Appends bits of another scan as they are.
    pub(super) fn copy(&mut self, from: &Entropy, range: Range<usize>) {
        let mut at = range.start;
        while at + 32 <= range.end {
            self.put(from.peek(at) >> 32, 32);
            at += 32;
        }
        let rest = range.end.saturating_sub(at) as u32;
        if rest > 0 {
            self.put(from.peek(at) >> (64 - rest), rest);
        }
    }

    /// Fills the last byte with ones, as F.1.2.3 asks for.
    pub(super) fn align(&mut self) {
        let fill = (8 - self.count % 8) % 8;
        self.put((1 << fill) - 1, fill);
        while self.count > 0 {
            self.count -= 8;
            self.byte((self.pending >> self.count) as u8);
        }
        self.pending = 0;
    }

    /// Writes restart marker `index` (modulo 8) after [`align`](Self::align).
    pub(super) fn restart(&mut self, index: usize) {
        self.bytes.extend([0xFF, 0xD0 + (index % 8) as u8]);
    }

    /// All bytes; [`align`](Self::align) first.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn restart_markers_must_be_in_order() {
        let entropy = Entropy::read(b"ab\xFF\xD0c\xFF\x00\xFF\xFF\xD1d");
        assert_eq!(entropy.intervals, [0..16, 16..32, 32..40]);
        assert_eq!(entropy.peek(16) >> 48, 0x63FF);
        let one = std::slice::from_ref(&(0..16));
        assert_eq!(Entropy::read(b"ab\xFF\xD1c").intervals, one);
    }

    #[test]
    fn the_end_of_the_data_is_found_again() {
        let data = b"ab\xFF\xD0c\xFF\x00trailer";
        assert_eq!(stuffed_length(data, 4), 7);
        assert_eq!(stuffed_length(data, 2), 2);
        assert_eq!(stuffed_length(data, 100), data.len());
    }

    #[test]
    fn a_scan_ends_at_a_marker() {
        assert_eq!(scan_length(b"ab\xFF\x00\xFF\xD3c\xFF\xDA"), 7);
        assert_eq!(scan_length(b"ab\xFF"), 2);
        assert_eq!(scan_length(b"ab"), 2);
    }

    proptest! {
        #[test]
        fn copied_bits_are_the_same_bits(data in prop::collection::vec(prop_oneof![Just(0xFFu8), any::<u8>()], 1..100), cut in 0usize..800, lead in 0u32..32) {
            let mut stuffed = Writer::new(Vec::new());
            data.iter().for_each(|&byte| stuffed.put(u64::from(byte), 8));
            stuffed.align();
            let from = Entropy::read(&stuffed.into_bytes());
            let cut = cut.min(8 * data.len());
            // In two pieces, behind some bits of one's own.
            let mut writer = Writer::new(Vec::new());
            writer.put(0, lead);
            writer.copy(&from, 0..cut);
            writer.copy(&from, cut..8 * data.len());
            writer.align();
            let back = Entropy::read(&writer.into_bytes());
            for (i, &byte) in data.iter().enumerate() {
                prop_assert_eq!((back.peek(lead as usize + 8 * i) >> 56) as u8, byte);
            }
        }
    }
}
