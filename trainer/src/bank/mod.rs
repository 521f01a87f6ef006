//! The pattern bank of recipe `code`: K coarse chroma patterns.

mod contrary;
mod gratings;
mod hues;
mod opposites;
mod select;

use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

use crate::data::Dataset;

pub use contrary::contrary;
pub use gratings::{GRATINGS, GRATINGS_GRID, Wave, bundled_waves, gratings, waves};
pub use hues::Hues;
pub use opposites::{OPPOSITES, OPPOSITES_GRID, opposites};
pub use select::quiet_bank;

/// How the patterns of a bank are chosen.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BankKind {
    /// Patterns along which photos vary least, see [`quiet_bank`].
    #[default]
    Quiet,
    /// Random signs: what choosing is compared with.
    Random,
    /// Waves of few hues, directions and frequencies, see [`gratings`]. They need a grid of at least 32.
    Gratings,
    /// The bundled generator's ten waves. They need a grid of at least 24.
    Bundled,
    /// These waves.
    Waves(Vec<Wave>),
    /// Smooth tints of one hue and their opposites, see [`opposites`]. They need a grid of at least 8.
    Opposites {
        /// See [`confounder::research::Grating::hue`].
        hue: f64,
    },
    /// Few smooth shapes, each in several hues.
    Hues(Hues),
}

impl BankKind {
    /// K x 2 x g x g values within ±1 (red and blue as fractions of the largest amplitude).
    pub fn bank(&self, codes: usize, grid: usize, data: &Dataset, rng: &mut impl Rng) -> Vec<f32> {
        match self {
            Self::Quiet => select::quiet_bank(codes, grid, data, rng),
            Self::Gratings => gratings(codes, grid),
            Self::Bundled => bundled_waves(codes, grid),
            Self::Waves(list) => waves(list, codes, grid),
            Self::Opposites { hue } => opposites(*hue, codes, grid),
            Self::Hues(hues) => hues.bank(codes, grid),
            Self::Random => (0..codes * 2 * grid * grid).map(|_| sign(rng)).collect(),
        }
    }

    /// Whether a grid of this side can hold it; if not, why.
    ///
    /// # Errors
    /// What is wrong.
    pub(crate) fn validate(&self, grid: usize) -> Result<(), String> {
        match self {
            Self::Waves(waves) if waves.is_empty() => {
                Err("bank.waves is empty; name at least one".into())
            }
            Self::Bundled if grid < BUNDLED_GRID => Err(format!(
                "bank = bundled, grid = {grid}; its waves need at least {BUNDLED_GRID}"
            )),
            Self::Gratings if grid < GRATINGS_GRID => Err(format!(
                "bank = gratings, grid = {grid}; they need at least {GRATINGS_GRID}"
            )),
            Self::Waves(waves) => {
                let wrong = waves.iter().find_map(|wave| wave.refusal(grid));
                wrong.map_or(Ok(()), |why| Err(format!("bank.waves: {why}")))
            }
            Self::Opposites { hue } if !hue.is_finite() || grid < OPPOSITES_GRID => Err(format!(
                "bank.opposites: hue = {hue}, grid = {grid}; the hue must be finite, the grid at least {OPPOSITES_GRID}"
            )),
            Self::Hues(hues) => match hues.refusal(grid) {
                None => Ok(()),
                Some(why) => Err(format!("bank.hues: {why}")),
            },
            _ => Ok(()),
        }
    }

    /// Whether this is the default.
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Four values a cycle, of six.
const BUNDLED_GRID: usize = 24;

fn sign(rng: &mut impl Rng) -> f32 {
    if rng.random() { 1.0 } else { -1.0 }
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

/// What makes zero-luma RGB of red and blue, as the weights `[3, 2, 1, 1]` of a convolution; see [`to_rgb`].
pub(crate) fn to_rgb_weights() -> [f32; 6] {
    let green = [-LUMA[0] / LUMA[1], -LUMA[2] / LUMA[1]];
    [1.0, 0.0, green[0], green[1], 0.0, 1.0]
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
    fn random_patterns_are_signs_of_both_kinds() {
        let data = Dataset {
            name: "none".into(),
            classes: vec![],
            height: 8,
            width: 8,
            images: vec![],
            labels: vec![],
        };
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let bank = BankKind::Random.bank(3, 4, &data, &mut rng);
        assert_eq!(bank.len(), 3 * 2 * 4 * 4);
        assert!(bank.contains(&1.0) && bank.contains(&-1.0));
        assert!(bank.iter().all(|x| x.abs() == 1.0));
    }
}
