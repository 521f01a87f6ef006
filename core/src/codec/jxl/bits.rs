//! Writing bits, the least significant first (ISO/IEC 18181-1, annex B).

/// Bits that become bytes.
#[derive(Default)]
pub(super) struct Bits {
    bytes: Vec<u8>,
    /// Bits used in the last byte, 0 where it is full.
    used: u32,
}

impl Bits {
    /// The `count` low bits of `value`; at most 32.
    pub(super) fn put(&mut self, count: u32, value: u32) {
        for bit in 0..count {
            if self.used == 0 {
                self.bytes.push(0);
            }
            let bit = ((value >> bit) & 1) as u8;
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit << self.used;
            }
            self.used = (self.used + 1) % 8;
        }
    }

    pub(super) fn flag(&mut self, set: bool) {
        self.put(1, set.into());
    }

    /// A number by the first of four ranges (first value, bits) that holds it: `U32` (B.2.2).
    pub(super) fn ranged(&mut self, value: u32, ranges: [(u32, u32); 4]) {
        let holds = |&(first, bits): &(u32, u32)| {
            value
                .checked_sub(first)
                .is_some_and(|rest| u64::from(rest) < 1 << bits)
        };
        let choice = ranges.iter().position(holds).unwrap_or(3);
        let (first, bits) = ranges[choice];
        self.put(2, choice as u32);
        self.put(bits, value.wrapping_sub(first));
    }

    /// A member of an enumeration (B.2.5).
    pub(super) fn member(&mut self, value: u32) {
        self.ranged(value, [(0, 0), (1, 0), (2, 4), (18, 6)]);
    }

    /// A length: `U64` (B.2.3).
    pub(super) fn length(&mut self, value: u64) {
        match value {
            0 => self.put(2, 0),
            1..=16 => {
                self.put(2, 1);
                self.put(4, value as u32 - 1);
            }
            17..=272 => {
                self.put(2, 2);
                self.put(8, value as u32 - 17);
            }
            _ => {
                self.put(2, 3);
                self.put(12, value as u32);
                let mut rest = value >> 12;
                while rest > 0 {
                    self.flag(true);
                    self.put(8, rest as u32);
                    rest >>= 8;
                }
                self.flag(false);
            }
        }
    }

    /// A half-precision float (B.2.6) of a value that is one and is not negative.
    pub(super) fn half(&mut self, value: f32) {
        let bits = value.to_bits();
        let exponent = (bits >> 23) as i32 - 127 + 15;
        let mantissa = bits & 0x7F_FFFF;
        let half = if exponent > 0 {
            ((exponent as u32) << 10) | (mantissa >> 13)
        } else {
            // Below the smallest normal value; 0 comes out as 0.
            (mantissa | 0x80_0000)
                .checked_shr((14 - exponent) as u32)
                .unwrap_or(0)
        };
        self.put(16, half.min(0x7BFF));
    }

    pub(super) fn length_in_bits(&self) -> usize {
        8 * self.bytes.len() - (8 - self.used as usize) % 8
    }

    /// The bytes, the last one filled up with zeros.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_in_order() {
        let mut bits = Bits::default();
        bits.put(3, 0b101);
        bits.put(7, 0b110_0110);
        assert_eq!(bits.into_bytes(), [0b0011_0101, 0b11]);
    }

    #[test]
    fn halves_are_what_they_should_be() {
        for (value, half) in [
            (0.0, 0),
            (1.0, 0x3C00),
            (255.0, 0x5BF8),
            (10_000.0, 0x70E2),
            (6.103_515_6e-5, 0x400),
        ] {
            let mut bits = Bits::default();
            bits.half(value);
            assert_eq!(bits.into_bytes(), u16::to_le_bytes(half), "{value}");
        }
    }
}
