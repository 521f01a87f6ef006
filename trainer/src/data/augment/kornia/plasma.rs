//! Fractal maps by the diamond-square algorithm (Fournier et al. 1982): what light that falls unevenly does to a picture.

/// Row-major values of a map, as Kornia's `diamond_square` makes them for a square image (other sizes are cut from that):
/// all above 0, few above 1. `roughness` (0 to 1): how much finer structure weighs than the next coarser one. `random`
/// gives numbers in 0..1 for a place on the grid of so many points a side (2: the corners).
pub(super) fn map(
    [height, width]: [usize; 2],
    roughness: f32,
    random: &mut impl FnMut([usize; 2], usize) -> f32,
) -> Vec<f32> {
    let cells = (height.max(width).max(3) - 1).next_power_of_two();
    let mut map = Map::new(cells + 1);
    map.seed(random);
    let (mut half, mut weight) = (cells / 4, 1.0);
    while half > 0 {
        weight *= roughness;
        let points = cells / half + 1;
        let mut place = |map: &mut Map, y: usize, x: usize, mean: f32| {
            let random = random([y, x], points);
            map.set(half, [y, x], (1.0 - weight) * mean + weight * random);
        };
        // The middle of each square, then of each of its sides.
        for y in (1..points).step_by(2) {
            for x in (1..points).step_by(2) {
                let mean = map.diagonal_mean(half, [y, x]);
                place(&mut map, y, x, mean);
            }
        }
        for y in 0..points {
            for x in ((y + 1) % 2..points).step_by(2) {
                let mean = map.straight_mean(half, [y, x]);
                place(&mut map, y, x, mean);
            }
        }
        half /= 2;
    }
    (0..height)
        .flat_map(|y| &map.values[y * map.side..][..width])
        .copied()
        .collect()
}

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

    /// The value at a point of the grid whose points are `step` apart.
    fn get(&self, step: usize, [y, x]: [usize; 2]) -> f32 {
        self.values[(y * self.side + x) * step]
    }

    fn set(&mut self, step: usize, [y, x]: [usize; 2], value: f32) {
        self.values[(y * self.side + x) * step] = value;
    }

    /// The first 3 x 3 points: random corners, and what lies between them. (Kornia divides all of them by three, takes the
    /// upper right corner for the lower left one at the lower edge, and draws column by column.)
    fn seed(&mut self, random: &mut impl FnMut([usize; 2], usize) -> f32) {
        let half = (self.side - 1) / 2;
        let [a, c, b, d] = [[0, 0], [0, 1], [1, 0], [1, 1]].map(|corner| random(corner, 2));
        let middle = (a + b + c + d) / 4.0;
        let rows = [
            [a, a + middle + b, b],
            [a + c + middle, middle, b + d + middle],
            [c, d + middle + b, d],
        ];
        for (y, row) in rows.iter().enumerate() {
            for (x, value) in row.iter().enumerate() {
                self.set(half, [y, x], value / 3.0);
            }
        }
    }

    fn diagonal_mean(&self, step: usize, [y, x]: [usize; 2]) -> f32 {
        let sum: f32 = [
            [y - 1, x - 1],
            [y - 1, x + 1],
            [y + 1, x - 1],
            [y + 1, x + 1],
        ]
        .map(|at| self.get(step, at))
        .iter()
        .sum();
        sum / 4.0
    }

    /// (At an edge Kornia takes the inner neighbour twice and divides by three.)
    fn straight_mean(&self, step: usize, [y, x]: [usize; 2]) -> f32 {
        let last = (self.side - 1) / step;
        let around = |at: usize| match at {
            0 => [1, 1],
            at if at == last => [last - 1, last - 1],
            at => [at - 1, at + 1],
        };
        let ([above, below], [left, right]) = (around(y), around(x));
        let sum: f32 = [[above, x], [below, x], [y, left], [y, right]]
            .map(|at| self.get(step, at))
            .iter()
            .sum();
        let edge = above == below || left == right;
        sum / if edge { 3.0 } else { 4.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{close, reference},
        *,
    };

    #[test]
    fn maps_are_those_of_kornia() {
        for wanted in reference().plasma {
            let mut pseudo = |[y, x]: [usize; 2], points: usize| {
                ((y * 37 + x * 61 + points * 17) % 101) as f32 / 101.0
            };
            let map = map(wanted.size, wanted.roughness, &mut pseudo);
            close(&map, &wanted.map, "plasma");
        }
    }

    #[test]
    fn the_smallest_maps_are_made() {
        for size in [[1, 1], [2, 1], [3, 3], [4, 2]] {
            let map = map(size, 0.5, &mut |_, _| 0.5);
            assert_eq!(map.len(), size[0] * size[1]);
        }
    }
}
