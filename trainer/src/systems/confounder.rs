//! ConfounderGAN as one of the systems: surrogate, generator, one forward pass per image.

use std::time::Instant;

use rand::{SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ground, Protection};
use crate::{
    data::Dataset,
    error::Result,
    files::held,
    protect::{apply, residuals},
    recipe::{
        ClassifierRecipe, DataRecipe, EvaluationRecipe, GeneratorRecipe, Recipe, TrainingRecipe,
    },
    train::{
        ClassifierJob, GeneratorJob, build_generator, classify, network, train_classifier,
        train_generator,
    },
};

/// A generator and what it is trained with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfounderRecipe {
    /// Added to the scale's seed, from which victims count on: with 0 a victim of f's own architecture starts from f's very
    /// weights, and learns in its order.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seed: u64,
    /// Which images f and G learn from.
    pub learn_from: LearnFrom,
    /// f.
    pub surrogate: ClassifierRecipe,
    /// G.
    pub generator: GeneratorRecipe,
    /// G's training.
    pub training: TrainingRecipe,
    /// Whether each image gets the residual of another one: the control that shows that the link to the content protects.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shuffled: bool,
}

fn is_zero(seed: &u64) -> bool {
    *seed == 0
}

/// Which images f and G learn from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LearnFrom {
    /// Those that are protected: the paper's standard setting.
    Protected,
    /// Others: the paper's out-of-distribution setting.
    Others,
}

impl ConfounderRecipe {
    pub(super) fn validate(&self) -> Result<()> {
        self.surrogate.validate("surrogate")?;
        self.generator.validate()?;
        self.training.validate()
    }
}

pub(super) fn protect(recipe: &ConfounderRecipe, ground: &Ground<'_>) -> Result<Protection> {
    let started = Instant::now();
    let learned = match recipe.learn_from {
        LearnFrom::Protected => ground.images,
        LearnFrom::Others => ground.others,
    };
    let whole = whole_recipe(recipe, ground.seed.wrapping_add(recipe.seed));
    let data = learned.sha256();
    let surrogate_print = format!("{}{data}", whole.fingerprint(&[&whole.surrogate]));
    let checkpoint = ground.checkpoint("surrogate", &surrogate_print);
    // Systems side by side may share it.
    let training = held(&checkpoint)?;
    let surrogate = train_classifier(&ClassifierJob {
        recipe: &whole.surrogate,
        seed: whole.seed,
        train: learned,
        test: ground.test,
        peak_images: 1000,
        checkpoint: &checkpoint,
        fingerprint: surrogate_print,
        title: "surrogate".into(),
        mode: ground.mode,
        observer: None,
    })?;
    drop(training);
    let (net, initial) = build_generator(&whole, &surrogate.state, learned)?;
    let parts = [
        &whole.surrogate as &dyn crate::recipe::erased::Part,
        &whole.generator,
        &whole.training,
    ];
    let print = format!("{}{data}", whole.fingerprint(&parts));
    let checkpoint = ground.checkpoint("generator", &print);
    let training = held(&checkpoint)?;
    let job = GeneratorJob {
        recipe: &whole,
        surrogate: &surrogate.state,
        train: learned,
        checkpoint: &checkpoint,
        fingerprint: print,
        mode: ground.mode,
    };
    let (state, epochs) = train_generator(&job, net.as_ref(), initial)?;
    drop(training);
    let prepared = started.elapsed().as_secs_f64();

    let target = ground.apply_to.unwrap_or(ground.images);
    let started = Instant::now();
    let mut all = residuals(net.as_ref(), &state, whole.generator.epsilon(), target)?;
    if recipe.shuffled {
        let mut order: Vec<u32> = (0..target.len() as u32).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(ground.seed ^ 0x7368_7566));
        all = all.reordered(&order);
    }
    let (protected, psnr) = apply(target, &all)?;
    let protection_seconds = started.elapsed().as_secs_f64();
    let recogniser = network(&whole.surrogate, learned.classes.len());
    let answers = classify(&recogniser, &surrogate.state, target)?;
    Ok(Protection {
        data: protected,
        psnr_db: Some(psnr),
        preparation_seconds: prepared,
        protection_seconds,
        notes: json!({
            "surrogate_test": surrogate.last(),
            "recognised": share_right(&answers, target),
            "generator_epochs": epochs.len(),
            "confounder_loss": epochs.last().map(|e| e.confounder),
        }),
    })
}

fn share_right(answers: &[u8], data: &Dataset) -> f64 {
    let pairs = answers.iter().zip(&data.labels);
    let right = pairs.filter(|(a, b)| a == b).count();
    100.0 * right as f64 / data.len().max(1) as f64
}

/// The recipe that the trainer's stages expect, with victims that are not used here.
fn whole_recipe(recipe: &ConfounderRecipe, seed: u64) -> Recipe {
    Recipe {
        name: "system".into(),
        about: String::new(),
        seed,
        data: DataRecipe {
            side: 0,
            crop_side: 0,
            generator_images: 0,
            in_distribution: 0,
            out_of_distribution: 0,
            shuffle: false,
            sources: Vec::new(),
        },
        surrogate: recipe.surrogate.clone(),
        generator: recipe.generator.clone(),
        training: recipe.training.clone(),
        victim: recipe.surrogate.clone(),
        evaluation: EvaluationRecipe {
            rows: Vec::new(),
            peak_images: 0,
            class_wise_psnr: 0.0,
        },
        provenance: None,
    }
}
