//! An attacker's denoiser: trained on pairs of protected and clean images, applied to protected ones.

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::course::{At, Course, Plan};
use crate::{
    data::Dataset,
    engine::{Feed, Learner, Optimiser, RunMoments, Session},
    error::{Error, Result, within},
    graph::Graph,
    nets::{DnCnn, Mode, Net, Scope, State, Weights},
    progress, protect,
    step::{Adam, BatchShape, denoiser_gradient},
};

/// A denoiser and its training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DenoiserRecipe {
    /// Channels of DnCNN's inner layers.
    pub width: usize,
    /// Its convolutions.
    pub depth: usize,
    /// Passes over the pairs.
    pub epochs: u64,
    /// Pairs a step.
    pub batch: usize,
    /// Adam's learning rate.
    pub rate: f32,
}

impl DenoiserRecipe {
    pub(crate) fn validate(&self) -> Result<()> {
        within("denoiser.width", self.width as f64, 1.0, 4096.0)?;
        within("denoiser.depth", self.depth as f64, 2.0, 64.0)?;
        within("denoiser.batch", self.batch as f64, 1.0, 1e6)?;
        within("denoiser.rate", f64::from(self.rate), 1e-9, 1e3)
    }
}

/// One denoiser to be trained on `protected` and `clean`, which hold the same images in the same order.
pub struct DenoiserJob<'a> {
    /// Architecture and optimisation.
    pub recipe: &'a DenoiserRecipe,
    /// Seed.
    pub seed: u64,
    /// What it sees.
    pub protected: &'a Dataset,
    /// What it should give.
    pub clean: &'a Dataset,
    /// Where its progress is kept.
    pub checkpoint: &'a Path,
    /// Hash of all that decides its result.
    pub fingerprint: String,
    /// How its progress is shown.
    pub mode: progress::Mode,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct History {
    losses: Vec<f64>,
    partial: (f64, u64),
}

/// Trains a denoiser, or goes on where an earlier call stopped.
///
/// # Errors
/// As [`super::train_classifier`].
pub fn train_denoiser(job: &DenoiserJob<'_>) -> Result<State> {
    if job.protected.len() != job.clean.len() || job.protected.samples() != job.clean.samples() {
        let text = "protected and clean images are not pairs".into();
        return Err(Error::Recipe(text));
    }
    let plan = Plan {
        data: job.protected,
        batch: job.recipe.batch,
        epochs: job.recipe.epochs,
        seed: job.seed,
        checkpoint: job.checkpoint,
        fingerprint: &job.fingerprint,
        title: "denoiser",
        mode: job.mode,
    };
    let saved = plan.saved()?;
    let mut lesson = Lesson::new(job)?;
    let (history, progress) = plan.run(&mut lesson, saved)?;
    let loss = history.losses.last().copied().unwrap_or_default();
    progress.finish(format!("loss {loss:.3}"));
    Ok(lesson.learner.state()?.clone())
}

/// What is left of the images when a denoiser took away what it found.
pub fn denoise(recipe: &DenoiserRecipe, state: &State, data: &Dataset) -> Result<Dataset> {
    let net = network(recipe);
    let shape = BatchShape {
        images: 100.min(data.len().max(1)),
        height: data.height,
        width: data.width,
    };
    let mut graph = Graph::new();
    let images = graph.input("images", &shape.nchw());
    let mut scope = Scope::new(&mut graph, Weights::Frozen(state), Mode::Evaluate);
    let found = net.forward(&mut scope, images);
    let left = graph.sub(images, found);
    graph.output("left", left);
    let mut session = Session::new(&graph, 1)?;
    let mut cleaned = data.clone();
    cleaned.name = format!("{} denoised", data.name);
    let nchw = shape.nchw();
    let block = shape.images * data.samples();
    for target in cleaned.images.chunks_mut(block) {
        let mut floats: Vec<f32> = target.iter().map(|&b| f32::from(b) / 255.0).collect();
        floats.resize(block, 0.0);
        let feed = Feed::new("images", &nchw, &floats);
        let left = session.run(&[feed])?.take("left")?;
        target
            .iter_mut()
            .zip(left)
            .for_each(|(byte, x)| *byte = protect::to_byte(x));
    }
    Ok(cleaned)
}

fn network(recipe: &DenoiserRecipe) -> DnCnn {
    DnCnn {
        width: recipe.width,
        depth: recipe.depth,
    }
}

struct Lesson<'a> {
    job: &'a DenoiserJob<'a>,
    learner: Learner,
    shape: BatchShape,
}

impl<'a> Lesson<'a> {
    fn new(job: &'a DenoiserJob<'a>) -> Result<Self> {
        let shape = BatchShape {
            images: job.recipe.batch,
            height: job.clean.height,
            width: job.clean.width,
        };
        let net = network(job.recipe);
        let mut rng = ChaCha8Rng::seed_from_u64(job.seed ^ 0x646e_0000);
        let state = State::init(&net, &shape.nchw(), &mut rng);
        let adam = Optimiser::Adam(Adam::default());
        Ok(Self {
            job,
            learner: Learner::new(&denoiser_gradient(&net, shape)?, 1, adam, state)?,
            shape,
        })
    }
}

impl Course for Lesson<'_> {
    type History = History;

    fn step(&mut self, history: &mut History, at: At, indices: &[u32]) -> Result<String> {
        let floats = |data: &Dataset| -> Vec<f32> {
            let bytes = indices.iter().flat_map(|&i| data.image(i as usize));
            bytes.map(|&b| f32::from(b) / 255.0).collect()
        };
        let (noisy, clean) = (floats(self.job.protected), floats(self.job.clean));
        let nchw = self.shape.nchw();
        let feeds = vec![
            Feed::new("images", &nchw, &noisy),
            Feed::new("clean", &nchw, &clean),
        ];
        let rate = super::learning_rate(self.job.recipe.rate, 0.0, at.step, at.total);
        let loss = f64::from(self.learner.step(&[feeds], rate)?[0].scalar("loss")?);
        history.partial.0 += loss;
        history.partial.1 += 1;
        Ok(format!("loss {loss:.3}"))
    }

    fn close_epoch(&mut self, history: &mut History, _last: bool) -> Result<String> {
        let (sum, steps) = std::mem::take(&mut history.partial);
        let mean = sum / steps.max(1) as f64;
        history.losses.push(mean);
        Ok(format!("loss {mean:.3}"))
    }

    fn learners(&self) -> Result<Vec<RunMoments>> {
        Ok(vec![self.learner.run()?.clone()])
    }

    fn restore(&mut self, learners: Vec<RunMoments>) -> Option<Result<()>> {
        Some(self.learner.restore(learners.into_iter().next()?))
    }
}
