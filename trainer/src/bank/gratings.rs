//! A bank of gratings: few hues, directions and frequencies.

use confounder::{Direction, Grating};

/// Chroma directions, in degrees within the plane of zero luma.
const HUES: [f64; 4] = [0.0, 45.0, 90.0, 135.0];
/// Cycles across the frame. With fewer a crop changes what is seen; with more a model at 32 or 64 px sees too little.
const CYCLES: [f64; 2] = [3.0, 6.0];

/// Most different gratings; further codes repeat them.
pub const GRATINGS: usize = HUES.len() * Direction::ALL.len() * CYCLES.len();

/// Grid that holds them all: five values a cycle.
pub const GRATINGS_GRID: usize = 32;

/// K x 2 x g x g values within ±1 (red and blue as fractions of the largest amplitude): one [`Grating`] per code. The
/// first 16 have each pair of hue and direction once; any two differ in at least two of hue, direction and cycles, but
/// for those that share hue and cycles.
pub fn gratings(codes: usize, grid: usize) -> Vec<f32> {
    let red_and_blue = |code| {
        let mut planes = grating(code).planes(grid);
        planes.drain(grid * grid..2 * grid * grid);
        planes
    };
    (0..codes).flat_map(red_and_blue).collect()
}

fn grating(code: usize) -> Grating {
    let (hues, directions) = (HUES.len(), Direction::ALL.len());
    let hue = code % hues;
    let direction = (code / hues + code) % directions;
    let round = code / (hues * directions);
    Grating {
        hue: HUES[hue],
        direction: Direction::ALL[direction],
        cycles: CYCLES[(hue + direction + round) % CYCLES.len()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::upsampled;

    const SIZE: [usize; 2] = [64, 64];

    fn whole(code: usize) -> Vec<f32> {
        let length = 2 * GRATINGS_GRID * GRATINGS_GRID;
        let bank = gratings(code + 1, GRATINGS_GRID);
        upsampled(&bank[code * length..], GRATINGS_GRID, SIZE, 1.0)
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
                assert!(
                    likeness(a, b).abs() < 0.9,
                    "{i} and {j}: {}",
                    likeness(a, b)
                );
            }
        }
        assert_eq!(whole(GRATINGS), whole(0));
    }
}
