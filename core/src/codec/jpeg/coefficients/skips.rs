//! Skipping AC coefficients whose values nobody needs: several codes at once.

use super::huffman::Decoder;

/// Bits looked up at once.
const LOOKUP_BITS: u32 = 12;

/// For every pattern of the next bits: how far one may leap.
pub(super) struct Skips(Box<[Leap; 1 << LOOKUP_BITS]>);

/// Whole codes of AC coefficients: bits, coefficients passed, and whether the last code ends the block. The bits that
/// follow the last code and hold a value may lie beyond the pattern.
#[derive(Clone, Copy, Default)]
pub(super) struct Leap {
    bits: u8,
    coefficients: u8,
    ends_block: bool,
}

impl Leap {
    #[inline(always)]
    pub(super) fn bits(self) -> usize {
        usize::from(self.bits)
    }

    #[inline(always)]
    pub(super) fn coefficients(self) -> u32 {
        u32::from(self.coefficients)
    }

    #[inline(always)]
    pub(super) fn ends_block(self) -> bool {
        self.ends_block
    }
}

impl Skips {
    pub(super) fn new(table: &Decoder) -> Self {
        let mut leaps = Box::new([Leap::default(); 1 << LOOKUP_BITS]);
        for (pattern, leap) in leaps.iter_mut().enumerate() {
            *leap = Leap::of((pattern as u64) << (64 - LOOKUP_BITS), table);
        }
        Self(leaps)
    }

    #[inline(always)]
    pub(super) fn leap(&self, bits: u64) -> Leap {
        self.0[(bits >> (64 - LOOKUP_BITS)) as usize]
    }
}

impl Leap {
    fn of(pattern: u64, table: &Decoder) -> Self {
        let mut leap = Self::default();
        let mut read = 0;
        while read < LOOKUP_BITS {
            let (symbol, length) = table.symbol(pattern << read);
            if length == 0 || read + length > LOOKUP_BITS {
                break;
            }
            let (run, size) = (symbol >> 4, symbol & 15);
            let passed = match (run, size) {
                (15, 0) => 16,
                (_, 0) => 0,
                _ => run + 1,
            };
            if leap.coefficients + passed > 63 {
                break;
            }
            read += length + u32::from(size);
            leap.bits = read as u8;
            leap.coefficients += passed;
            leap.ends_block = size == 0 && run < 15;
            if leap.ends_block {
                break;
            }
        }
        leap
    }
}
