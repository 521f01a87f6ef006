//! Error-minimising noise (EMN; Huang et al. 2021, "Unlearnable examples"): noise and surrogate both make the loss small.

use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ground, Protection};
use crate::{
    checkpoint::{self, Checkpoint},
    data::epoch_order,
    engine::{Feed, Learner, Optimiser, RunMoments, Session},
    error::{Error, Result, within},
    interrupt,
    nets::{Architecture, Classifier, State},
    progress::Progress,
    protect::{Residuals, apply},
    step::{BatchShape, Sgd, classifier_gradient, classifier_logits, noise_step},
    train::{argmax, one_hot},
};

/// EMN's numbers. The authors' for CIFAR-10 are in the paper-scale recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmnRecipe {
    /// One noise per image or per class.
    pub per: Granularity,
    /// Bound in 255ths of the sample range.
    pub epsilon: f32,
    /// Length of a step on the noise in 255ths.
    pub step: f32,
    /// Steps on the noise per batch and round.
    pub steps: usize,
    /// Batches that the surrogate learns from per round.
    pub train_batches: usize,
    /// The share of noisy images that the surrogate may still get wrong when the search ends.
    pub stop_error: f64,
    /// Rounds after which the search ends in any case.
    pub most_rounds: u64,
    /// The surrogate.
    pub net: Architecture,
    /// Its width.
    pub width: usize,
    /// Images a step.
    pub batch: usize,
    /// Its learning rate.
    pub rate: f32,
    /// Its momentum.
    pub momentum: f32,
    /// Its weight decay.
    pub weight_decay: f32,
}

impl EmnRecipe {
    pub(super) fn validate(&self) -> Result<()> {
        if let Some(why) = self.net.refusal(self.width) {
            return Err(Error::Recipe(why));
        }
        within("epsilon", f64::from(self.epsilon), 0.0, 255.0)?;
        within("step", f64::from(self.step), 0.0, 255.0)?;
        within("batch", self.batch as f64, 1.0, 1e6)?;
        within("rate", f64::from(self.rate), 1e-9, 1e3)?;
        within("stop_error", self.stop_error, 0.0, 1.0)
    }
}

/// What shares one noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Granularity {
    /// Each image has its own.
    Sample,
    /// All images of a class have the same.
    Class,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct History {
    error: f64,
    batches: u64,
    seconds: f64,
}

/// Ctrl-C ends a round that is under way; it is taken anew from the last one's end.
pub(super) fn protect(recipe: &EmnRecipe, ground: &Ground<'_>) -> Result<Protection> {
    let mut search = Search::new(recipe, ground)?;
    let mut history = search.resume()?;
    let mut progress =
        Progress::with_mode("error-minimising noise", recipe.most_rounds, ground.mode);
    progress.resume_at(search.round);
    while search.round < recipe.most_rounds
        && (search.round == 0 || history.error > recipe.stop_error)
    {
        let started = Instant::now();
        search.teach(&mut history)?;
        search.sweep()?;
        history.error = search.error()?;
        history.seconds += started.elapsed().as_secs_f64();
        search.round += 1;
        search.save(&history)?;
        progress.step(1, format!("error {:.1} %", 100.0 * history.error));
        interrupt::check()?;
    }
    progress.finish(format!("error {:.1} %", 100.0 * history.error));
    let residuals = Residuals {
        height: ground.images.height,
        width: ground.images.width,
        epsilon: recipe.epsilon / 255.0,
        data: (0..ground.images.len())
            .flat_map(|i| search.noise_of(i).to_vec())
            .collect(),
    };
    let (data, psnr) = apply(ground.images, &residuals)?;
    Ok(Protection {
        data,
        psnr_db: Some(psnr),
        preparation_seconds: 0.0,
        protection_seconds: history.seconds,
        notes: json!({ "rounds": search.round, "error": 100.0 * history.error }),
    })
}

struct Search<'a> {
    recipe: &'a EmnRecipe,
    ground: &'a Ground<'a>,
    net: Classifier,
    shape: BatchShape,
    learner: Learner,
    step: Session,
    logits: Session,
    /// `[N or classes, 3, H, W]`.
    noise: Vec<f32>,
    round: u64,
    fingerprint: String,
}

