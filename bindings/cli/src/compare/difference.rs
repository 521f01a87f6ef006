//! Differences sample by sample.

use image::{Primitive, RgbImage};

use super::photo::Photo;

/// Sums over all samples of two photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Difference {
    samples: u64,
    absolute: u64,
    /// Exact: 65,535 squared for every sample of the largest photo does not fit 64 bits.
    squared: u128,
    /// Largest absolute difference of a sample, 0 to `peak`.
    pub(super) largest: u16,
    /// The value of white: 255 or 65,535.
    pub(super) peak: u16,
}

impl Difference {
    /// Compares two slices of the same length.
    pub(super) fn between<P: Primitive + Into<u16>>(first: &[P], second: &[P]) -> Self {
        let mut sums = Self {
            samples: first.len() as u64,
            absolute: 0,
            squared: 0,
            largest: 0,
            peak: P::DEFAULT_MAX_VALUE.into(),
        };
        for (&a, &b) in first.iter().zip(second) {
            let difference = a.into().abs_diff(b.into());
            sums.absolute += u64::from(difference);
            sums.squared += u128::from(u64::from(difference) * u64::from(difference));
            sums.largest = sums.largest.max(difference);
        }
        sums
    }

    /// Peak signal-to-noise ratio in decibels against white; `None` where nothing differs.
    pub(super) fn psnr_db(self) -> Option<f64> {
        let mean = self.squared as f64 / self.samples as f64;
        let peak = f64::from(self.peak);
        (self.squared > 0).then(|| 10.0 * (peak * peak / mean).log10())
    }

    /// Mean absolute difference of a sample, 0 to `peak`.
    pub(super) fn mean(self) -> f64 {
        self.absolute as f64 / self.samples.max(1) as f64
    }
}

/// 128 + gain x (second - first), clamped; the difference in steps of 8 bits.
pub(super) fn amplified<P: Primitive + Into<u16>>(
    first: &Photo<P>,
    second: &Photo<P>,
    gain: u8,
) -> RgbImage {
    let peak: u16 = P::DEFAULT_MAX_VALUE.into();
    let gain = f32::from(gain) * 255.0 / f32::from(peak);
    let amplify = |a: u16, b: u16| (128.0 + gain * (f32::from(b) - f32::from(a))).round() as u8;
    let mut residual = RgbImage::new(first.width, first.height);
    let samples = first.samples.iter().zip(&second.samples);
    for (pixel, (&a, &b)) in residual.iter_mut().zip(samples) {
        *pixel = amplify(a.into(), b.into());
    }
    residual
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn known_values() {
        let difference = Difference::between(&[0u8, 10, 20, 30], &[0, 12, 17, 30]);
        assert_eq!(difference.largest, 3);
        assert_eq!(difference.mean(), 1.25);
        let expected = 10.0 * (255.0f64 * 255.0 / (13.0 / 4.0)).log10();
        assert!((difference.psnr_db().expect("differs") - expected).abs() < 1e-9);
        assert_eq!(Difference::between(&[7u8; 9], &[7; 9]).psnr_db(), None);
        // The same at 16 bits: 257 steps for each of 8 bits, and the same PSNR.
        let deep = Difference::between(&[0, 2570, 5140, 7710u16], &[0, 3084, 4369, 7710]);
        assert_eq!((deep.largest, deep.peak), (3 * 257, 65_535));
        assert!((deep.psnr_db().expect("differs") - expected).abs() < 1e-9);
    }

    #[test]
    fn amplification_is_around_gray_and_clamped() {
        let first = RgbImage::from_pixel(1, 1, Rgb([100, 100, 100]));
        let second = RgbImage::from_pixel(1, 1, Rgb([100, 103, 0]));
        assert_eq!(
            amplified(&first.into(), &second.into(), 8).get_pixel(0, 0),
            &Rgb([128, 152, 0])
        );
    }
}
