//! Smooth chroma as a spectrum in which what photos themselves do is equally strong everywhere.

use std::f64::consts::PI;

/// Most frequencies looked at along each axis. Photos' own smooth colour lies below; finer residuals are cut off here.
const MAX_FREQUENCIES: usize = 32;

/// How much more photos vary between warm and cool (along Cb - Cr) than between green and magenta (along Cb + Cr), in
/// variance. Measured: 5.4 at the lowest frequency; among 6, 8, 12 and 20 this separates best.
const WARM_TO_MAGENTA: f64 = 8.0;

/// Two planes of chroma as coefficients, scaled so that those of photos have about the same spread: a photo's colour
/// has a variance that falls with the square of the frequency (Field, "Relations between the statistics of natural
/// images and the response properties of cortical cells", 1987). The mean colour is left out.
pub(super) fn whitened(rgb: &[f32], (width, height): (usize, usize)) -> Vec<f64> {
    let size = width * height;
    let (red, rest) = rgb.split_at(size);
    let (green, blue) = rest.split_at(size);
    let mut warm = Vec::with_capacity(size);
    let mut magenta = Vec::with_capacity(size);
    for ((&r, &g), &b) in red.iter().zip(green).zip(blue) {
        let [r, g, b] = [r, g, b].map(f64::from);
        // Rec. 601: Y, Cb and Cr.
        let luma = 0.299 * r + 0.587 * g + 0.114 * b;
        let (cb, cr) = ((b - luma) / 1.772, (r - luma) / 1.402);
        warm.push(cb - cr);
        magenta.push(cb + cr);
    }
    let mut spectrum = coefficients(&warm, (width, height), 1.0);
    spectrum.extend(coefficients(
        &magenta,
        (width, height),
        WARM_TO_MAGENTA.sqrt(),
    ));
    spectrum
}

/// The discrete cosine transform (DCT-II, orthonormal) of a plane without its mean, each coefficient times its
/// frequency and `gain`.
fn coefficients(plane: &[f64], (width, height): (usize, usize), gain: f64) -> Vec<f64> {
    let (across, down) = (basis(width), basis(height));
    let rows: Vec<Vec<f64>> = plane
        .chunks_exact(width)
        .map(|row| across.iter().map(|wave| dot(wave, row)).collect())
        .collect();
    let mut found = Vec::with_capacity(across.len() * down.len());
    for (v, wave) in down.iter().enumerate() {
        for u in 0..across.len() {
            let value: f64 = rows.iter().zip(wave).map(|(row, w)| row[u] * w).sum();
            let frequency = ((u * u + v * v) as f64).sqrt();
            found.push(value * frequency * gain);
        }
    }
    found
}

/// The first waves of an axis of `length` samples.
fn basis(length: usize) -> Vec<Vec<f64>> {
    let n = length as f64;
    let wave = |u: usize| {
        let scale = if u == 0 {
            (1.0 / n).sqrt()
        } else {
            (2.0 / n).sqrt()
        };
        (0..length)
            .map(|x| scale * (PI * (x as f64 + 0.5) * u as f64 / n).cos())
            .collect()
    };
    (0..length.min(MAX_FREQUENCIES)).map(wave).collect()
}

/// The inner product.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transform_keeps_energy_and_drops_the_mean() {
        let plane: Vec<f64> = (0..35).map(|i| f64::from(i * i % 11)).collect();
        let mean = plane.iter().sum::<f64>() / 35.0;
        let energy: f64 = plane.iter().map(|v| (v - mean).powi(2)).sum();
        let found = coefficients(&plane, (7, 5), 1.0);
        let frequency = |i: usize| ((i % 7 * (i % 7) + i / 7 * (i / 7)) as f64).sqrt();
        let sum: f64 = (1..35).map(|i| (found[i] / frequency(i)).powi(2)).sum();
        assert_eq!(found[0], 0.0);
        assert!((sum - energy).abs() < 1e-9 * energy, "{sum} {energy}");
    }

    #[test]
    fn gray_and_one_colour_have_no_spectrum() {
        let gray: Vec<f32> = (0..16).map(|i| i as f32 / 16.0).collect();
        let spectrum = whitened(&gray.repeat(3), (4, 4));
        assert!(spectrum.iter().all(|v| v.abs() < 1e-6), "{spectrum:?}");
        let flat = [vec![0.9; 16], vec![0.2; 16], vec![0.4; 16]].concat();
        assert!(whitened(&flat, (4, 4)).iter().all(|v| v.abs() < 1e-6));
    }
}
