//! The pattern bank of recipe `code`: K coarse chroma patterns, as different from each other as ±1 patterns get.

use rand::{Rng, RngExt};

/// Candidates that are drawn for each pattern; the one least like those chosen before is taken.
const CANDIDATES: usize = 2000;

/// K x 2 x g x g values of ±1 (Cb and Cr as fractions of the largest amplitude).
pub fn random_bank(codes: usize, grid: usize, rng: &mut impl Rng) -> Vec<f32> {
    let len = 2 * grid * grid;
    let mut bank: Vec<f32> = Vec::with_capacity(codes * len);
    for _ in 0..codes {
        let mut best: (f32, Vec<f32>) = (f32::INFINITY, Vec::new());
        for _ in 0..CANDIDATES {
            let candidate: Vec<f32> = (0..len)
                .map(|_| if rng.random() { 1.0 } else { -1.0 })
                .collect();
            let likeness = bank
                .chunks(len)
                .map(|p| dot(p, &candidate).abs())
                .fold(0.0, f32::max);
            if likeness < best.0 {
                best = (likeness, candidate);
            }
        }
        bank.extend(best.1);
    }
    bank
}

/// One pattern (2 x g x g chroma) as RGB `[3, H, W]` in units of the sample range, enlarged bilinearly.
pub fn upsampled(
    pattern: &[f32],
    grid: usize,
    [height, width]: [usize; 2],
    epsilon: f32,
) -> Vec<f32> {
    let rgb = to_rgb(pattern, epsilon);
    let (rows, columns) = (linear_weights(grid, height), linear_weights(grid, width));
    let mut out = Vec::with_capacity(3 * height * width);
    for plane in rgb.chunks(grid * grid) {
        for row in rows.chunks(grid) {
            let line: Vec<f32> = (0..grid)
                .map(|x| {
                    row.iter()
                        .enumerate()
                        .map(|(y, w)| w * plane[y * grid + x])
                        .sum()
                })
                .collect();
            out.extend(columns.chunks(grid).map(|column| dot(column, &line)));
        }
    }
    out
}

/// Rec. 601 luma weights, which JPEG uses too.
pub const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Chroma (red plane, blue plane, each within ±1) to zero-luma RGB within ±epsilon: red and blue move freely, green
/// balances the luma.
pub fn to_rgb(pattern: &[f32], epsilon: f32) -> Vec<f32> {
    let (red, blue) = pattern.split_at(pattern.len() / 2);
    let green = red
        .iter()
        .zip(blue)
        .map(|(r, b)| -(LUMA[0] * r + LUMA[2] * b) / LUMA[1]);
    red.iter()
        .copied()
        .chain(green)
        .chain(blue.iter().copied())
        .map(|x| x * epsilon)
        .collect()
}

/// Row-major `[to, from]` weights of linear interpolation with half-pixel centres and clamped edges.
pub fn linear_weights(from: usize, to: usize) -> Vec<f32> {
    let mut weights = vec![0.0; from * to];
    for i in 0..to {
        let centre =
            ((i as f32 + 0.5) * from as f32 / to as f32 - 0.5).clamp(0.0, (from - 1) as f32);
        let low = centre.floor() as usize;
        let high = (low + 1).min(from - 1);
        let t = centre - low as f32;
        weights[i * from + low] += 1.0 - t;
        weights[i * from + high] += t;
    }
    weights
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn patterns_are_nearly_orthogonal() {
        let bank = random_bank(10, 4, &mut rand_chacha::ChaCha8Rng::seed_from_u64(1));
        assert_eq!(bank.len(), 10 * 32);
        for (i, a) in bank.chunks(32).enumerate() {
            for b in bank.chunks(32).skip(i + 1) {
                assert!(
                    dot(a, b).abs() <= 8.0,
                    "two patterns share {} of 32",
                    dot(a, b)
                );
            }
        }
    }
}
