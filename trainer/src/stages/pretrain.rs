use super::Run;
use crate::{
    error::Result,
    progress::Mode,
    train::{ClassifierJob, Trained, train_classifier},
};

/// Trains the surrogate f on unprotected images; kept in `surrogate.checkpoint`.
///
/// # Errors
/// As [`train_classifier`].
pub fn pretrain(run: &Run) -> Result<Trained> {
    let recipe = &run.recipe;
    let (checkpoint, fingerprint) = run.surrogate();
    train_classifier(&ClassifierJob {
        recipe: &recipe.surrogate,
        seed: recipe.seed,
        train: run.crop_images.as_ref().unwrap_or(&run.generator_images),
        test: &run.test,
        peak_images: recipe.evaluation.peak_images,
        checkpoint: &checkpoint,
        fingerprint,
        title: "surrogate".into(),
        mode: Mode::Auto,
        observer: None,
    })
}
