//! Training G against the frozen surrogate f, with D beside it (Eq. 5).

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    classifier::network,
    course::{At, Course, Plan},
    one_hot,
};
use crate::{
    bank::contrary,
    data::{Augment, Dataset, Position},
    engine::{Feed, Learner, Optimiser, Outputs, RunMoments},
    error::Result,
    nets::{CodeGenerator, Discriminator, Net, ResidualGenerator, State},
    progress,
    protect::calibrate,
    recipe::{GeneratorRecipe, Recipe},
    step::{Adam, BatchShape, GeneratorStep, discriminator_gradient},
};

/// One generator to be trained.
pub struct GeneratorJob<'a> {
    /// The whole recipe.
    pub recipe: &'a Recipe,
    /// The frozen surrogate's weights.
    pub surrogate: &'a State,
    /// What it learns from.
    pub train: &'a Dataset,
    /// Where its progress is kept.
    pub checkpoint: &'a Path,
    /// Hash of all that decides its result.
    pub fingerprint: String,
    /// How its progress is shown.
    pub mode: progress::Mode,
}

/// Mean losses of one pass over the images.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct GeneratorEpoch {
    /// Eq. 5.
    pub total: f64,
    /// The generator's side of Eq. 2.
    pub adversarial: f64,
    /// Eq. 3.
    pub confounder: f64,
    /// Eq. 4.
    pub hinge: f64,
    /// Eq. 2 as D minimises it.
    pub discriminator: f64,
}

/// G's network and its weights before training by Eq. 5. Recipe `code`'s generator contains the surrogate as its
/// recogniser, and a bank that is scaled to the recipe's PSNR on `train`.
pub fn build_generator(
    recipe: &Recipe,
    surrogate: &State,
    train: &Dataset,
) -> Result<(Box<dyn Net>, State)> {
    let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed ^ 0x6765_6e65);
    let epsilon = recipe.generator.epsilon();
    match &recipe.generator {
        GeneratorRecipe::Residual(parts) => {
            let net = ResidualGenerator {
                channels: parts.channels,
                blocks: parts.blocks,
                epsilon,
            };
            let state = State::init(&net, &[1, 3, train.height, train.width], &mut rng);
            Ok((Box::new(net), state))
        }
        GeneratorRecipe::Code(parts) => {
            let recogniser = network(&recipe.surrogate, train.classes.len());
            let bank = parts
                .bank
                .bank(recogniser.classes, parts.grid, train, &mut rng);
            let bank = match parts.contrary {
                true => contrary(&bank, parts.grid, train),
                false => bank,
            };
            let mut net = CodeGenerator {
                recogniser,
                grid: parts.grid,
                temperature: parts.temperature,
                epsilon,
                visibility: parts.visibility,
                bank,
            };
            net.bank = calibrate(&net, surrogate, train, parts.target_psnr)?;
            let mut state = surrogate.clone();
            state.parameters.extend(&net.bank);
            Ok((Box::new(net), state))
        }
    }
}

type Sums = (GeneratorEpoch, u64);

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct History {
    epochs: Vec<GeneratorEpoch>,
    partial: Sums,
}

/// Trains G and D in turn, a step of each per batch, or goes on where an earlier call stopped. Returns G's weights.
///
/// # Errors
/// As [`super::train_classifier`].
pub fn train_generator(
    job: &GeneratorJob<'_>,
    net: &dyn Net,
    initial: State,
) -> Result<(State, Vec<GeneratorEpoch>)> {
    let training = &job.recipe.training;
    let plan = Plan {
        data: job.train,
        batch: training.batch,
        epochs: training.epochs,
        seed: job.recipe.seed,
        checkpoint: job.checkpoint,
        fingerprint: &job.fingerprint,
        title: "generator",
        mode: job.mode,
    };
    if plan.total()? == 0 {
        return Ok((initial, Vec::new()));
    }
    let saved = plan.saved()?;
    let mut pair = Pair::new(job, net, initial)?;
    let (history, progress) = plan.run(&mut pair, saved)?;
    let confounder = history.epochs.last().map_or(0.0, |e| e.confounder);
    progress.finish(format!("confounder {confounder:.3}"));
    Ok((pair.generator.state()?.clone(), history.epochs))
}

/// G and D in training.
struct Pair<'a> {
    job: &'a GeneratorJob<'a>,
    generator: Learner,
    judge: Learner,
    shape: BatchShape,
    classes: usize,
}

impl<'a> Pair<'a> {
    fn new(job: &'a GeneratorJob<'a>, net: &dyn Net, initial: State) -> Result<Self> {
        let (recipe, training) = (job.recipe, &job.recipe.training);
        let classes = job.train.classes.len();
        let shape = BatchShape {
            images: training.batch / training.replicas,
            height: job.train.height,
            width: job.train.width,
        };
        let surrogate = network(&recipe.surrogate, classes);
        let epsilon = recipe.generator.epsilon();
        let step = GeneratorStep {
            generator: net,
            surrogate: (&surrogate, job.surrogate),
            epsilon,
            hinge_bound: training.hinge_share * epsilon * (job.train.samples() as f32).sqrt(),
            weights: training.weights,
            confounder: training.confounder,
        };
        let adam = Optimiser::Adam(Adam::default());
        let generator = Learner::new(
            &step.gradient(shape, classes)?,
            training.replicas,
            adam,
            initial,
        )?;
        let mut rng = ChaCha8Rng::seed_from_u64(recipe.seed ^ 0x6469_7363);
        let judge = State::init(&Discriminator, &shape.nchw(), &mut rng);
        let judge = Learner::new(
            &discriminator_gradient(shape)?,
            training.replicas,
            adam,
            judge,
        )?;
        Ok(Self {
            job,
            generator,
            judge,
            shape,
            classes,
        })
    }

