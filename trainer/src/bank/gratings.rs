//! Gratings: chroma waves that a crop, a flip, a feed's resizing and JPEG leave as they are.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::LUMA;

/// Chroma directions, in degrees within the plane of zero luma.
const HUES: [f64; 4] = [0.0, 45.0, 90.0, 135.0];
/// Cycles across the frame. With fewer a crop changes what is seen; with more a model at 32 or 64 px sees too little.
const CYCLES: [f64; 2] = [3.0, 6.0];

/// Most different gratings; further codes repeat them.
pub const GRATINGS: usize = HUES.len() * Wave::ALL.len() * CYCLES.len();

/// Grid that holds them all: five values a cycle.
pub const GRATINGS_GRID: usize = 32;

/// Which way a grating runs. All are their own mirror images, so that a flipped photo carries the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wave {
    /// Bars that follow each other downwards.
    Rows,
    /// Bars that follow each other to the right.
    Columns,
    /// The product of both: a chequerboard with soft edges.
    Squares,
    /// The sum of both diagonals: a chequerboard that stands on its corner.
    Diamonds,
}

impl Wave {
    const ALL: [Self; 4] = [Self::Rows, Self::Columns, Self::Squares, Self::Diamonds];

    /// Its value at a place of the frame (0..1 each way).
    fn at(self, cycles: f64, x: f64, y: f64) -> f64 {
        let wave = |t: f64| (2.0 * PI * cycles * t).cos();
        let (x, y) = (x - 0.5, y - 0.5);
        match self {
            Self::Rows => wave(y),
            Self::Columns => wave(x),
            Self::Squares => wave(x) * wave(y),
            Self::Diamonds => {
                0.5 * (wave((x + y) * FRAC_1_SQRT_2) + wave((x - y) * FRAC_1_SQRT_2))
            }
        }
    }
}

/// K x 2 x g x g values within ±1 (red and blue as fractions of the largest amplitude): one grating per code. The first
/// 16 have each pair of hue and direction once; any two differ in at least two of hue, direction and cycles, but for
/// those that share hue and cycles.
///
/// A crop of a grating is the same grating at another phase, a resize keeps its hue and direction, and at 3 and 6 cycles
/// a photo of any size holds it far below the frequencies that JPEG rounds away. A fresh model therefore meets the same
/// few features in every view of a photo, which a frame-anchored random pattern does not give it.
pub fn gratings(codes: usize, grid: usize) -> Vec<f32> {
    (0..codes)
        .flat_map(|code| {
            let (hue, wave, cycles) = parts(code);
            let axis = chroma_axis(hue);
            let largest = axis[0].abs().max(axis[2].abs());
            let scales = [axis[0] / largest, axis[2] / largest];
            scales.into_iter().flat_map(move |scale| {
                (0..grid * grid).map(move |i| {
                    let centre = |i: usize| (i as f64 + 0.5) / grid as f64;
                    (scale * wave.at(cycles, centre(i % grid), centre(i / grid))) as f32
                })
            })
        })
        .collect()
}

fn parts(code: usize) -> (f64, Wave, f64) {
    let (hues, waves) = (HUES.len(), Wave::ALL.len());
    let hue = code % hues;
    let wave = (code / hues + code) % waves;
    let round = code / (hues * waves);
    (
        HUES[hue],
        Wave::ALL[wave],
        CYCLES[(hue + wave + round) % CYCLES.len()],
    )
}

/// The RGB direction at an angle (degrees) in the plane of zero luma, of unit norm. At 0 red rises as blue falls.
fn chroma_axis(degrees: f64) -> [f64; 3] {
    let luma = unit(LUMA.map(f64::from));
    let across = [1.0, 0.0, -1.0];
    let along = dot(across, luma);
    let first = unit([0, 1, 2].map(|i| across[i] - along * luma[i]));
    let second = cross(luma, first);
    let (sin, cos) = degrees.to_radians().sin_cos();
    [0, 1, 2].map(|i| cos * first[i] + sin * second[i])
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn unit(a: [f64; 3]) -> [f64; 3] {
    let norm = dot(a, a).sqrt();
    a.map(|x| x / norm)
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::{to_rgb, upsampled};

    const GRID: usize = 32;
    const SIZE: [usize; 2] = [64, 64];

    fn whole(code: usize) -> Vec<f32> {
        let bank = gratings(code + 1, GRID);
        upsampled(&bank[code * 2 * GRID * GRID..], GRID, SIZE, 1.0)
    }

    fn likeness(a: &[f32], b: &[f32]) -> f32 {
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        product(a, b) / (product(a, a) * product(b, b)).sqrt()
    }

    #[test]
    fn every_grating_differs_from_all_others() {
        let all: Vec<Vec<f32>> = (0..GRATINGS).map(whole).collect();
        for (i, a) in all.iter().enumerate() {
            for (j, b) in all.iter().enumerate().skip(i + 1) {
                assert!(likeness(a, b).abs() < 0.9, "{i} and {j}: {}", likeness(a, b));
            }
        }
        assert_eq!(whole(GRATINGS), whole(0));
    }

    #[test]
    fn a_mirrored_grating_is_the_same() {
        for code in 0..16 {
            for row in whole(code).chunks(SIZE[1]) {
                let mirrored: Vec<f32> = row.iter().rev().copied().collect();
                let far = row.iter().zip(&mirrored).map(|(a, b)| (a - b).abs());
                assert!(far.fold(0.0, f32::max) < 1e-5, "{code}");
            }
        }
    }

    #[test]
    fn no_grating_has_luma_or_leaves_its_bound() {
        for code in 0..GRATINGS {
            let bank = gratings(code + 1, GRID);
            let rgb = to_rgb(&bank[code * 2 * GRID * GRID..], 1.0);
            let plane = GRID * GRID;
            for i in 0..plane {
                let luma: f32 = (0..3).map(|c| LUMA[c] * rgb[c * plane + i]).sum();
                assert!(luma.abs() < 1e-6, "{code}: {luma}");
            }
            assert!(rgb.iter().all(|x| x.abs() <= 1.0 + 1e-6), "{code}");
        }
    }

    #[test]
    fn a_shifted_window_sees_the_same_cycles() {
        // At 3 cycles a frame a third of it holds one, so bars repeat from one third to the next.
        let code = (0..16).find(|&c| parts(c).1 == Wave::Columns && parts(c).2 == 3.0);
        let bank = gratings(16, GRID);
        let code = code.expect("there is one");
        let wide = upsampled(&bank[code * 2 * GRID * GRID..][..2 * GRID * GRID], GRID, [2, 96], 1.0);
        assert!(likeness(&wide[8..32], &wide[40..64]) > 0.99);
    }
}
