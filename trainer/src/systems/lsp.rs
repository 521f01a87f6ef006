//! Linearly separable perturbations (LSP; Yu et al. 2022, "Availability attacks create shortcuts"), as its authors' program
//! draws them: by scikit-learn's `make_classification` with as many informative features as there are blocks.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{
    data::Dataset,
    error::{Error, Result, within},
    nets::normal,
    protect::{Residuals, apply},
};

/// LSP's numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LspRecipe {
    /// Side in pixels of the blocks that share one value: 8 at 32 px, 32 at 224.
    pub block: usize,
    /// Norm of the perturbation divided by the root of the number of samples, in 255ths: 6.
    pub norm: f32,
    /// Distance of the classes' centres from the origin along each coordinate: 10. Within a class a coordinate has a
    /// deviation of the root of a third of the number of coordinates: 4 for blocks of 8 at 32 px.
    pub separation: f32,
}

/// More coordinates make a class's matrix larger than 64 MiB.
const MOST_FEATURES: usize = 4096;

impl LspRecipe {
    pub(super) fn validate(&self) -> Result<()> {
        within("block", self.block as f64, 1.0, 65_536.0)?;
        within("norm", f64::from(self.norm), 0.0, 255.0)?;
        within("separation", f64::from(self.separation), 0.0, 1e6)
    }
}

/// Each class is a Gaussian cluster around a corner of its own of a hypercube; each image gets a point of its class's
/// cluster, its coordinates spread over blocks, at a fixed norm.
pub(super) fn protect(recipe: &LspRecipe, data: &Dataset, seed: u64) -> Result<(Dataset, f64)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x6c73_7000);
    let [height, width, block] = [data.height, data.width, recipe.block];
    let (rows, columns) = (height.div_ceil(block), width.div_ceil(block));
    let features = 3 * rows * columns;
    if features > MOST_FEATURES {
        let text = format!("block = {block}: at {width} x {height} px take larger ones");
        return Err(Error::Recipe(text));
    }
    let centres = corners(data.classes.len(), features, &mut rng)?;
    let norm = f64::from(recipe.norm / 255.0) * (data.samples() as f64).sqrt();
    let mut all = vec![0.0; data.images.len()];
    for (class, centre) in centres.iter().enumerate() {
        let matrix: Vec<f32> = (0..features * features)
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        let members = (0..data.len()).filter(|&i| usize::from(data.labels[i]) == class);
        for i in members {
            let mut point: Vec<f32> = centre.iter().map(|c| c * recipe.separation).collect();
            for row in matrix.chunks(features) {
                let deviate = normal(&mut rng);
                let each = point.iter_mut().zip(row);
                each.for_each(|(x, a)| *x += deviate * a);
            }
            let image: &mut [f32] = &mut all[i * data.samples()..][..data.samples()];
            for (at, x) in image.iter_mut().enumerate() {
                let (channel, y, column) = (at / (height * width), at / width % height, at % width);
                *x = point[(channel * rows + y / block) * columns + column / block];
            }
            let squares = image.iter().map(|&x| f64::from(x).powi(2));
            let factor = (norm / squares.sum::<f64>().sqrt().max(1e-12)) as f32;
            image.iter_mut().for_each(|x| *x *= factor);
        }
    }
    let residuals = Residuals {
        height,
        width,
        epsilon: all.iter().fold(0.0, |most, x| most.max(x.abs())),
        data: all,
    };
    apply(data, &residuals)
}

/// As many different corners of the hypercube from -1 to 1.
fn corners(count: usize, features: usize, rng: &mut ChaCha8Rng) -> Result<Vec<Vec<f32>>> {
    if features < 32 && count > 1 << features {
        let text = format!(
            "{count} classes have no corners of their own with {features} coordinates: take smaller blocks"
        );
        return Err(Error::Recipe(text));
    }
    let mut corners: Vec<Vec<f32>> = Vec::new();
    while corners.len() < count {
        let corner = (0..features)
            .map(|_| if rng.random() { 1.0 } else { -1.0 })
            .collect();
        if !corners.contains(&corner) {
            corners.push(corner);
        }
    }
    Ok(corners)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn classes_have_corners_of_their_own() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let all = corners(8, 3, &mut rng).unwrap();
        for (i, corner) in all.iter().enumerate() {
            assert!(corner.iter().all(|x| x.abs() == 1.0) && !all[..i].contains(corner));
        }
        let none = corners(9, 3, &mut rng).unwrap_err().to_string();
        assert!(none.contains("9 classes"), "{none}");
    }

    #[test]
    fn a_class_spreads_as_its_authors_program_makes_it() {
        let each = 300;
        let data = Dataset {
            name: "gray".into(),
            classes: vec!["a".into(), "b".into()],
            height: 32,
            width: 32,
            images: vec![128; 2 * each * 3072],
            labels: (0..2 * each).map(|i| (i % 2) as u8).collect(),
        };
        let recipe = LspRecipe {
            block: 8,
            norm: 6.0,
            separation: 10.0,
        };
        let (protected, _) = protect(&recipe, &data, 1).unwrap();
        // The middle of each block's row, in all images of a class.
        let mut ratios = Vec::new();
        for (class, block) in (0..2).flat_map(|class| (0..48).map(move |block| (class, block))) {
            let at = block / 16 * 1024 + block / 4 % 4 * 256 + block % 4 * 8;
            let values = (0..each).map(|i| f64::from(protected.image(2 * i + class)[at]) - 128.0);
            let mean = values.clone().sum::<f64>() / each as f64;
            let variance = values.map(|x| (x - mean).powi(2)).sum::<f64>() / each as f64;
            ratios.push(variance.sqrt() / mean.abs());
        }
        // Centres at 10; a uniform number in -1..1 has the variance 1/3, and 48 of them stand in each sum.
        let ratio = ratios.iter().sum::<f64>() / ratios.len() as f64;
        assert!((ratio - 0.4).abs() < 0.05, "{ratio}");
    }
}
