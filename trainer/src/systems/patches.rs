//! Class-wise noise and class-wise patches (the paper's confounder study, Fig. 2).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::psnr;
use crate::{
    data::Dataset,
    error::Result,
    protect::{Residuals, apply},
};

/// CWN: one pattern of uniform noise per class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassNoiseRecipe {
    /// Bound in 255ths of the sample range.
    pub epsilon: f32,
}

/// CWP: one random patch per class, at the lower right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassPatchRecipe {
    /// Side as a share of the image's: 36 of 224 pixels in the paper.
    pub share: f32,
}

pub(super) fn class_noise(
    recipe: &ClassNoiseRecipe,
    data: &Dataset,
    seed: u64,
) -> Result<(Dataset, f64)> {
    let epsilon = recipe.epsilon / 255.0;
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6377_6e00);
    let samples = data.samples();
    let patterns: Vec<f32> = (0..data.classes.len() * samples)
        .map(|_| rng.random_range(-epsilon..=epsilon))
        .collect();
    let pattern = |&label: &u8| &patterns[usize::from(label) * samples..][..samples];
    let residuals = Residuals {
        height: data.height,
        width: data.width,
        epsilon,
        data: data.labels.iter().flat_map(pattern).copied().collect(),
    };
    apply(data, &residuals)
}

pub(super) fn class_patch(recipe: &ClassPatchRecipe, data: &Dataset, seed: u64) -> (Dataset, f64) {
    let side = |length: usize| ((length as f32 * recipe.share).round() as usize).clamp(1, length);
    let (rows, columns) = (side(data.height), side(data.width));
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6377_7000);
    let size = 3 * rows * columns;
    let patches: Vec<u8> = (0..data.classes.len() * size)
        .map(|_| rng.random())
        .collect();
    let mut protected = data.clone();
    protected.name = format!("{} with patches", data.name);
    let images = protected.images.chunks_mut(data.samples());
    for (planes, &label) in images.zip(&data.labels) {
        let patch = &patches[usize::from(label) * size..][..size];
        for (i, row) in patch.chunks(columns).enumerate() {
            let (channel, y) = (i / rows, data.height - rows + i % rows);
            let start = (channel * data.height + y) * data.width + data.width - columns;
            planes[start..start + columns].copy_from_slice(row);
        }
    }
    let psnr = psnr(data, &protected);
    (protected, psnr)
}