impl<'a> Search<'a> {
    fn new(recipe: &'a EmnRecipe, ground: &'a Ground<'a>) -> Result<Self> {
        let data = ground.images;
        if data.len() < recipe.batch || recipe.batch == 0 {
            let (images, batch) = (data.len(), recipe.batch);
            let text = format!("{images} images are fewer than one batch of {batch}");
            return Err(Error::Recipe(text));
        }
        let net = Classifier {
            net: recipe.net,
            width: recipe.width,
            classes: data.classes.len(),
            stem_stride: 1,
        };
        let shape = BatchShape {
            images: recipe.batch,
            height: data.height,
            width: data.width,
        };
        let mut rng = ChaCha8Rng::seed_from_u64(ground.seed ^ 0x656d_6e00);
        let state = State::init(&net, &shape.nchw(), &mut rng);
        let sgd = Optimiser::Sgd(Sgd {
            momentum: recipe.momentum,
            weight_decay: recipe.weight_decay,
        });
        let (epsilon, step) = (recipe.epsilon / 255.0, recipe.step / 255.0);
        let owners = match recipe.per {
            Granularity::Sample => data.len(),
            Granularity::Class => data.classes.len(),
        };
        let noise = (0..owners * data.samples())
            .map(|_| rng.random_range(-epsilon..=epsilon))
            .collect();
        let gradient = classifier_gradient(&net, shape, net.classes)?;
        let step = noise_step(&net, shape, net.classes, epsilon, step)?;
        let text = serde_json::to_string(recipe).map_err(|e| Error::Recipe(e.to_string()))?;
        Ok(Self {
            recipe,
            ground,
            learner: Learner::new(&gradient, 1, sgd, state)?,
            step: Session::new(&step, 1)?,
            logits: Session::new(&classifier_logits(&net, shape), 1)?,
            net,
            shape,
            noise,
            round: 0,
            fingerprint: format!("{text}{}{}", ground.seed, data.sha256()),
        })
    }

    fn owner(&self, image: usize) -> usize {
        match self.recipe.per {
            Granularity::Sample => image,
            Granularity::Class => usize::from(self.ground.images.labels[image]),
        }
    }

    fn noise_of(&self, image: usize) -> &[f32] {
        let samples = self.ground.images.samples();
        &self.noise[self.owner(image) * samples..][..samples]
    }

    /// Images, noise and one-hot targets of a batch.
    fn batch(&self, indices: &[u32]) -> [Vec<f32>; 3] {
        let data = self.ground.images;
        let bytes = indices.iter().flat_map(|&i| data.image(i as usize));
        let images = bytes.map(|&b| f32::from(b) / 255.0).collect();
        let noise = indices
            .iter()
            .flat_map(|&i| self.noise_of(i as usize).to_vec())
            .collect();
        let labels = indices.iter().map(|&i| data.labels[i as usize]);
        [images, noise, one_hot(labels, self.net.classes, 0.0)]
    }

    /// Outer step: the surrogate learns from a few noisy batches.
    fn teach(&mut self, history: &mut History) -> Result<()> {
        let per_epoch = (self.ground.images.len() / self.recipe.batch) as u64;
        let (nchw, rows) = (self.shape.nchw(), [self.shape.images, self.net.classes]);
        for _ in 0..self.recipe.train_batches {
            interrupt::check()?;
            let (epoch, within) = (history.batches / per_epoch, history.batches % per_epoch);
            let order = epoch_order(self.ground.images.len(), self.ground.seed, epoch);
            let from = within as usize * self.recipe.batch;
            let [images, noise, targets] = self.batch(&order[from..from + self.recipe.batch]);
            let noisy: Vec<f32> = images
                .iter()
                .zip(&noise)
                .map(|(x, n)| (x + n).clamp(0.0, 1.0))
                .collect();
            let feeds = vec![
                Feed::new("images", &nchw, &noisy),
                Feed::new("targets", &rows, &targets),
            ];
            self.learner.step(&[feeds], self.recipe.rate)?;
            history.batches += 1;
        }
        Ok(())
    }