    /// One step of G, then one of D on what G made.
    fn losses(&mut self, at: At, indices: &[u32]) -> Result<GeneratorEpoch> {
        let (job, training) = (self.job, &self.job.recipe.training);
        let (nchw, classes) = (self.shape.nchw(), self.classes);
        let mut images = vec![0.0; training.batch * job.train.samples()];
        let position = Position {
            seed: job.recipe.seed,
            epoch: at.epoch,
            step: at.within,
        };
        let size = [nchw[2], nchw[3]];
        Augment::none().fill(job.train, indices, position, size, &mut images)?;
        let labels = indices.iter().map(|&i| job.train.labels[i as usize]);
        let targets = one_hot(labels, classes, 0.0);

        let judge = self.judge.state()?;
        let (parameters, statistics) = ([judge.parameters.len()], [judge.statistics.len()]);
        let rows = [self.shape.images, classes];
        let share = images.len() / training.replicas;
        let parts: Vec<Vec<Feed<'_>>> = images
            .chunks(share)
            .zip(targets.chunks(self.shape.images * classes))
            .map(|(images, targets)| {
                vec![
                    Feed::new("images", &nchw[..], images),
                    Feed::new("targets", &rows, targets),
                    Feed::new("discriminator", &parameters, &judge.parameters),
                    Feed::new("discriminator.statistics", &statistics, &judge.statistics),
                ]
            })
            .collect();
        let mut outputs = self.generator.step(&parts, training.rate)?;
        let protected: Vec<Vec<f32>> = outputs
            .iter_mut()
            .map(|o| o.take("protected"))
            .collect::<Result<_>>()?;
        let parts: Vec<Vec<Feed<'_>>> = images
            .chunks(share)
            .zip(&protected)
            .map(|(images, protected)| {
                vec![
                    Feed::new("images", &nchw[..], images),
                    Feed::new("protected", &nchw, protected),
                ]
            })
            .collect();
        let judged = self.judge.step(&parts, training.rate)?;
        Ok(GeneratorEpoch {
            total: mean(&outputs, "loss")?,
            adversarial: mean(&outputs, "adversarial")?,
            confounder: mean(&outputs, "confounder")?,
            hinge: mean(&outputs, "hinge")?,
            discriminator: mean(&judged, "loss")?,
        })
    }
}

impl Course for Pair<'_> {
    type History = History;

    fn step(&mut self, history: &mut History, at: At, indices: &[u32]) -> Result<String> {
        let losses = self.losses(at, indices)?;
        add(&mut history.partial, losses);
        let (total, confounder) = (losses.total, losses.confounder);
        Ok(format!("loss {total:.3}, confounder {confounder:.3}"))
    }

    fn close_epoch(&mut self, history: &mut History, _last: bool) -> Result<String> {
        let mean = close(history);
        Ok(format!(
            "total {:.3} adversarial {:.3} confounder {:.3} hinge {:.3} discriminator {:.3}",
            mean.total, mean.adversarial, mean.confounder, mean.hinge, mean.discriminator
        ))
    }

    fn learners(&self) -> Result<Vec<RunMoments>> {
        Ok(vec![
            self.generator.run()?.clone(),
            self.judge.run()?.clone(),
        ])
    }

    fn restore(&mut self, learners: Vec<RunMoments>) -> Option<Result<()>> {
        let [generator, judge] = <[RunMoments; 2]>::try_from(learners).ok()?;
        let restored = self.generator.restore(generator);
        Some(restored.and_then(|()| self.judge.restore(judge)))
    }
}

fn mean(outputs: &[Outputs], name: &str) -> Result<f64> {
    let sum: f64 = outputs
        .iter()
        .map(|o| o.scalar(name).map(f64::from))
        .sum::<Result<f64>>()?;
    Ok(sum / outputs.len() as f64)
}

fn add((sum, count): &mut Sums, step: GeneratorEpoch) {
    sum.total += step.total;
    sum.adversarial += step.adversarial;
    sum.confounder += step.confounder;
    sum.hinge += step.hinge;
    sum.discriminator += step.discriminator;
    *count += 1;
}

fn close(history: &mut History) -> GeneratorEpoch {
    let (sum, count) = std::mem::take(&mut history.partial);
    let n = count as f64;
    let mean = GeneratorEpoch {
        total: sum.total / n,
        adversarial: sum.adversarial / n,
        confounder: sum.confounder / n,
        hinge: sum.hinge / n,
        discriminator: sum.discriminator / n,
    };
    history.epochs.push(mean);
    mean
}
