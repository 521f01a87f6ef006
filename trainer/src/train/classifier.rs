//! Training a classifier: the surrogate f, or a victim.

use std::{borrow::Cow, path::Path};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{
    adversary::Adversary,
    course::{At, Course, Plan},
    infer::{argmax, classify},
    learning_rate, one_hot,
    tuned::Tuned,
    worst::Judge,
};
use crate::{
    data::{Augment, Dataset, Position},
    engine::{Feed, Learner, Optimiser, RunMoments},
    error::{Error, Result},
    nets::{Classifier, State},
    progress,
    recipe::ClassifierRecipe,
    step::{BatchShape, Sgd, weighted_gradient},
};

/// One classifier to be trained.
pub struct ClassifierJob<'a> {
    /// Architecture and optimisation.
    pub recipe: &'a ClassifierRecipe,
    /// Seed of its initial weights, image order and augmentation.
    pub seed: u64,
    /// What it learns from; of another size than `test` only where crops are resized to that.
    pub train: &'a Dataset,
    /// What it is tested on after each epoch, of the size that it sees.
    pub test: &'a Dataset,
    /// Test images after each epoch but the last (0: all), taken from all over the set.
    pub peak_images: usize,
    /// Where its progress is kept.
    pub checkpoint: &'a Path,
    /// Hash of all that decides its result.
    pub fingerprint: String,
    /// What the progress display calls it.
    pub title: String,
    /// How its progress is shown.
    pub mode: progress::Mode,
    /// Called with the weights after each epoch.
    pub observer: Option<&'a Observer<'a>>,
}

/// Looks at a classifier's weights after an epoch.
pub type Observer<'a> = dyn Fn(&State) -> Result<()> + Sync + 'a;

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
pub fn network(recipe: &ClassifierRecipe, classes: usize) -> Classifier {
    Classifier {
        net: recipe.net,
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
/// [`Error::Interrupted`] after Ctrl-C (the checkpoint is written first); [`Error::Checkpoint`]; [`Error::Recipe`] where
/// the loss is no longer finite; whatever ONNX Runtime reports.
pub fn train_classifier(job: &ClassifierJob<'_>) -> Result<Trained> {
    let recipe = job.recipe;
    let plan = Plan {
        data: job.train,
        batch: recipe.batch,
        epochs: recipe.epochs,
        seed: job.seed,
        checkpoint: job.checkpoint,
        fingerprint: &job.fingerprint,
        title: &job.title,
        mode: job.mode,
    };
    let total = plan.total()?;
    let mut saved = plan.saved::<History>()?;
    if let Some(done) = saved.take_if(|saved| saved.step >= total) {
        let run = done.learners.into_iter().next();
        let learned = run.map(|run| run.state).unwrap_or_default();
        return Ok(Trained {
            state: job.start()?.0.whole(&learned).into_owned(),
            epochs: done.history.epochs,
        });
    }
    let mut lesson = Lesson::new(job)?;
    let (history, progress) = plan.run(&mut lesson, saved)?;
    let trained = Trained {
        state: lesson.state()?.into_owned(),
        epochs: history.epochs,
    };
    progress.finish(format!(
        "test {:.2} % (peak {:.2} %)",
        trained.last(),
        trained.peak()
    ));
    Ok(trained)
}

impl ClassifierJob<'_> {
    /// Images of one replica. Crops are resized to what is tested on.
    fn shape(&self) -> BatchShape {
        let like = match self.recipe.augment.resized_crop {
            Some(_) => self.test,
            None => self.train,
        };
        BatchShape {
            images: self.recipe.batch / self.recipe.replicas,
            height: like.height,
            width: like.width,
        }
    }

    /// What is trained, and the state that it starts from.
    fn start(&self) -> Result<(Tuned, State)> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let classes = self.train.classes.len();
        Tuned::start(self.recipe, classes, self.shape(), &mut rng)
    }
}

/// A classifier in training.
struct Lesson<'a> {
    job: &'a ClassifierJob<'a>,
    tuned: Tuned,
    learner: Learner,
    adversary: Option<Adversary>,
    /// Where of several augmentations the worst is learned from.
    judge: Option<Judge>,
    /// Test images of all epochs but the last, where these are not all.
    few: Option<Dataset>,
    /// Images of one replica.
    shape: BatchShape,
    /// One batch of images, over all replicas; of each draw of its augmentation, one after the other.
    batch: Vec<f32>,
}

impl<'a> Lesson<'a> {
    fn new(job: &'a ClassifierJob<'a>) -> Result<Self> {
        let (recipe, shape) = (job.recipe, job.shape());
        let (tuned, initial) = job.start()?;
        let optimiser = Optimiser::Sgd(Sgd {
            momentum: recipe.momentum,
            weight_decay: recipe.weight_decay,
        });
        let adversary = recipe
            .adversary
            .map(|adversary| Adversary::new(adversary, &tuned.net, shape, tuned.net.classes))
            .transpose()?;
        let judge = (recipe.worst_of > 1)
            .then(|| Judge::new(&tuned.net, shape, tuned.net.classes))
            .transpose()?;
        let learner = match recipe.worst_of {
            1 => Learner::new(&tuned.gradient(shape)?, recipe.replicas, optimiser, initial)?,
            draws => {
                let gradient = weighted_gradient(&tuned.net, shape, tuned.net.classes)?;
                Learner::in_turn(&gradient, draws, optimiser, initial)?
            }
        };
        Ok(Self {
            job,
            learner,
            tuned,
            adversary,
            judge,
            few: (1..job.test.len())
                .contains(&job.peak_images)
                .then(|| job.test.spread(job.peak_images))
                .transpose()?,
            shape,
            batch: vec![0.0; recipe.worst_of * recipe.batch * 3 * shape.height * shape.width],
        })
    }

