use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::{Run, TrainedGenerator};
use crate::{
    data::Dataset,
    error::Result,
    nets::Classifier,
    protect::{Residuals, apply, residuals},
    recipe::{GeneratorRecipe, Row},
    systems::ClassChromaRecipe,
};

/// Images that a victim learns from, and what protecting them changed.
pub struct Protected {
    /// The images.
    pub data: Dataset,
    /// PSNR against the unprotected images in dB; `None` where nothing changed.
    pub psnr_db: Option<f64>,
}

/// Prepares the images of one row of the table.
pub fn prepare(run: &Run, generator: &TrainedGenerator, row: Row) -> Result<Protected> {
    let seen = if run.in_distribution.is_empty() {
        &run.out_of_distribution
    } else {
        &run.in_distribution
    };
    let protect = |data: &Dataset, residuals: &Residuals| {
        apply(data, residuals).map(|(data, psnr)| Protected {
            data,
            psnr_db: Some(psnr),
        })
    };
    let of = |data: &Dataset| {
        residuals(
            generator.net.as_ref(),
            &generator.state,
            run.recipe.generator.epsilon(),
            data,
        )
    };
    match row {
        Row::Natural => Ok(Protected {
            data: seen.clone(),
            psnr_db: None,
        }),
        Row::ClassWiseNoise => {
            let recipe = ClassChromaRecipe::quiet(run.recipe.evaluation.class_wise_psnr);
            protect(seen, &recipe.residuals(seen, run.recipe.seed))
        }
        Row::InDistribution => protect(&run.in_distribution, &of(&run.in_distribution)?),
        Row::OutOfDistribution => protect(&run.out_of_distribution, &of(&run.out_of_distribution)?),
        Row::Shuffled => {
            let data = if run.out_of_distribution.is_empty() {
                seen
            } else {
                &run.out_of_distribution
            };
            let mut order: Vec<u32> = (0..data.len() as u32).collect();
            order.shuffle(&mut ChaCha8Rng::seed_from_u64(
                run.recipe.seed ^ 0x7368_7566,
            ));
            protect(data, &of(data)?.reordered(&order))
        }
    }
}

/// How often the recogniser inside a `code` generator is right, in percent; `None` for other generators.
pub fn recognition(
    run: &Run,
    surrogate: (&Classifier, &crate::nets::State),
    data: &Dataset,
) -> Result<Option<f64>> {
    if !matches!(run.recipe.generator, GeneratorRecipe::Code(_)) || data.is_empty() {
        return Ok(None);
    }
    let answers = crate::train::classify(surrogate.0, surrogate.1, data)?;
    let right = answers
        .iter()
        .zip(&data.labels)
        .filter(|(a, b)| a == b)
        .count();
    Ok(Some(100.0 * right as f64 / data.len() as f64))
}
