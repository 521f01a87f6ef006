use super::Run;
use crate::{
    error::Result,
    nets::{Net, State},
    progress::Mode,
    train::{GeneratorEpoch, GeneratorJob, build_generator, train_generator},
};

/// A generator that is ready to be used.
pub struct TrainedGenerator {
    /// Its architecture.
    pub net: Box<dyn Net>,
    /// Its weights.
    pub state: State,
    /// Its epochs of training by Eq. 5.
    pub epochs: Vec<GeneratorEpoch>,
}

/// Builds G on the surrogate and trains it by Eq. 5; kept in `generator.checkpoint`.
///
/// # Errors
/// As [`train_generator`].
pub fn train(run: &Run, surrogate: &State) -> Result<TrainedGenerator> {
    let recipe = &run.recipe;
    let (net, initial) = build_generator(recipe, surrogate, &run.generator_images)?;
    let (checkpoint, fingerprint) = run.generator();
    let job = GeneratorJob {
        recipe,
        surrogate,
        train: &run.generator_images,
        checkpoint: &checkpoint,
        fingerprint,
        mode: Mode::Auto,
    };
    let (state, epochs) = train_generator(&job, net.as_ref(), initial)?;
    Ok(TrainedGenerator { net, state, epochs })
}