    /// The whole network as it is now.
    fn state(&self) -> Result<Cow<'_, State>> {
        Ok(self.tuned.whole(self.learner.state()?))
    }

    fn augmentation(&self, epoch: u64) -> &'a Augment {
        let job = self.job;
        let same_size =
            [job.train.height, job.train.width] == [self.shape.height, self.shape.width];
        match epoch + job.recipe.plain_epochs >= job.recipe.epochs {
            true if same_size => &const { Augment::none() },
            true => &const { Augment::whole() },
            false => &job.recipe.augment,
        }
    }
}

impl Course for Lesson<'_> {
    type History = History;

    fn step(&mut self, history: &mut History, at: At, indices: &[u32]) -> Result<String> {
        let (job, recipe, shape) = (self.job, self.job.recipe, self.shape);
        let classes = self.tuned.net.classes;
        let position = Position {
            seed: job.seed,
            epoch: at.epoch,
            step: at.within,
        };
        let size = [shape.height, shape.width];
        let augment = self.augmentation(at.epoch);
        let labels: Vec<u8> = indices
            .iter()
            .map(|&i| job.train.labels[i as usize])
            .collect();
        let mut targets = one_hot(labels.iter().copied(), classes, recipe.label_smoothing);
        let drawn = self.batch.len() / recipe.worst_of;
        for (draw, batch) in self.batch.chunks_mut(drawn).enumerate() {
            // Steps far above all others, so that each draw is another one.
            let step = position.step + ((draw as u64) << 32);
            let position = Position { step, ..position };
            augment.fill(job.train, indices, position, size, batch)?;
        }
        augment.mix(position, size, &mut self.batch, &mut targets);
        let net = self.learner.operands();
        if let Some(adversary) = &mut self.adversary {
            adversary.disturb(&net, position, &mut self.batch, &targets)?;
        }
        let weights = match &mut self.judge {
            Some(judge) => judge.weights(&net, &self.batch, &targets)?,
            None => vec![1.0; labels.len()],
        };
        let (nchw, rows, column) = (shape.nchw(), [shape.images, classes], [shape.images, 1]);
        let parts: Vec<Vec<Feed<'_>>> = self
            .batch
            .chunks(nchw.iter().product())
            .zip(targets.chunks(rows.iter().product()).cycle())
            .zip(weights.chunks(shape.images))
            .map(|((images, targets), weights)| {
                let mut part = vec![
                    Feed::new("images", &nchw, images),
                    Feed::new("targets", &rows, targets),
                ];
                if self.judge.is_some() {
                    part.push(Feed::new("weights", &column, weights));
                }
                part
            })
            .collect();
        let rate = learning_rate(recipe.rate, recipe.warm_up, at.step, at.total);
        let mut outputs = self.learner.step(&parts, rate)?;
        let (mut loss, mut right) = (0.0, 0);
        let rows = labels.chunks(shape.images).cycle();
        let rows = rows.zip(weights.chunks(shape.images));
        for (output, (labels, weights)) in outputs.iter_mut().zip(rows) {
            loss += f64::from(output.scalar("loss")?) / parts.len() as f64;
            right += hits(&output.take("logits")?, labels, weights);
        }
        if !loss.is_finite() {
            let (title, step) = (&job.title, at.step + 1);
            return Err(Error::Recipe(format!(
                "{title}: the loss is {loss} at step {step}; lower the rate"
            )));
        }
        let (sum, sum_right, steps) = history.partial;
        history.partial = (sum + loss, sum_right + right, steps + 1);
        Ok(format!("loss {loss:.3}"))
    }

    fn close_epoch(&mut self, history: &mut History, last: bool) -> Result<String> {
        let job = self.job;
        let (loss, right, steps) = std::mem::take(&mut history.partial);
        let state = self.state()?;
        let test = self.few.as_ref().filter(|_| !last).unwrap_or(job.test);
        let answers = classify(&self.tuned.net, &state, test)?;
        let pairs = answers.iter().zip(&test.labels);
        let hits = pairs.filter(|(a, b)| a == b).count();
        let epoch = Epoch {
            loss: loss / steps as f64,
            train_accuracy: 100.0 * right as f64 / (steps as usize * job.recipe.batch) as f64,
            test_accuracy: 100.0 * hits as f64 / answers.len().max(1) as f64,
        };
        history.epochs.push(epoch);
        if let Some(observer) = job.observer {
            observer(&state)?;
        }
        Ok(format!(
            "loss {:.3} train {:.1} % test {:.2} %",
            epoch.loss, epoch.train_accuracy, epoch.test_accuracy
        ))
    }

    fn learners(&self) -> Result<Vec<RunMoments>> {
        Ok(vec![self.learner.run()?.clone()])
    }

    fn restore(&mut self, learners: Vec<RunMoments>) -> Option<Result<()>> {
        Some(self.learner.restore(learners.into_iter().next()?))
    }
}

/// How many rows of logits that count have their largest element at the label.
fn hits(logits: &[f32], labels: &[u8], weights: &[f32]) -> u64 {
    let classes = logits.len() / labels.len().max(1);
    let rows = logits.chunks(classes.max(1)).zip(labels).zip(weights);
    rows.filter(|((row, label), weight)| **weight > 0.0 && argmax(row) == usize::from(**label))
        .count() as u64
}
