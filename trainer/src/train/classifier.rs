//! Training a classifier: the surrogate f, or a victim.

use std::{path::Path, time::Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{CHECKPOINT_INTERVAL, learning_rate, one_hot};
use crate::{
    checkpoint::{self, Checkpoint},
    data::{Augment, Dataset, Position, epoch_order},
    engine::{Feed, Learner, Optimiser, Session},
    error::{Error, Result},
    graph::Graph,
    interrupt,
    nets::{Mode, Net, ResNet18, Scope, State, Weights},
    progress::{self, Progress},
    recipe::ClassifierRecipe,
    step::{BatchShape, Sgd, classifier_gradient},
};

/// One classifier to be trained.
pub struct ClassifierJob<'a> {
    /// Architecture and optimisation.
    pub recipe: &'a ClassifierRecipe,
    /// Seed of its initial weights, image order and augmentation.
    pub seed: u64,
    /// What it learns from.
    pub train: &'a Dataset,
    /// What it is tested on after each epoch.
    pub test: &'a Dataset,
    /// Test images after each epoch but the last (0: all).
    pub peak_images: usize,
    /// Where its progress is kept.
    pub checkpoint: &'a Path,
    /// Hash of all that decides its result.
    pub fingerprint: String,
    /// What the progress display calls it.
    pub title: String,
    /// How its progress is shown.
    pub mode: progress::Mode,
}

/// What one pass over the images gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Epoch {
    /// Mean training loss.
    pub loss: f64,
    /// Accuracy on (augmented) training images, in percent.
    pub train_accuracy: f64,
    /// Accuracy on clean test images, in percent.
    pub test_accuracy: f64,
}

/// A trained classifier.
#[derive(Debug, Clone)]
pub struct Trained {
    /// Its weights.
    pub state: State,
    /// Its epochs.
    pub epochs: Vec<Epoch>,
}

impl Trained {
    /// Test accuracy after the last epoch, in percent.
    pub fn last(&self) -> f64 {
        self.epochs.last().map_or(0.0, |e| e.test_accuracy)
    }

    /// Highest test accuracy after any epoch, in percent.
    pub fn peak(&self) -> f64 {
        self.epochs
            .iter()
            .map(|e| e.test_accuracy)
            .fold(0.0, f64::max)
    }
}