    /// Every batch of the images once, in order; the last one is filled up from the start.
    fn batches(&self) -> Vec<Vec<u32>> {
        let (n, batch) = (self.ground.images.len(), self.recipe.batch);
        (0..n)
            .step_by(batch)
            .map(|start| (start..start + batch).map(|i| (i % n) as u32).collect())
            .collect()
    }

    /// Inner steps: the noise of every image.
    fn sweep(&mut self) -> Result<()> {
        for indices in self.batches() {
            interrupt::check()?;
            let [images, mut noise, targets] = self.batch(&indices);
            for _ in 0..self.recipe.steps {
                let operands = [&images, &noise, &targets];
                let mut outputs = run(&mut self.step, &self.learner, self.shape, operands)?;
                noise = outputs.take("next_noise")?;
            }
            self.scatter(&indices, &noise);
        }
        Ok(())
    }

    /// Puts the noise of a batch back; a class gets the mean of its images'.
    fn scatter(&mut self, indices: &[u32], noise: &[f32]) {
        let samples = self.ground.images.samples();
        let mut counts = std::collections::BTreeMap::<usize, f32>::new();
        for (&i, own) in indices.iter().zip(noise.chunks(samples)) {
            let owner = self.owner(i as usize);
            let count = counts.entry(owner).or_default();
            *count += 1.0;
            let kept = &mut self.noise[owner * samples..][..samples];
            kept.iter_mut()
                .zip(own)
                .for_each(|(kept, new)| *kept += (new - *kept) / *count);
        }
    }

    /// The share of noisy images that the surrogate gets wrong.
    fn error(&mut self) -> Result<f64> {
        let (n, classes) = (self.ground.images.len(), self.net.classes);
        let mut wrong = 0;
        for (k, indices) in self.batches().into_iter().enumerate() {
            interrupt::check()?;
            let [images, noise, targets] = self.batch(&indices);
            let noisy: Vec<f32> = images
                .iter()
                .zip(&noise)
                .map(|(x, n)| (x + n).clamp(0.0, 1.0))
                .collect();
            let operands = [&noisy, &noise, &targets];
            let mut outputs = run(&mut self.logits, &self.learner, self.shape, operands)?;
            let fresh = (n - k * self.recipe.batch).min(self.recipe.batch);
            let logits = outputs.take("logits")?;
            let rows = logits.chunks(classes).zip(&indices).take(fresh);
            wrong += rows
                .filter(|(row, i)| {
                    argmax(row) != usize::from(self.ground.images.labels[**i as usize])
                })
                .count();
        }
        Ok(wrong as f64 / n as f64)
    }

    fn path(&self) -> std::path::PathBuf {
        self.ground.checkpoint("emn", &self.fingerprint)
    }

    fn save(&self, history: &History) -> Result<()> {
        let noise = RunMoments {
            step: 0,
            state: State {
                parameters: self.noise.clone(),
                statistics: Vec::new(),
            },
            moments: Vec::new(),
        };
        let run = Checkpoint {
            step: self.round,
            learners: vec![self.learner.run()?.clone(), noise],
            history: *history,
        };
        checkpoint::save(&self.path(), &self.fingerprint, &run)
    }

    fn resume(&mut self) -> Result<History> {
        let Some(saved) = checkpoint::load::<History>(&self.path(), &self.fingerprint)? else {
            return Ok(History::default());
        };
        let [run, noise] =
            <[RunMoments; 2]>::try_from(saved.learners).map_err(|_| Error::Checkpoint {
                path: self.path(),
                what: "it lacks the noise; remove it to start again".into(),
            })?;
        self.learner.restore(run)?;
        self.noise = noise.state.parameters;
        self.round = saved.step;
        Ok(saved.history)
    }
}

/// Runs a session on images, noise and targets with the surrogate's weights.
fn run(
    session: &mut Session,
    surrogate: &Learner,
    shape: BatchShape,
    [images, noise, targets]: [&Vec<f32>; 3],
) -> Result<crate::engine::Outputs> {
    let (nchw, rows) = (shape.nchw(), [shape.images, targets.len() / shape.images]);
    let feeds = [
        Feed::new("images", &nchw, images),
        Feed::new("noise", &nchw, noise),
        Feed::new("targets", &rows, targets),
    ];
    let (outputs, _) = session.run_with(&feeds, &surrogate.operands(), &[])?;
    Ok(outputs)
}
