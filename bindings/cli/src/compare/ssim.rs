//! Structural similarity after Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
//! structural similarity", IEEE Transactions on Image Processing 13(4), 2004.
//!
//! Luma (BT.601), a Gaussian window of 11 x 11 with a standard deviation of 1.5, K1 = 0.01, K2 = 0.03, averaged over
//! every place where the window fits; photos smaller than the window get one window of their own size.

use image::Primitive;
use rayon::prelude::*;

use super::photo::Photo;

const WINDOW: usize = 11;
const SIGMA: f32 = 1.5;
const C1: f32 = (0.01 * 255.0) * (0.01 * 255.0);
const C2: f32 = (0.03 * 255.0) * (0.03 * 255.0);

/// Mean SSIM of two photos of the same size: 1 where they are equal, towards 0 (or below) where they have nothing in
/// common.
pub(super) fn ssim<P: Primitive + Into<u16>>(first: &Photo<P>, second: &Photo<P>) -> f64 {
    let (width, height) = (first.width as usize, first.height as usize);
    let (a, b) = (luma(first), luma(second));
    let (across, down) = (gaussian(width.min(WINDOW)), gaussian(height.min(WINDOW)));
    let (columns, rows) = (width + 1 - across.len(), height + 1 - down.len());
    let total: f64 = (0..rows)
        .into_par_iter()
        .map(|y| {
            let span = y * width..(y + down.len()) * width;
            row_sum(&a[span.clone()], &b[span], width, &across, &down)
        })
        .collect::<Vec<f64>>()
        .iter()
        .sum();
    total / (columns * rows) as f64
}

/// The sum of the similarity over one row of windows, given the luma rows that the windows cover.
fn row_sum(a: &[f32], b: &[f32], width: usize, across: &[f32], down: &[f32]) -> f64 {
    // Five moments, summed down the columns: a, b, a^2, b^2, ab.
    let mut columns = vec![[0f32; 5]; width];
    for ((a, b), weight) in a.chunks_exact(width).zip(b.chunks_exact(width)).zip(down) {
        for ((sums, &a), &b) in columns.iter_mut().zip(a).zip(b) {
            let moments = [a, b, a * a, b * b, a * b];
            for (sum, moment) in sums.iter_mut().zip(moments) {
                *sum += weight * moment;
            }
        }
    }
    let windows = columns.windows(across.len());
    windows
        .map(|window| f64::from(similarity(weighted(window, across))))
        .sum()
}

fn weighted(window: &[[f32; 5]], weights: &[f32]) -> [f32; 5] {
    let mut sums = [0f32; 5];
    for (moments, weight) in window.iter().zip(weights) {
        for (sum, moment) in sums.iter_mut().zip(moments) {
            *sum += weight * moment;
        }
    }
    sums
}

/// Equation 13 of the paper.
fn similarity([a, b, aa, bb, ab]: [f32; 5]) -> f32 {
    let (variance_a, variance_b, covariance) = (aa - a * a, bb - b * b, ab - a * b);
    ((2.0 * a * b + C1) * (2.0 * covariance + C2))
        / ((a * a + b * b + C1) * (variance_a + variance_b + C2))
}

/// Gaussian weights of sum 1.
fn gaussian(length: usize) -> Vec<f32> {
    let centre = (length as f32 - 1.0) / 2.0;
    let weights: Vec<f32> = (0..length)
        .map(|i| (-((i as f32 - centre) / SIGMA).powi(2) / 2.0).exp())
        .collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// BT.601 luma, 0 to 255 whatever the depth.
fn luma<P: Primitive + Into<u16>>(photo: &Photo<P>) -> Vec<f32> {
    let peak: u16 = P::DEFAULT_MAX_VALUE.into();
    let scale = 255.0 / f32::from(peak);
    let (pixels, _) = photo.samples.as_chunks::<3>();
    let gray = |pixel: &[P; 3]| {
        let [r, g, b] = pixel.map(|sample| f32::from(sample.into()));
        scale * (0.299 * r + 0.587 * g + 0.114 * b)
    };
    pixels.iter().map(gray).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgb, RgbImage};

    fn pattern(width: u32, height: u32, offset: u8) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let value = ((x * 7 + y * 13) % 97) as u8 + offset;
            Rgb([value, value, value])
        })
    }

    /// The definition, window by window, in double precision.
    fn reference(first: &RgbImage, second: &RgbImage) -> f64 {
        let (width, height) = first.dimensions();
        let gray = |photo: &RgbImage, x: u32, y: u32| f64::from(photo.get_pixel(x, y)[0]);
        let weight = |i: u32| (-((f64::from(i) - 5.0) / 1.5).powi(2) / 2.0).exp();
        let norm: f64 = (0..11).map(weight).sum();
        let (mut total, mut count) = (0.0, 0.0);
        for top in 0..=height - 11 {
            for left in 0..=width - 11 {
                let mut moments = [0.0; 5];
                for (y, x) in (0..11).flat_map(|y| (0..11).map(move |x| (y, x))) {
                    let (a, b) = (
                        gray(first, left + x, top + y),
                        gray(second, left + x, top + y),
                    );
                    let w = weight(x) * weight(y) / (norm * norm);
                    for (moment, value) in moments.iter_mut().zip([a, b, a * a, b * b, a * b]) {
                        *moment += w * value;
                    }
                }
                let [a, b, aa, bb, ab] = moments;
                let (c1, c2) = (2.55f64.powi(2), 7.65f64.powi(2));
                total += (2.0 * a * b + c1) * (2.0 * (ab - a * b) + c2)
                    / ((a * a + b * b + c1) * (aa - a * a + bb - b * b + c2));
                count += 1.0;
            }
        }
        total / count
    }

    #[test]
    fn equals_the_definition() {
        let first = pattern(23, 17, 0);
        let mut second = pattern(23, 17, 20);
        second
            .enumerate_pixels_mut()
            .for_each(|(x, y, pixel)| pixel[0] = pixel[0].wrapping_add((x * y % 11) as u8));
        second
            .pixels_mut()
            .for_each(|pixel| *pixel = Rgb([pixel[0]; 3]));
        let expected = reference(&first, &second);
        assert!((ssim(&first.into(), &second.into()) - expected).abs() < 1e-3);
    }

    #[test]
    fn equal_photos_have_one_and_tiny_ones_work() {
        for (width, height) in [(1, 1), (3, 40), (40, 3), (11, 11)] {
            let photo = pattern(width, height, 5).into();
            assert!(
                (ssim(&photo, &photo) - 1.0).abs() < 1e-5,
                "{width} x {height}"
            );
        }
        let constant = |value| RgbImage::from_pixel(20, 20, Rgb([value; 3])).into();
        let expected =
            (2.0 * 100.0 * 120.0 + f64::from(C1)) / (100.0 * 100.0 + 120.0 * 120.0 + f64::from(C1));
        assert!((ssim(&constant(100), &constant(120)) - expected).abs() < 1e-3);
    }
}
