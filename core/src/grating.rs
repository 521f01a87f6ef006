//! Chroma waves that a crop, a flip, a feed's resizing and JPEG leave as they are.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Rec. 601 luma weights, which JPEG uses too.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Which way a grating runs. All are their own mirror images, so that a flipped photo carries the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Bars that follow each other downwards.
    Rows,
    /// Bars that follow each other to the right.
    Columns,
    /// The product of both: a chequerboard with soft edges.
    Squares,
    /// The sum of both diagonals: a chequerboard that stands on its corner.
    Diamonds,
}

impl Direction {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rows, Self::Columns, Self::Squares, Self::Diamonds];
}

/// A wave of one colour direction over the frame, without luma.
///
/// A crop of a grating is the same grating at another phase, a resize keeps its hue and direction, and a few cycles a
/// frame lie far below the frequencies that JPEG rounds away: a fresh model meets the same few features in every view of
/// a photo, which a frame-anchored random pattern does not give it.
///
/// ```
/// use confounder::research::{Direction, Grating};
///
/// let grating = Grating { hue: 45.0, direction: Direction::Columns, cycles: 3.0 };
/// let planes = grating.planes(32);
/// assert_eq!(planes.len(), 3 * 32 * 32);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grating {
    /// Its colour direction, in degrees within the plane of zero luma: at 0 red rises as blue falls. 180 more turn its
    /// sign.
    pub hue: f64,
    /// Which way it runs.
    pub direction: Direction,
    /// Cycles across the frame.
    pub cycles: f64,
}

impl Grating {
    /// Its value at a place of the frame (0..1 each way), within ±1.
    fn wave(&self, x: f64, y: f64) -> f64 {
        let wave = |t: f64| (2.0 * PI * self.cycles * t).cos();
        let (x, y) = (x - 0.5, y - 0.5);
        match self.direction {
            Direction::Rows => wave(y),
            Direction::Columns => wave(x),
            Direction::Squares => wave(x) * wave(y),
            Direction::Diamonds => {
                0.5 * (wave((x + y) * FRAC_1_SQRT_2) + wave((x - y) * FRAC_1_SQRT_2))
            }
        }
    }

    /// Three row-major planes R, G, B of `side` x `side` within ±1, one after the other, without luma (Rec. 601). At
    /// least four values a cycle are needed to hold it.
    pub fn planes(&self, side: usize) -> Vec<f32> {
        let axis = chroma_axis(self.hue);
        let largest = axis.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
        let centre = |i: usize| (i as f64 + 0.5) / side as f64;
        let wave: Vec<f64> = (0..side * side)
            .map(|i| self.wave(centre(i % side), centre(i / side)))
            .collect();
        axis.iter()
            .flat_map(|part| wave.iter().map(move |wave| (part / largest * wave) as f32))
            .collect()
    }
}

/// The RGB direction at an angle (degrees) in the plane of zero luma, of unit norm.
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

    const SIDE: usize = 32;

    fn all() -> impl Iterator<Item = Grating> {
        Direction::ALL.into_iter().flat_map(|direction| {
            [0.0, 33.0, 90.0, 200.0].map(|hue| Grating {
                hue,
                direction,
                cycles: 4.0,
            })
        })
    }

    #[test]
    fn no_grating_has_luma_or_leaves_its_bound() {
        for grating in all() {
            let planes = grating.planes(SIDE);
            let (red, rest) = planes.split_at(SIDE * SIDE);
            let (green, blue) = rest.split_at(SIDE * SIDE);
            for i in 0..SIDE * SIDE {
                let luma = 0.299 * red[i] + 0.587 * green[i] + 0.114 * blue[i];
                assert!(luma.abs() < 1e-6, "{grating:?}: {luma}");
            }
            let most = planes.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            assert!((0.8..=1.0).contains(&most), "{grating:?}: {most}");
        }
    }

    #[test]
    fn a_mirrored_grating_is_the_same() {
        for grating in all() {
            for row in grating.planes(SIDE).chunks(SIDE) {
                let far = (0..SIDE).map(|x| (row[x] - row[SIDE - 1 - x]).abs());
                assert!(far.fold(0.0, f32::max) < 1e-5, "{grating:?}");
            }
        }
    }

    #[test]
    fn a_window_sees_the_same_cycles_as_the_next() {
        let bars = Grating {
            hue: 0.0,
            direction: Direction::Columns,
            cycles: 4.0,
        };
        let row = &bars.planes(SIDE)[..SIDE];
        for x in 0..SIDE - 8 {
            assert!((row[x] - row[x + 8]).abs() < 1e-5);
        }
    }
}
