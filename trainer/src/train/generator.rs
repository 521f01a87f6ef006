//! Training G against the frozen surrogate f, with D beside it (Eq. 5).

use std::{path::Path, time::Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{CHECKPOINT_INTERVAL, classifier::network, one_hot};
use crate::{
    bank,
    checkpoint::{self, Checkpoint},
    data::{Augment, Dataset, Position, epoch_order},
    engine::{Feed, Learner, Optimiser, Outputs},
    error::{Error, Result},
    interrupt,
    nets::{CodeGenerator, Discriminator, Net, ResidualGenerator, State},
    progress::Progress,
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
            let bank = bank::random_bank(recogniser.classes, parts.grid, &mut rng);
            let mut net = CodeGenerator {
                recogniser,
                grid: parts.grid,
                temperature: parts.temperature,
                epsilon,
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
    let steps_per_epoch = (job.train.len() / training.batch) as u64;
    let total = steps_per_epoch * training.epochs;
    if total == 0 {
        return Ok((initial, Vec::new()));
    }
    let saved = checkpoint::load::<History>(job.checkpoint, &job.fingerprint)?;
    let mut pair = Pair::new(job, net, initial)?;
    let (mut step, mut history) = (0, History::default());
    if let Some(mut saved) = saved {
        (step, history) = (saved.step, saved.history);
        pair.judge.restore(saved.learners.remove(1));
        pair.generator.restore(saved.learners.remove(0));
    }
    let mut progress = Progress::new("generator", total);
    progress.resume_at(step);
    let mut written = Instant::now();
    let mut order = (u64::MAX, Vec::new());
    while step < total {
        let (epoch, within) = (step / steps_per_epoch, step % steps_per_epoch);
        if order.0 != epoch {
            order = (epoch, epoch_order(job.train.len(), job.recipe.seed, epoch));
        }
        let from = within as usize * training.batch;
        let losses = pair.step(job, &order.1[from..from + training.batch], (epoch, within))?;
        step += 1;
        add(&mut history.partial, losses);
        if step.is_multiple_of(steps_per_epoch) {
            let mean = close(&mut history);
            progress.note(format!(
                "generator: epoch {}/{} {mean:?}",
                step / steps_per_epoch,
                training.epochs
            ));
        }
        progress.step(
            1,
            format!(
                "loss {:.3}, confounder {:.3}",
                losses.total, losses.confounder
            ),
        );
        if step == total || interrupt::requested() || written.elapsed() > CHECKPOINT_INTERVAL {
            let learners = vec![pair.generator.run().clone(), pair.judge.run().clone()];
            let run = Checkpoint {
                step,
                learners,
                history: history.clone(),
            };
            checkpoint::save(job.checkpoint, &job.fingerprint, &run)?;
            written = Instant::now();
            if interrupt::requested() && step < total {
                return Err(Error::Interrupted);
            }
        }
    }
    progress.finish(format!(
        "confounder {:.3}",
        history.epochs.last().map_or(0.0, |e| e.confounder)
    ));
    Ok((pair.generator.state().clone(), history.epochs))
}

/// G and D in training.
struct Pair {
    generator: Learner,
    judge: Learner,
    shape: BatchShape,
    classes: usize,
}

impl Pair {
    fn new(job: &GeneratorJob<'_>, net: &dyn Net, initial: State) -> Result<Self> {
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
            generator,
            judge,
            shape,
            classes,
        })
    }

    fn step(
        &mut self,
        job: &GeneratorJob<'_>,
        indices: &[u32],
        (epoch, step): (u64, u64),
    ) -> Result<GeneratorEpoch> {
        let training = &job.recipe.training;
        let (nchw, classes) = (self.shape.nchw(), self.classes);
        let mut images = vec![0.0; training.batch * job.train.samples()];
        let position = Position {
            seed: job.recipe.seed,
            epoch,
            step,
        };
        Augment::none().fill(
            job.train,
            indices,
            position,
            [nchw[2], nchw[3]],
            &mut images,
        )?;
        let targets = one_hot(
            indices.iter().map(|&i| job.train.labels[i as usize]),
            classes,
            0.0,
        );

        let judge = self.judge.state();
        let (parameters, statistics) = ([judge.parameters.len()], [judge.statistics.len()]);
        let rows = [self.shape.images, classes];
        let parts: Vec<Vec<Feed<'_>>> = images
            .chunks(images.len() / training.replicas)
            .zip(targets.chunks(self.shape.images * classes))
            .map(|(images, targets)| {
                vec![
                    Feed {
                        name: "images",
                        shape: &nchw,
                        data: images,
                    },
                    Feed {
                        name: "targets",
                        shape: &rows,
                        data: targets,
                    },
                    Feed {
                        name: "discriminator",
                        shape: &parameters,
                        data: &judge.parameters,
                    },
                    Feed {
                        name: "discriminator.statistics",
                        shape: &statistics,
                        data: &judge.statistics,
                    },
                ]
            })
            .collect();
        let mut outputs = self.generator.step(&parts, training.rate)?;
        let protected: Vec<Vec<f32>> = outputs
            .iter_mut()
            .map(|o| o.take("protected"))
            .collect::<Result<_>>()?;
        let parts: Vec<Vec<Feed<'_>>> = images
            .chunks(images.len() / training.replicas)
            .zip(&protected)
            .map(|(images, protected)| {
                vec![
                    Feed {
                        name: "images",
                        shape: &nchw,
                        data: images,
                    },
                    Feed {
                        name: "protected",
                        shape: &nchw,
                        data: protected,
                    },
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