/// The architecture a recipe names.
pub fn network(recipe: &ClassifierRecipe, classes: usize) -> ResNet18 {
    ResNet18 {
        width: recipe.width,
        classes,
        stem_stride: recipe.stem_stride,
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct History {
    epochs: Vec<Epoch>,
    /// Sums over the epoch that was under way: loss, right answers, steps.
    partial: (f64, u64, u64),
}

/// Trains a classifier, or goes on where an earlier call stopped.
///
/// # Errors
/// [`Error::Interrupted`] after Ctrl-C (the checkpoint is written first); [`Error::Checkpoint`]; whatever ONNX Runtime reports.
pub fn train_classifier(job: &ClassifierJob<'_>) -> Result<Trained> {
    let recipe = job.recipe;
    let classes = job.train.classes.len();
    let net = network(recipe, classes);
    let part = recipe.batch / recipe.replicas;
    let shape = BatchShape {
        images: part,
        height: job.train.height,
        width: job.train.width,
    };
    let steps_per_epoch = (job.train.len() / recipe.batch) as u64;
    if steps_per_epoch == 0 {
        let text = format!(
            "{} has {} images, fewer than one batch of {}",
            job.train.name,
            job.train.len(),
            recipe.batch
        );
        return Err(Error::Recipe(text));
    }
    let total = steps_per_epoch * recipe.epochs;
    let initial = State::init(
        &net,
        &shape.nchw(),
        &mut ChaCha8Rng::seed_from_u64(job.seed),
    );
    let optimiser = Optimiser::Sgd(Sgd {
        momentum: recipe.momentum,
        weight_decay: recipe.weight_decay,
    });
    let saved = checkpoint::load::<History>(job.checkpoint, &job.fingerprint)?;
    let (mut step, mut history) = (0, History::default());
    if let Some(saved) = &saved
        && saved.step >= total
    {
        let state = saved
            .learners
            .first()
            .map(|run| run.state.clone())
            .unwrap_or_default();
        return Ok(Trained {
            state,
            epochs: saved.history.epochs.clone(),
        });
    }
    let mut learner = Learner::new(
        &classifier_gradient(&net, shape, classes)?,
        recipe.replicas,
        optimiser,
        initial,
    )?;
    if let Some(mut saved) = saved {
        (step, history) = (saved.step, saved.history);
        learner.restore(saved.learners.remove(0));
    }

    let mut progress = Progress::with_mode(job.title.clone(), total, job.mode);
    progress.resume_at(step);
    let mut written = Instant::now();
    let mut order = (u64::MAX, Vec::new());
    let mut batch = vec![0.0; recipe.batch * job.train.samples()];
    while step < total {
        let (epoch, within) = (step / steps_per_epoch, step % steps_per_epoch);
        if order.0 != epoch {
            order = (epoch, epoch_order(job.train.len(), job.seed, epoch));
        }
        let from = within as usize * recipe.batch;
        let indices = &order.1[from..from + recipe.batch];
        let (loss, right) = one_step(
            &mut learner,
            job,
            shape,
            (epoch, within),
            (step, total),
            indices,
            &mut batch,
        )?;
        step += 1;
        let (a, b, c) = history.partial;
        history.partial = (a + loss, b + right, c + 1);
        if !loss.is_finite() {
            return Err(Error::Recipe(format!(
                "{}: the loss is {loss} at step {step}; lower the rate",
                job.title
            )));
        }
        if step.is_multiple_of(steps_per_epoch) {
            let epoch = close_epoch(&mut history, job, &net, learner.state(), step == total)?;
            progress.note(format!(
                "{}: epoch {}/{} loss {:.3} train {:.1} % test {:.2} %",
                job.title,
                step / steps_per_epoch,
                recipe.epochs,
                epoch.loss,
                epoch.train_accuracy,
                epoch.test_accuracy
            ));
        }
        progress.step(1, format!("loss {loss:.3}"));
        if step == total || interrupt::requested() || written.elapsed() > CHECKPOINT_INTERVAL {
            let run = Checkpoint {
                step,
                learners: vec![learner.run().clone()],
                history: history.clone(),
            };
            checkpoint::save(job.checkpoint, &job.fingerprint, &run)?;
            written = Instant::now();
            if interrupt::requested() && step < total {
                return Err(Error::Interrupted);
            }
        }
    }
    let trained = Trained {
        state: learner.state().clone(),
        epochs: history.epochs,
    };
    progress.finish(format!(
        "test {:.2} % (peak {:.2} %)",
        trained.last(),
        trained.peak()
    ));
    Ok(trained)
}

fn one_step(
    learner: &mut Learner,
    job: &ClassifierJob<'_>,
    shape: BatchShape,
    (epoch, within): (u64, u64),
    (step, total): (u64, u64),
    indices: &[u32],
    batch: &mut [f32],
) -> Result<(f64, u64)> {
    let recipe = job.recipe;
    let classes = job.train.classes.len();
    let position = Position {
        seed: job.seed,
        epoch,
        step: within,
    };
    let augment = if epoch + recipe.plain_epochs >= recipe.epochs {
        &Augment::none()
    } else {
        &recipe.augment
    };
    augment.fill(
        job.train,
        indices,
        position,
        [shape.height, shape.width],
        batch,
    )?;
    let labels: Vec<u8> = indices
        .iter()
        .map(|&i| job.train.labels[i as usize])
        .collect();
    let targets = one_hot(labels.iter().copied(), classes, recipe.label_smoothing);
    let (nchw, rows) = (shape.nchw(), [shape.images, classes]);
    let samples = batch.len() / recipe.replicas;
    let parts: Vec<Vec<Feed<'_>>> = batch
        .chunks(samples)
        .zip(targets.chunks(shape.images * classes))
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
            ]
        })
        .collect();
    let rate = learning_rate(recipe.rate, recipe.warm_up, step, total);
    let mut outputs = learner.step(&parts, rate)?;
    let (mut loss, mut right) = (0.0, 0);
    for (output, labels) in outputs.iter_mut().zip(labels.chunks(shape.images)) {
        loss += f64::from(output.scalar("loss")?) / recipe.replicas as f64;
        let logits = output.take("logits")?;
        right += logits
            .chunks(classes)
            .zip(labels)
            .filter(|(row, label)| argmax(row) == usize::from(**label))
            .count();
    }
    Ok((loss, right as u64))
}

