//! The fixed thresholds by which a residual is rounded to whole steps.
//!
//! The threshold of pixel (x, y) is frac(0.7549 x + 0.5698 y), the additive sequence on the plastic number (Roberts,
//! "The unreasonable effectiveness of quasirandom sequences", 2018): like blue noise it spreads the thresholds of
//! neighbouring pixels evenly, so the mean of a residual smoother than one step survives in any small window and no
//! pattern shows, but it needs no table and one addition a sample, in integers, the same on every machine.
//! The three channels are a third of a turn apart: their rounding errors cancel in luma instead of adding up.

/// 2^32 / p and 2^32 / p^2 with the plastic number p = 1.32471795724...
const STEP_X: u32 = 3_242_174_889;
const STEP_Y: u32 = 2_447_445_414;
/// A third of 2^32.
const STEP_CHANNEL: u32 = 1_431_655_765;

/// The share of row `y` in the phase.
pub(crate) fn row(y: usize) -> u32 {
    (y as u32).wrapping_mul(STEP_Y)
}

/// The share of column `x` and of the channel in the phase.
pub(crate) fn column(x: usize, channel: usize) -> u32 {
    (x as u32)
        .wrapping_mul(STEP_X)
        .wrapping_add((channel as u32).wrapping_mul(STEP_CHANNEL))
}

/// What four columns add to the phase.
pub(crate) const FOUR_COLUMNS: u32 = STEP_X.wrapping_mul(4);

/// The threshold of a phase, 0 <= t < 1, with `bits` bits after the binary point (at most 31). With a fixed-point
/// `value` of as many bits, `(value + threshold) >> bits` is floor(value + t).
#[inline(always)]
pub(crate) fn threshold(phase: u32, bits: u32) -> i32 {
    (phase >> (32 - bits)) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_the_upper_bits_of_the_phase() {
        for phase in [0, 1 << 20, 12_345_678, u32::MAX] {
            for bits in [14, 20, 22] {
                let fixed = f64::from(threshold(phase, bits)) / f64::from(1 << bits);
                let exact = f64::from(phase) / 2f64.powi(32);
                assert!(fixed <= exact && exact < fixed + 1.0 / f64::from(1 << bits));
            }
        }
    }

    #[test]
    fn thresholds_spread_evenly_in_small_windows() {
        for channel in 0..3 {
            for (x0, y0) in [(0, 0), (1000, 17), (65_000, 65_000)] {
                let phases =
                    (0..64).map(|i| row(y0 + i / 8).wrapping_add(column(x0 + i % 8, channel)));
                let centred = |phase| f64::from(threshold(phase, 22)) / f64::from(1 << 22) - 0.5;
                let mean = phases.map(centred).sum::<f64>() / 64.0;
                assert!(
                    mean.abs() < 0.02,
                    "the thresholds at {x0}, {y0} average {mean}"
                );
            }
        }
    }
}
