use super::{Net, Scope};
use crate::{
    bank::LUMA,
    graph::{Graph, Value},
};

/// How strong a tint may be where, so that it is seen equally well everywhere: less where a photo is smooth or bright,
/// more where it is textured or dark. It has no weights.
///
/// The photo is taken in 8 x 8 blocks. With a block's mean luma m and its luma's mean distance from it t (both of 0..1) its
/// strength is (0.5 + min(26 t, 1.5)) (1.5 - m), as a share of the mean over the blocks; between blocks it is interpolated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VisibilityMap {
    /// Side g of the result.
    pub grid: usize,
}

impl VisibilityMap {
    /// Blocks in a row and in a column.
    pub const BLOCKS: usize = 8;
}

impl Net for VisibilityMap {
    /// From images `[N, 3, H, W]` (0..1; H = W, a multiple of 8) to strengths `[N, 1, g, g]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let g = &mut *scope.graph;
        let side = g.shape(x)[2] / Self::BLOCKS;
        let weights = g.constant(&LUMA, &[1, 3, 1, 1]);
        let luma = g.conv(x, weights, 1, 0);
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

    /// Strengths of the four quarters of one image of 32 px: bright and dark above, textured (around the same two means)
    /// below.
    fn quarters() -> [f32; 4] {
        let sample = |row: usize, column: usize| -> u8 {
            let base = if column < 16 { 200 } else { 60 };
            let checker = [30, -30][(row + column) % 2];
            (base + if row < 16 { 0 } else { checker }) as u8
        };
        let plane: Vec<u8> = (0..32 * 32).map(|i| sample(i / 32, i % 32)).collect();
        let data = Dataset {
            name: "quarters".into(),
            classes: vec!["a".into(), "b".into()],
            height: 32,
            width: 32,
            images: plane.repeat(3),
            labels: vec![0],
        };
        let mut strengths = Vec::new();
        logits(
            &VisibilityMap { grid: 8 },
            &State::default(),
            &data,
            1,
            |row| {
                strengths.extend_from_slice(row);
            },
        )
        .expect("the map can be run");
        let mean = strengths.iter().sum::<f32>() / 64.0;
        assert!((mean - 1.0).abs() < 1e-5, "{mean}");
        [(1, 1), (1, 6), (6, 1), (6, 6)].map(|(row, column)| strengths[8 * row + column])
    }

    #[test]
    fn smooth_and_bright_parts_get_less() {
        let [bright, dark, bright_textured, dark_textured] = quarters();
        let close = |a: f32, b: f32| (a / b - 1.0).abs() < 1e-3;
        let (light, dim) = (1.5 - 200.0 / 255.0, 1.5 - 60.0 / 255.0);
        assert!(close(dark / bright, dim / light), "{dark} {bright}");
        assert!(
            close(dark_textured / dark, 2.0 / 0.5),
            "{dark_textured} {dark}"
        );
        assert!(close(bright_textured / bright, 2.0 / 0.5));
    }
}