fn close_epoch(
    history: &mut History,
    job: &ClassifierJob<'_>,
    net: &ResNet18,
    state: &State,
    last: bool,
) -> Result<Epoch> {
    let (loss, right, steps) = std::mem::take(&mut history.partial);
    let limit = if last || job.peak_images == 0 {
        usize::MAX
    } else {
        job.peak_images
    };
    let test = job.test;
    let answers = classify(net, state, test, limit)?;
    let hits = answers
        .iter()
        .zip(&test.labels)
        .filter(|(a, b)| a == b)
        .count();
    let epoch = Epoch {
        loss: loss / steps as f64,
        train_accuracy: 100.0 * right as f64 / (steps as usize * job.recipe.batch) as f64,
        test_accuracy: 100.0 * hits as f64 / answers.len().max(1) as f64,
    };
    history.epochs.push(epoch);
    Ok(epoch)
}

/// The most likely class of each of the first `limit` images, with running statistics and without augmentation.
pub fn classify(net: &dyn Net, state: &State, data: &Dataset, limit: usize) -> Result<Vec<u8>> {
    let mut answers = Vec::new();
    logits(net, state, data, limit, |row| {
        answers.push(argmax(row) as u8)
    })?;
    Ok(answers)
}

/// Images per inference run.
const INFERENCE_BATCH: usize = 100;

/// Calls `each` with the logits of each image in turn.
pub fn logits(
    net: &dyn Net,
    state: &State,
    data: &Dataset,
    limit: usize,
    mut each: impl FnMut(&[f32]),
) -> Result<()> {
    let shape = BatchShape {
        images: INFERENCE_BATCH,
        height: data.height,
        width: data.width,
    };
    let mut graph = Graph::new();
    let images = graph.input("images", &shape.nchw());
    let out = net.forward(
        &mut Scope::new(&mut graph, Weights::Frozen(state), Mode::Evaluate),
        images,
    );
    graph.output("logits", out);
    let classes = graph.elements(out) / INFERENCE_BATCH;
    let mut session = Session::new(&graph, 1)?;
    let count = data.len().min(limit);
    let mut buffer = vec![0.0; INFERENCE_BATCH * data.samples()];
    for start in (0..count).step_by(INFERENCE_BATCH) {
        let n = INFERENCE_BATCH.min(count - start);
        for i in 0..n {
            let to = &mut buffer[i * data.samples()..(i + 1) * data.samples()];
            to.iter_mut()
                .zip(data.image(start + i))
                .for_each(|(x, &byte)| *x = f32::from(byte) / 255.0);
        }
        let mut result = session.run(&[Feed {
            name: "images",
            shape: &shape.nchw(),
            data: &buffer,
        }])?;
        result
            .take("logits")?
            .chunks(classes)
            .take(n)
            .for_each(&mut each);
    }
    Ok(())
}

pub(super) fn argmax(row: &[f32]) -> usize {
    row.iter()
        .enumerate()
        .max_by(|a, b| a.1.total_cmp(b.1))
        .map_or(0, |(i, _)| i)
}
