//! Differences sample by sample.

use image::{Rgb, RgbImage};

/// Sums over all samples of two photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Difference {
    samples: u64,
    absolute: u64,
    squared: u64,
    /// Largest absolute difference of a sample, 0 to 255.
    pub(super) largest: u8,
}

impl Difference {
    /// Compares two slices of the same length.
    pub(super) fn between(first: &[u8], second: &[u8]) -> Self {
        let mut sums = Self {
            samples: first.len() as u64,
            absolute: 0,
            squared: 0,
            largest: 0,
        };
        for (&a, &b) in first.iter().zip(second) {
            let difference = a.abs_diff(b);
            sums.absolute += u64::from(difference);
            sums.squared += u64::from(difference) * u64::from(difference);
            sums.largest = sums.largest.max(difference);
        }
        sums
    }

    /// Peak signal-to-noise ratio in decibels against a peak of 255; `None` where nothing differs.
    pub(super) fn psnr_db(self) -> Option<f64> {
        let mean = self.squared as f64 / self.samples as f64;
        (self.squared > 0).then(|| 10.0 * (255.0 * 255.0 / mean).log10())
    }

    /// Mean absolute difference of a sample.
    pub(super) fn mean(self) -> f64 {
        self.absolute as f64 / self.samples.max(1) as f64
    }
}

/// 128 + gain x (second - first), clamped.
pub(super) fn amplified(first: &RgbImage, second: &RgbImage, gain: u8) -> RgbImage {
    let amplify = |a: u8, b: u8| {
        let value = 128 + i32::from(gain) * (i32::from(b) - i32::from(a));
        value.clamp(0, 255) as u8
    };
    RgbImage::from_fn(first.width(), first.height(), |x, y| {
        let (Rgb(a), Rgb(b)) = (first.get_pixel(x, y), second.get_pixel(x, y));
        Rgb(std::array::from_fn(|channel| {
            amplify(a[channel], b[channel])
        }))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        let difference = Difference::between(&[0, 10, 20, 30], &[0, 12, 17, 30]);
        assert_eq!(difference.largest, 3);
        assert_eq!(difference.mean(), 1.25);
        let expected = 10.0 * (255.0f64 * 255.0 / (13.0 / 4.0)).log10();
        assert!((difference.psnr_db().expect("differs") - expected).abs() < 1e-9);
        assert_eq!(Difference::between(&[7; 9], &[7; 9]).psnr_db(), None);
    }

    #[test]
    fn amplification_is_around_gray_and_clamped() {
        let first = RgbImage::from_pixel(1, 1, Rgb([100, 100, 100]));
        let second = RgbImage::from_pixel(1, 1, Rgb([100, 103, 0]));
        assert_eq!(
            amplified(&first, &second, 8).get_pixel(0, 0),
            &Rgb([128, 152, 0])
        );
    }
}
