//! Huffman tables: reading, decoding, encoding, and making room for further symbols (ITU-T T.81, annex C and F).

use crate::error::{Error, ErrorKind, Result};

/// Bits looked up at once; longer codes take the slow way.
const LOOKUP_BITS: u32 = 10;

/// A table as a DHT segment states it (B.2.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Specification {
    /// Class (0 DC, 1 AC) in the upper four bits, destination (0 to 3) in the lower four.
    pub(super) target: u8,
    /// Number of codes of each length of 1 to 16 bits.
    counts: [u8; 16],
    /// The symbols in the order of their codes.
    symbols: Vec<u8>,
}

impl Specification {
    /// Reads one table from the head of `bytes`; returns it and what follows it.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8])> {
        let damaged = || Error::new(ErrorKind::Decode, "a Huffman table of the JPEG is damaged");
        let (&target, rest) = bytes.split_first().ok_or_else(damaged)?;
        let (counts, rest) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
        let total: usize = counts.iter().map(|&n| usize::from(n)).sum();
        let symbols = rest.get(..total).ok_or_else(damaged)?;
        if target >> 4 > 1 || target & 15 > 3 || total > 256 {
            return Err(damaged());
        }
        let specification = Self {
            target,
            counts: *counts,
            symbols: symbols.to_vec(),
        };
        // Kraft's inequality, in units of the shortest share: more codes than fit cannot be told apart.
        let used: u32 = specification.used_space();
        if used > 1 << 16 {
            return Err(damaged());
        }
        Ok((specification, &rest[total..]))
    }

    /// Share of the code space in use, in units of 2^-16.
    fn used_space(&self) -> u32 {
        let shares = self.counts.iter().zip(1..);
        shares
            .map(|(&n, length)| u32::from(n) << (16 - length))
            .sum()
    }

    /// The table as it is written into a DHT segment.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.push(self.target);
        out.extend(self.counts);
        out.extend(&self.symbols);
    }

    /// The table with codes for `missing` symbols added behind all others, so that every code there was stays as it is.
    /// `None` where the code space has no room (the code of all ones stays unused, as C.2 asks for).
    pub(super) fn with_symbols(&self, missing: &[u8]) -> Option<Self> {
        let free = (1u32 << 16) - self.used_space();
        let longest = self
            .counts
            .iter()
            .rposition(|&n| n > 0)
            .map_or(1, |at| at + 1);
        // The shortest length, no shorter than the longest code there is, at which the symbols and all-ones fit.
        let length = (longest..=16).find(|&length| free >> (16 - length) > missing.len() as u32)?;
        let mut extended = self.clone();
        let count = &mut extended.counts[length - 1];
        *count = count.checked_add(u8::try_from(missing.len()).ok()?)?;
        extended.symbols.extend(missing);
        Some(extended)
    }

    /// Each symbol with the length and the bits of its code, shortest first (C.1 and C.2).
    fn codes(&self) -> impl Iterator<Item = (u8, u32, u32)> {
        let lengths = (1u32..).zip(&self.counts);
        let mut code = 0u32;
        let mut last = 0u32;
        lengths
            .flat_map(|(length, &n)| std::iter::repeat_n(length, usize::from(n)))
            .zip(&self.symbols)
            .map(move |(length, &symbol)| {
                code <<= length - last.max(1).min(length);
                last = length;
                let this = code;
                code += 1;
                (symbol, length, this)
            })
    }
}

/// For decoding: which symbol the next bits are.
pub(super) struct Decoder {
    /// By the next `LOOKUP_BITS` bits: symbol in the upper byte, code length in the lower; length 0: no short code.
    short: Box<[u16; 1 << LOOKUP_BITS]>,
    /// Longer codes, aligned to the left of 16 bits, ascending: first code of a length, last code, length, first symbol.
    long: Vec<(u32, u32, u32, usize)>,
    symbols: Vec<u8>,
}

impl Decoder {
    pub(super) fn new(table: &Specification) -> Self {
        let mut short = Box::new([0u16; 1 << LOOKUP_BITS]);
        let mut long: Vec<(u32, u32, u32, usize)> = Vec::new();
        for (index, (symbol, length, code)) in table.codes().enumerate() {
            if length <= LOOKUP_BITS {
                let first = (code << (LOOKUP_BITS - length)) as usize;
                let entry = u16::from(symbol) << 8 | length as u16;
                let last = (first + (1 << (LOOKUP_BITS - length))).min(1 << LOOKUP_BITS);
                short[first..last].fill(entry);
                continue;
            }
            let aligned = code << (16 - length);
            match long.last_mut() {
                Some((_, last, same, _)) if *same == length => *last = aligned,
                _ => long.push((aligned, aligned, length, index)),
            }
        }
        Self {
            short,
            long,
            symbols: table.symbols.clone(),
        }
    }

    /// The symbol at the head of `bits` (aligned to the left) and the length of its code; length 0: there is none.
    #[inline(always)]
    pub(super) fn symbol(&self, bits: u64) -> (u8, u32) {
        let entry = self.short[(bits >> (64 - LOOKUP_BITS)) as usize];
        if entry != 0 {
            return ((entry >> 8) as u8, u32::from(entry & 0xFF));
        }
        self.long_symbol(bits)
    }

    #[cold]
    fn long_symbol(&self, bits: u64) -> (u8, u32) {
        let next = (bits >> 48) as u32;
        let found = self.long.iter().find(|&&(first, last, length, _)| {
            let code = next >> (16 - length) << (16 - length);
            (first..=last).contains(&code)
        });
        let symbol = found.and_then(|&(first, _, length, index)| {
            let offset = ((next - first) >> (16 - length)) as usize;
            Some((*self.symbols.get(index + offset)?, length))
        });
        symbol.unwrap_or((0, 0))
    }
}

