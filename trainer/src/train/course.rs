//! The loop that every training shares: order of the images, progress, checkpoints, Ctrl-C.

use std::{path::Path, time::Instant};

use serde::{Serialize, de::DeserializeOwned};

use super::CHECKPOINT_INTERVAL;
use crate::{
    checkpoint::{self, Checkpoint},
    data::{Dataset, epoch_order},
    engine::RunMoments,
    error::{Error, Result},
    interrupt,
    progress::{self, Progress},
};

/// How long a training lasts, and where it is kept.
pub(super) struct Plan<'a> {
    /// What is learned from.
    pub(super) data: &'a Dataset,
    /// Images a step.
    pub(super) batch: usize,
    /// Passes over the images.
    pub(super) epochs: u64,
    /// Seed of the images' order.
    pub(super) seed: u64,
    /// The checkpoint's file.
    pub(super) checkpoint: &'a Path,
    /// Hash of all that decides the result.
    pub(super) fingerprint: &'a str,
    /// What the progress display calls it.
    pub(super) title: &'a str,
    /// How progress is shown.
    pub(super) mode: progress::Mode,
}

/// Where a training stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct At {
    /// Epoch, from 0.
    pub(super) epoch: u64,
    /// Step in the epoch, from 0.
    pub(super) within: u64,
    /// Step in all, from 0.
    pub(super) step: u64,
    /// Steps of the whole training.
    pub(super) total: u64,
}

/// What is trained, as the loop sees it.
pub(super) trait Course {
    /// What is recorded: results of the epochs so far, and sums over the one that is under way.
    type History: Clone + Default + Serialize + DeserializeOwned;

    /// Takes one step on the images at `indices`; returns what the progress display shows.
    fn step(&mut self, history: &mut Self::History, at: At, indices: &[u32]) -> Result<String>;

    /// Ends an epoch, the last one or another; returns the line that is left on the display.
    fn close_epoch(&mut self, history: &mut Self::History, last: bool) -> Result<String>;

    /// The networks in training.
    fn learners(&self) -> Result<Vec<RunMoments>>;

    /// Puts the networks of a checkpoint in place; `None` where it has too few.
    fn restore(&mut self, learners: Vec<RunMoments>) -> Option<Result<()>>;
}

impl Plan<'_> {
    /// Steps of the whole training.
    ///
    /// # Errors
    /// [`Error::Recipe`] where the images do not fill one batch.
    pub(super) fn total(&self) -> Result<u64> {
        if self.epochs > 0 && self.steps_per_epoch() == 0 {
            let (name, images) = (&self.data.name, self.data.len());
            let text = format!(
                "{name} has {images} images, fewer than one batch of {}",
                self.batch
            );
            return Err(Error::Recipe(text));
        }
        Ok(self.steps_per_epoch() * self.epochs)
    }

    /// What an earlier call left.
    pub(super) fn saved<H: DeserializeOwned>(&self) -> Result<Option<Checkpoint<H>>> {
        checkpoint::load(self.checkpoint, self.fingerprint)
    }

    fn steps_per_epoch(&self) -> u64 {
        (self.data.len() / self.batch) as u64
    }

    /// Runs `course` from `saved`, or from its start, to its end; returns what it recorded.
    ///
    /// # Errors
    /// [`Error::Interrupted`] after Ctrl-C, with the checkpoint written; [`Error::Checkpoint`]; the course's own.
    pub(super) fn run<C: Course>(
        &self,
        course: &mut C,
        saved: Option<Checkpoint<C::History>>,
    ) -> Result<(C::History, Progress)> {
        let (total, per_epoch) = (self.total()?, self.steps_per_epoch());
        let (mut step, mut history) = (0, C::History::default());
        if let Some(saved) = saved {
            (step, history) = (saved.step, saved.history);
            let short = || Error::Checkpoint {
                path: self.checkpoint.into(),
                what: "it lacks a network; remove it to start again".into(),
            };
            course.restore(saved.learners).ok_or_else(short)??;
        }
        let mut progress = Progress::with_mode(self.title, total, self.mode);
        progress.resume_at(step);
        let mut written = Instant::now();
        let mut order = (u64::MAX, Vec::new());
        while step < total {
            let (epoch, within) = (step / per_epoch, step % per_epoch);
            if order.0 != epoch {
                order = (epoch, epoch_order(self.data.len(), self.seed, epoch));
            }
            let from = within as usize * self.batch;
            let at = At {
                epoch,
                within,
                step,
                total,
            };
            let message = course.step(&mut history, at, &order.1[from..from + self.batch])?;
            step += 1;
            if step.is_multiple_of(per_epoch) {
                let line = course.close_epoch(&mut history, step == total)?;
                let (title, done) = (self.title, step / per_epoch);
                progress.note(format!("{title}: epoch {done}/{} {line}", self.epochs));
            }
            progress.step(1, message);
            let stop = interrupt::requested();
            if step == total || stop || written.elapsed() > CHECKPOINT_INTERVAL {
                let run = Checkpoint {
                    step,
                    learners: course.learners()?,
                    history: history.clone(),
                };
                checkpoint::save(self.checkpoint, self.fingerprint, &run)?;
                written = Instant::now();
                if stop && step < total {
                    return Err(Error::Interrupted);
                }
            }
        }
        Ok((history, progress))
    }
}
