//! Linearly separable perturbations (LSP; Yu et al. 2022, "Availability attacks create shortcuts").

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{
    data::Dataset,
    error::{Result, within},
    protect::{Residuals, apply},
};

/// LSP's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearRecipe {
    /// Side in pixels of the blocks that share one value: 8.
    pub block: usize,
    /// Norm of the perturbation divided by the root of the number of samples, in 255ths: 6.
    pub norm: f32,
    /// Distance of the classes' centres from the origin along each coordinate, in standard deviations within a class: 10.
    /// (The authors' program spreads a class by a random matrix, which makes its deviation about 4 times as large.)
    pub separation: f32,
}

impl LinearRecipe {
    pub(super) fn validate(&self) -> Result<()> {
        within("block", self.block as f64, 1.0, 65_536.0)?;
        within("norm", f64::from(self.norm), 0.0, 255.0)?;
        within("separation", f64::from(self.separation), 0.0, 1e6)
    }
}

/// Each class is a Gaussian cluster around a corner of a hypercube; each image gets a point of its class's cluster, its
/// coordinates spread over blocks, at a fixed norm.
pub(super) fn protect(recipe: &LinearRecipe, data: &Dataset, seed: u64) -> Result<(Dataset, f64)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6c73_7000);
    let block = recipe.block;
    let (rows, columns) = (data.height.div_ceil(block), data.width.div_ceil(block));
    let features = 3 * rows * columns;
    let centres: Vec<f32> = (0..data.classes.len() * features)
        .map(|_| {
            if rng.random() {
                recipe.separation
            } else {
                -recipe.separation
            }
        })
        .collect();
    let norm = f64::from(recipe.norm / 255.0) * (data.samples() as f64).sqrt();
    let mut all = Vec::with_capacity(data.images.len());
    let mut largest = 0.0f32;
    for &label in &data.labels {
        let centre = &centres[usize::from(label) * features..][..features];
        let point: Vec<f32> = centre.iter().map(|c| c + normal(&mut rng)).collect();
        let start = all.len();
        for i in 0..data.samples() {
            let (channel, y, x) = (
                i / (data.height * data.width),
                i / data.width % data.height,
                i % data.width,
            );
            all.push(point[(channel * rows + y / block) * columns + x / block]);
        }
        let image: &mut [f32] = &mut all[start..];
        let length = image
            .iter()
            .map(|&x| f64::from(x).powi(2))
            .sum::<f64>()
            .sqrt();
        let factor = (norm / length.max(1e-12)) as f32;
        for x in image {
            *x *= factor;
            largest = largest.max(x.abs());
        }
    }
    let residuals = Residuals {
        height: data.height,
        width: data.width,
        epsilon: largest,
        data: all,
    };
    apply(data, &residuals)
}

/// Standard normal deviate (Box and Muller 1958).
fn normal(rng: &mut impl Rng) -> f32 {
    let (u, v): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
    ((-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
}