/// For encoding: the code of each symbol.
pub(super) struct Encoder {
    /// Length in bits, 0 where the table has no such symbol, and the code.
    codes: Box<[(u8, u16); 256]>,
}

impl Encoder {
    pub(super) fn new(table: &Specification) -> Self {
        let mut codes = Box::new([(0, 0); 256]);
        for (symbol, length, code) in table.codes() {
            codes[usize::from(symbol)] = (length as u8, code as u16);
        }
        Self { codes }
    }

    pub(super) fn has(&self, symbol: u8) -> bool {
        self.codes[usize::from(symbol)].0 > 0
    }

    /// The code of a symbol and its length in bits.
    #[inline]
    pub(super) fn code(&self, symbol: u8) -> (u64, u32) {
        let (length, code) = self.codes[usize::from(symbol)];
        (u64::from(code), u32::from(length))
    }
}

/// The size category of a difference or coefficient (F.1.2.1): how many bits it takes.
#[inline]
pub(super) fn category(value: i32) -> u32 {
    32 - value.unsigned_abs().leading_zeros()
}

/// The bits that follow the category (F.1.2.1.1): one's complement for negative values.
#[inline]
pub(super) fn magnitude_bits(value: i32, category: u32) -> u64 {
    let bits = if value < 0 { value - 1 } else { value };
    (bits as u32 as u64) & ((1 << category) - 1)
}

/// The value of `category` bits (F.2.2.1, EXTEND).
#[inline(always)]
pub(super) fn extend(bits: u64, category: u32) -> i32 {
    if category == 0 {
        return 0;
    }
    let value = bits as i32;
    if value < 1 << (category - 1) {
        value - (1 << category) + 1
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// Table K.3: luminance DC differences.
    const LUMA_DC: [u8; 29] = [
        0x00, 0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
    ];

    fn round_trip(table: &Specification, symbols: &[u8]) {
        let (encoder, decoder) = (Encoder::new(table), Decoder::new(table));
        for &symbol in symbols {
            let (code, length) = encoder.code(symbol);
            assert!(length > 0, "{symbol} has no code");
            let bits = code << (64 - length) | (u64::MAX >> length);
            assert_eq!(decoder.symbol(bits), (symbol, length));
        }
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        let (table, rest) = Specification::read(&LUMA_DC).unwrap();
        assert!(rest.is_empty());
        let encoder = Encoder::new(&table);
        // Table K.3 prints these codes.
        assert_eq!(encoder.code(0), (0b00, 2));
        assert_eq!(encoder.code(5), (0b110, 3));
        assert_eq!(encoder.code(11), (0b1_1111_1110, 9));
        round_trip(&table, &(0..12).collect::<Vec<_>>());
        let mut written = Vec::new();
        table.write(&mut written);
        assert_eq!(written, LUMA_DC);
    }

    #[test]
    fn further_symbols_leave_all_codes_as_they_are() {
        // One symbol only, code 0: a photo without any colour.
        let mut bytes = vec![0x01, 1];
        bytes.extend([0; 15]);
        bytes.push(0);
        let (table, _) = Specification::read(&bytes).unwrap();
        let extended = table.with_symbols(&[1, 2, 3]).unwrap();
        assert_eq!(Encoder::new(&extended).code(0), (0, 1));
        round_trip(&extended, &[0, 1, 2, 3]);
        assert!(extended.used_space() < 1 << 16, "all ones stays free");
        let (luma, _) = Specification::read(&LUMA_DC).unwrap();
        let extended = luma.with_symbols(&[12, 13]).unwrap();
        round_trip(&extended, &(0..14).collect::<Vec<_>>());
        for symbol in 0..12 {
            assert_eq!(
                Encoder::new(&extended).code(symbol),
                Encoder::new(&luma).code(symbol)
            );
        }
    }

    #[test]
    fn a_full_table_has_no_room() {
        let mut bytes = vec![0x10; 1];
        bytes.extend([1; 15]);
        bytes.push(1);
        bytes.extend(0..16);
        let (table, _) = Specification::read(&bytes).unwrap();
        assert_eq!(table.used_space(), (1 << 16) - 1);
        assert_eq!(table.with_symbols(&[99]), None);
        round_trip(&table, &(0..16).collect::<Vec<_>>());
    }

    #[test]
    fn damaged_tables_are_refused() {
        for bytes in [&LUMA_DC[..10], &LUMA_DC[..28], &[], &[0x20; 40]] {
            assert!(Specification::read(bytes).is_err());
        }
        // Three codes of one bit.
        let mut bytes = vec![0, 3];
        bytes.extend([0; 15]);
        bytes.extend([1, 2, 3]);
        assert!(Specification::read(&bytes).is_err());
    }

    proptest! {
        #[test]
        fn values_survive_their_categories(value in -2047i32..=2047) {
            let size = category(value);
            prop_assert_eq!(extend(magnitude_bits(value, size), size), value);
        }

        #[test]
        fn any_table_decodes_without_panic(bytes in prop::collection::vec(any::<u8>(), 17..300), bits in any::<u64>()) {
            if let Ok((table, _)) = Specification::read(&bytes) {
                let (symbol, length) = Decoder::new(&table).symbol(bits);
                let _ = Encoder::new(&table);
                prop_assert!(length <= 16 && (length > 0 || symbol == 0));
            }
        }
    }
}
