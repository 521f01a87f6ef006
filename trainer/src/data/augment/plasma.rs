//! Fractal maps by the diamond-square algorithm (Fournier et al. 1982): what light that falls unevenly does to a picture.

use crate::data::rng::Draw;

/// Row-major values in 0..1 of a map. `roughness` (0 to 1): how much finer structure weighs than the next coarser one.
pub(super) fn map([height, width]: [usize; 2], roughness: f32, draw: &mut Draw) -> Vec<f32> {
    let cells = height.max(width).max(2).next_power_of_two();
    let mut map = Map::new(cells + 1);
    for corner in [[0, 0], [0, cells], [cells, 0], [cells, cells]] {
        map.set(corner, draw.unit());
    }
    let (mut step, mut weight) = (cells, 1.0);
    while step > 1 {
        weight *= roughness;
        let half = step / 2;
        // The middle of each square, then of each of its sides.
        for y in (half..cells).step_by(step) {
            for x in (half..cells).step_by(step) {
                map.refine([y, x], half, &DIAGONALS, weight, draw);
            }
        }
        for y in (0..=cells).step_by(half) {
            let first = if (y / half).is_multiple_of(2) {
                half
            } else {
                0
            };
            for x in (first..=cells).step_by(step) {
                map.refine([y, x], half, &SIDES, weight, draw);
            }
        }
        step = half;
    }
    (0..height)
        .flat_map(|y| &map.values[y * map.side..][..width])
        .copied()
        .collect()
}

const DIAGONALS: [[isize; 2]; 4] = [[-1, -1], [-1, 1], [1, -1], [1, 1]];
const SIDES: [[isize; 2]; 4] = [[-1, 0], [0, -1], [0, 1], [1, 0]];

struct Map {
    side: usize,
    values: Vec<f32>,
}

impl Map {
    fn new(side: usize) -> Self {
        Self {
            side,
            values: vec![0.0; side * side],
        }
    }

    fn set(&mut self, [y, x]: [usize; 2], value: f32) {
        self.values[y * self.side + x] = value;
    }

    /// The mean of those neighbours that there are, `half` away, and a random value by its `weight`.
    fn refine(
        &mut self,
        [y, x]: [usize; 2],
        half: usize,
        towards: &[[isize; 2]],
        weight: f32,
        draw: &mut Draw,
    ) {
        let half = half as isize;
        let neighbours = towards.iter().filter_map(|[down, right]| {
            let y = y.checked_add_signed(down * half)?;
            let x = x.checked_add_signed(right * half)?;
            (y < self.side && x < self.side).then(|| self.values[y * self.side + x])
        });
        let (sum, count) = neighbours.fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
        let mean = sum / count as f32;
        self.set([y, x], (1.0 - weight) * mean + weight * draw.unit());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::rng::Purpose;

    fn drawn(size: [usize; 2], roughness: f32, slot: u32) -> Vec<f32> {
        map(
            size,
            roughness,
            &mut Draw::new(Purpose::Augment, 1, 0, 0, slot),
        )
    }

    /// Mean difference of neighbours in a row.
    fn steps(map: &[f32], width: usize) -> f32 {
        let rows = map.chunks(width);
        let all: Vec<f32> = rows
            .flat_map(|row| row.windows(2).map(|w| (w[1] - w[0]).abs()))
            .collect();
        all.iter().sum::<f32>() / all.len() as f32
    }

    #[test]
    fn maps_lie_in_range_and_are_the_rougher_the_more_is_asked_for() {
        let (mut smooth, mut rough) = (0.0, 0.0);
        for slot in 0..20 {
            let [low, high] = [0.1, 0.9].map(|r| drawn([20, 33], r, slot));
            for map in [&low, &high] {
                assert_eq!(map.len(), 20 * 33);
                assert!(map.iter().all(|x| (0.0..1.0).contains(x)));
            }
            smooth += steps(&low, 33);
            rough += steps(&high, 33);
        }
        assert!(rough > 3.0 * smooth, "{rough} against {smooth}");
    }

    #[test]
    fn without_roughness_a_map_is_bilinear_between_its_corners() {
        let map = drawn([5, 5], 0.0, 3);
        // Of 5 x 5 values all lie on the grid: the middle is the mean of the corners.
        let corners = (map[0] + map[4] + map[20] + map[24]) / 4.0;
        assert!((map[12] - corners).abs() < 1e-6);
        assert!(drawn([1, 1], 0.5, 0).len() == 1);
    }
}
