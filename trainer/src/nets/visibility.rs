use super::{Net, Scope};
use crate::{
    bank::LUMA,
    graph::{Graph, Value},
};

/// How strong a tint may be where, so that it is seen equally well everywhere: less where a photo is smooth or bright,
/// more where it is textured or dark. It has no weights.
///
/// The photo is taken in 8 x 8 square blocks, resized where its extents are others. With a block's mean luma m and its luma's mean distance from it t (both of 0..1) its
/// strength is (0.5 + min(26 t, 1.5)) (1.5 - m), as a share of the mean over the blocks; between blocks it is interpolated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisibilityMap {
    /// Side g of the result.
    pub grid: usize,
}

/// Blocks in a row and in a column.
const BLOCKS: usize = 8;

impl Net for VisibilityMap {
    /// From images `[N, 3, H, W]` (0..1) to strengths `[N, 1, g, g]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let g = &mut *scope.graph;
        let weights = g.constant(&LUMA, &[1, 3, 1, 1]);
        let luma = g.conv(x, weights, 1, 0);
        let side = (g.shape(x)[2].min(g.shape(x)[3]) / BLOCKS).max(1);
        let luma = g.resize_linear(luma, BLOCKS * side, BLOCKS * side);
        let means = block_means(g, luma, side);
        let flat = g.upsample_nearest(means, side);
        let difference = g.sub(luma, flat);
        let distance = absolute(g, difference);
        let texture = block_means(g, distance, side);

        let texture = g.scale(texture, 26.0);
        let texture = g.clip(texture, 0.0, 1.5);
        let half = g.scalar(0.5);
        let texture = g.add(texture, half);
        let most = g.scalar(1.5);
        let darkness = g.sub(most, means);
        let strengths = g.mul(texture, darkness);
        let mean = g.mean(strengths, &[2, 3], true);
        let shares = g.div(strengths, mean);
        g.resize_linear(shares, self.grid, self.grid)
    }
}

/// Means of the blocks of so many pixels a side, by a convolution: every engine has one.
fn block_means(g: &mut Graph, x: Value, side: usize) -> Value {
    let each = 1.0 / (side * side) as f32;
    let weights = g.constant(&vec![each; side * side], &[1, 1, side, side]);
    g.conv(x, weights, side, 0)
}

fn absolute(g: &mut Graph, x: Value) -> Value {
    let above = g.relu(x);
    let negative = g.scale(x, -1.0);
    let below = g.relu(negative);
    g.add(above, below)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data::Dataset, nets::State, train::logits};

    /// The strengths of 8 x 8 blocks of one image in gray, given by row and column.
    fn strengths([height, width]: [usize; 2], sample: impl Fn(usize, usize) -> u8) -> Vec<f32> {
        let plane: Vec<u8> = (0..height * width)
            .map(|i| sample(i / width, i % width))
            .collect();
        let data = Dataset {
            name: "one image".into(),
            classes: vec!["a".into(), "b".into()],
            height,
            width,
            images: plane.repeat(3),
            labels: vec![0],
        };
        let (map, mut strengths) = (VisibilityMap { grid: BLOCKS }, Vec::new());
        logits(&map, &State::default(), &data, 1, |row| {
            strengths.extend_from_slice(row);
        })
        .expect("the map can be run");
        assert_eq!(strengths.len(), BLOCKS * BLOCKS);
        let mean = strengths.iter().sum::<f32>() / strengths.len() as f32;
        assert!((mean - 1.0).abs() < 1e-5, "{mean}");
        strengths
    }

    /// Bright to the left and dark to the right; below, textured around the same two means.
    #[test]
    fn smooth_and_bright_parts_get_less() {
        let all = strengths([32, 32], |row, column| {
            let base = if column < 16 { 200 } else { 60 };
            let checker = [30, -30][(row + column) % 2];
            (base + if row < 16 { 0 } else { checker }) as u8
        });
        let at = |row: usize, column: usize| all[BLOCKS * row + column];
        let close = |a: f32, b: f32| (a / b - 1.0).abs() < 1e-3;
        let (light, dim) = (1.5 - 200.0 / 255.0, 1.5 - 60.0 / 255.0);
        assert!(close(at(1, 6) / at(1, 1), dim / light), "{all:?}");
        assert!(close(at(6, 6) / at(1, 6), 2.0 / 0.5), "{all:?}");
        assert!(close(at(6, 1) / at(1, 1), 2.0 / 0.5), "{all:?}");
    }

    #[test]
    fn any_size_has_a_map() {
        for size in [[28, 28], [20, 50], [5, 5]] {
            let white = strengths(size, |_, _| 255);
            assert!(white.iter().all(|x| (x - 1.0).abs() < 1e-4), "{white:?}");
            let halves = strengths(size, |row, _| if row < size[0] / 2 { 240 } else { 20 });
            assert!(halves[0] < 0.8 * halves[63], "{size:?}: {halves:?}");
        }
    }
}
