//! A bank of smooth tints, each with its opposite.

use std::f64::consts::PI;

use confounder::research::{Direction, Grating};

/// Half cycles from top to bottom and from left to right of each tint, from the smoothest on. Those to the right are
/// even, so that a flipped photo carries the same tint.
const TINTS: [(usize, usize); 7] = [(1, 0), (0, 2), (2, 0), (1, 2), (2, 2), (3, 0), (3, 2)];

/// Most different codes; further ones repeat them.
pub const OPPOSITES: usize = 2 * TINTS.len();

/// Least side of a grid that holds them all.
pub const OPPOSITES_GRID: usize = 8;

/// K x 2 x g x g values within ±1 (red and blue as fractions of the largest amplitude) of one hue (see [`Grating::hue`]):
/// the smoothest tints for the first half of the codes, their opposites for the second.
///
/// Patterns of one strength are farthest apart where one is the other's opposite, and K codes then need only K/2
/// directions, the ones that a feed's resizing and JPEG touch least. A fresh model learns them sooner than as many waves.
pub fn opposites(hue: f64, codes: usize, grid: usize) -> Vec<f32> {
    let colour = Grating {
        hue,
        direction: Direction::Rows,
        cycles: 0.0,
    };
    // A wave of no cycles is its hue: red, green, blue.
    let colour = colour.planes(1);
    let half = codes.div_ceil(2);
    (0..codes)
        .flat_map(|code| {
            let (tint, sign) = (code % half, if code < half { 1.0 } else { -1.0 });
            let shape = shape(TINTS[tint % TINTS.len()], grid);
            [colour[0], colour[2]]
                .into_iter()
                .flat_map(move |part| shape.clone().into_iter().map(move |x| part * sign * x))
        })
        .collect()
}

/// The product of two cosines at the centres of a grid's cells, row by row.
pub(super) fn shape((down, right): (usize, usize), grid: usize) -> Vec<f32> {
    let cosine = |halves: usize, i: usize| {
        (PI * halves as f64 * (i as f64 + 0.5) / grid as f64).cos() as f32
    };
    (0..grid * grid)
        .map(|i| cosine(down, i / grid) * cosine(right, i % grid))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = OPPOSITES_GRID;

    fn patterns(codes: usize) -> Vec<Vec<f32>> {
        let bank = opposites(150.0, codes, SIDE);
        bank.chunks(2 * SIDE * SIDE).map(<[f32]>::to_vec).collect()
    }

    #[test]
    fn half_of_them_are_the_opposites_of_the_others() {
        for codes in [2, 10, OPPOSITES] {
            let all = patterns(codes);
            let (first, second) = all.split_at(codes / 2);
            for (a, b) in first.iter().zip(second) {
                assert!(a.iter().zip(b).all(|(a, b)| *a == -b));
            }
        }
    }

    #[test]
    fn the_others_have_nothing_in_common_and_no_cast() {
        let all = patterns(OPPOSITES);
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f32>();
        for (i, a) in all[..TINTS.len()].iter().enumerate() {
            assert!(a[..SIDE * SIDE].iter().sum::<f32>().abs() < 1e-4, "{i}");
            for b in &all[..i] {
                assert!(product(a, b).abs() < 1e-4 * product(a, a), "{i}");
            }
        }
    }

    #[test]
    fn a_flipped_photo_carries_the_same() {
        for row in patterns(OPPOSITES).concat().chunks(SIDE) {
            assert!((0..SIDE).all(|x| (row[x] - row[SIDE - 1 - x]).abs() < 1e-5));
            assert!(row.iter().all(|x| x.abs() <= 1.0));
        }
    }

    #[test]
    fn an_odd_number_of_codes_is_filled_up() {
        let all = patterns(5);
        assert_eq!(all.len(), 5);
        assert!((0..5).all(|i| all[..i].iter().all(|other| *other != all[i])));
    }
}
