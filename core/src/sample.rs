//! One colour sample, and how it lies in memory: 8 bits, or 16 bits in the byte order of the machine.

use std::ops::AddAssign;

/// What a residual is added to.
pub(crate) trait Sample: Copy + Default + Send + Sync {
    /// The largest value.
    const PEAK: u16;
    /// Bits after the binary point of a residual counted in steps of this sample. A residual of 1 at the largest
    /// strength, 1.5 * `PEAK` steps, and one step more still fit in 31 bits.
    const FRACTION: u32;
    /// A whole number of steps to be added to a sample.
    type Step: Copy + Default;
    /// A squared change, and the sum of 1,024 of them.
    type Square: Copy + Default + AddAssign + Into<u64>;

    /// The value.
    fn value(self) -> u16;
    /// Rounds a residual of [`FRACTION`](Self::FRACTION) bits down to steps.
    fn floor(fixed: i32) -> Self::Step;
    /// Adds, clamps to 0..=`PEAK` and returns the squared change.
    fn add(&mut self, step: Self::Step) -> Self::Square;
}

/// A sample of which a row in memory consists. 16-bit samples are pairs of bytes, so they may lie at any address.
pub(crate) trait Stored: Sample {
    /// How many values can be added up in a [`Whole`](Self::Whole).
    const ADDENDS: usize;
    /// A sum of up to [`ADDENDS`](Self::ADDENDS) values.
    type Whole: Copy + Default + Send;

    /// The samples that lie in `bytes`; an incomplete one at the end is left out.
    fn of(bytes: &[u8]) -> &[Self];
    /// As [`of`](Self::of), to be changed.
    fn of_mut(bytes: &mut [u8]) -> &mut [Self];
    /// Adds the value to a sum.
    fn add_to(self, whole: &mut Self::Whole);
    /// A sum as a float.
    fn whole(whole: Self::Whole) -> f32;
}

impl Sample for u8 {
    const PEAK: u16 = 255;
    const FRACTION: u32 = 22;
    type Step = i16;
    type Square = u32;

    #[inline(always)]
    fn value(self) -> u16 {
        self.into()
    }

    #[inline(always)]
    fn floor(fixed: i32) -> i16 {
        (fixed >> Self::FRACTION) as i16
    }

    #[inline(always)]
    fn add(&mut self, step: i16) -> u32 {
        let before = i16::from(*self);
        let after = (before + step).clamp(0, 255);
        *self = after as u8;
        let change = i32::from(after - before);
        (change * change) as u32
    }
}

impl Stored for u8 {
    const ADDENDS: usize = 257;
    type Whole = u16;

    #[inline(always)]
    fn of(bytes: &[u8]) -> &[Self] {
        bytes
    }

    #[inline(always)]
    fn of_mut(bytes: &mut [u8]) -> &mut [Self] {
        bytes
    }

    #[inline(always)]
    fn add_to(self, whole: &mut u16) {
        *whole += u16::from(self);
    }

    #[inline(always)]
    fn whole(whole: u16) -> f32 {
        whole.into()
    }
}

impl Sample for [u8; 2] {
    const PEAK: u16 = u16::MAX;
    const FRACTION: u32 = 14;
    type Step = i32;
    type Square = u64;

    #[inline(always)]
    fn value(self) -> u16 {
        u16::from_ne_bytes(self)
    }

    #[inline(always)]
    fn floor(fixed: i32) -> i32 {
        fixed >> Self::FRACTION
    }

    #[inline(always)]
    fn add(&mut self, step: i32) -> u64 {
        let before = i32::from(self.value());
        let after = (before + step).clamp(0, i32::from(Self::PEAK));
        *self = (after as u16).to_ne_bytes();
        let change = u64::from(after.abs_diff(before));
        change * change
    }
}

impl Stored for [u8; 2] {
    const ADDENDS: usize = 65_537;
    type Whole = u32;

    #[inline(always)]
    fn of(bytes: &[u8]) -> &[Self] {
        bytes.as_chunks().0
    }

    #[inline(always)]
    fn of_mut(bytes: &mut [u8]) -> &mut [Self] {
        bytes.as_chunks_mut().0
    }

    #[inline(always)]
    fn add_to(self, whole: &mut u32) {
        *whole += u32::from(self.value());
    }

    #[inline(always)]
    fn whole(whole: u32) -> f32 {
        whole as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest residual and one step more must fit, and the largest sum of rows too.
    fn fits<S: Stored>(most_in_a_whole: u64) {
        let steps = 1.5 * f64::from(S::PEAK) + 1.0;
        assert!(steps * f64::from(1u32 << S::FRACTION) < f64::from(i32::MAX));
        assert!(S::ADDENDS as u64 * u64::from(S::PEAK) <= most_in_a_whole);
    }

    #[test]
    fn the_widths_are_enough() {
        fits::<u8>(u16::MAX.into());
        fits::<[u8; 2]>(u32::MAX.into());
    }

    #[test]
    fn sums_clamp_and_squares_are_of_what_changed() {
        let mut eight = 250u8;
        assert_eq!((eight.add(9), eight), (25, 255));
        assert_eq!((eight.add(-382), eight), (255 * 255, 0));
        let mut sixteen = 65_000u16.to_ne_bytes();
        assert_eq!(sixteen.add(98_303), 535 * 535);
        assert_eq!(sixteen.add(-98_303), 65_535 * 65_535);
        assert_eq!(sixteen.value(), 0);
    }
}
