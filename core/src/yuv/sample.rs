//! Chroma samples that lie apart in memory.

use crate::sample::Sample;

/// A sample that is read from and written to its own few bytes.
pub(super) trait Strided: Sample {
    /// The sample at the start of `bytes`.
    fn read(bytes: &[u8]) -> Self;
    /// Puts the sample at the start of `bytes`.
    fn write(self, bytes: &mut [u8]);
}

impl Strided for u8 {
    #[inline(always)]
    fn read(bytes: &[u8]) -> Self {
        bytes[0]
    }

    #[inline(always)]
    fn write(self, bytes: &mut [u8]) {
        bytes[0] = self;
    }
}

/// A sample of 10 bits as it is stored: the value in the upper bits, the 6 lower ones unused and never changed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ten(u16);

impl Strided for Ten {
    #[inline(always)]
    fn read(bytes: &[u8]) -> Self {
        Self(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    #[inline(always)]
    fn write(self, bytes: &mut [u8]) {
        bytes[..2].copy_from_slice(&self.0.to_le_bytes());
    }
}

impl Sample for Ten {
    const PEAK: u16 = 1023;
    const FRACTION: u32 = 20;
    type Step = i16;
    type Square = u32;

    #[inline(always)]
    fn value(self) -> u16 {
        self.0 >> 6
    }

    #[inline(always)]
    fn floor(fixed: i32) -> i16 {
        (fixed >> Self::FRACTION) as i16
    }

    #[inline(always)]
    fn add(&mut self, step: i16) -> u32 {
        let before = self.value() as i16;
        let after = (before + step).clamp(0, Self::PEAK as i16);
        self.0 = (after as u16) << 6 | self.0 & 0x3F;
        let change = i32::from(after - before);
        (change * change) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_bits_clamp_and_keep_the_unused_bits() {
        let mut bytes = [0x15 | 0x40, 0xFF, 9];
        let mut sample = Ten::read(&bytes);
        assert_eq!(sample.value(), 1021);
        assert_eq!((sample.add(1535), sample.value()), (4, 1023));
        assert_eq!((sample.add(-1535), sample.value()), (1023 * 1023, 0));
        sample.add(5);
        sample.write(&mut bytes);
        assert_eq!(bytes, [0x55, 1, 9]);
    }

    /// The largest residual and one step more fit in 31 bits, and 1,024 squares in 32.
    #[test]
    fn the_widths_are_enough() {
        let steps = 1.5 * f64::from(Ten::PEAK) + 1.0;
        assert!(steps * f64::from(1u32 << Ten::FRACTION) < f64::from(i32::MAX));
        assert!(1024 * u64::from(Ten::PEAK).pow(2) <= u64::from(u32::MAX));
    }
}
