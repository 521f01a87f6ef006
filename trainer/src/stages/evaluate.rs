use std::{
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{Protected, Run, TrainedGenerator, prepare};
use crate::{
    error::{Error, Result},
    nets::State,
    progress::Mode,
    recipe::{Row, erased::Part},
    train::{ClassifierJob, Epoch, logits, network, rebalanced_accuracy, train_classifier},
};

/// What one victim gave.
#[derive(Debug, Clone, Serialize)]
pub struct RowResult {
    /// Which images it learned from.
    pub row: Row,
    /// Clean-test accuracy after its last epoch, in percent.
    pub last: f64,
    /// Highest clean-test accuracy after any epoch, in percent.
    pub peak: f64,
    /// Last-epoch accuracy after its preference for some classes was mended, see [`rebalanced_accuracy`].
    pub rebalanced: f64,
    /// PSNR of its images in dB, where they were changed.
    pub psnr_db: Option<f64>,
    /// Its epochs.
    pub epochs: Vec<Epoch>,
}

/// Trains a fresh victim for each row of the recipe, `workers` at a time, one thread each.
///
/// Victims are kept in `cells` under a hash of everything that decides their result, so that a row that several runs
/// share (unprotected images, say) is trained once.
///
/// # Errors
/// As [`train_classifier`]; after the first error the others end the victim that they are at.
pub fn evaluate(
    run: &Run,
    generator: &TrainedGenerator,
    cells: &Path,
    workers: usize,
) -> Result<Vec<RowResult>> {
    let rows = &run.recipe.evaluation.rows;
    let prepared: Vec<(Row, Protected)> = rows
        .iter()
        .map(|&row| prepare(run, generator, row).map(|p| (row, p)))
        .collect::<Result<_>>()?;
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<RowResult>)>> = Mutex::new(Vec::new());
    let workers = workers.clamp(1, prepared.len().max(1));
    let mode = if workers > 1 { Mode::Plain } else { Mode::Auto };
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let i = next.fetch_add(1, Ordering::SeqCst);
                    let Some((row, images)) = prepared.get(i) else {
                        break;
                    };
                    let result = victim(run, *row, images, cells, mode);
                    let failed = result.is_err();
                    results
                        .lock()
                        .unwrap_or_else(|e| e.into_inner())
                        .push((i, result));
                    if failed {
                        next.store(prepared.len(), Ordering::SeqCst);
                        break;
                    }
                }
            });
        }
    });
    let mut results = results
        .into_inner()
        .map_err(|_| Error::Ort("a victim's thread panicked".into()))?;
    results.sort_by_key(|(i, _)| *i);
    results.into_iter().map(|(_, result)| result).collect()
}

fn victim(run: &Run, row: Row, images: &Protected, cells: &Path, mode: Mode) -> Result<RowResult> {
    let recipe = &run.recipe;
    let mut hasher = Sha256::new();
    for part in [
        &recipe.seed as &dyn Part,
        &recipe.victim,
        &recipe.evaluation.peak_images,
    ] {
        hasher.update(part.text());
    }
    hasher.update(images.data.sha256());
    hasher.update(&run.data_sha256[1]);
    let fingerprint: String = hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let trained = train_classifier(&ClassifierJob {
        recipe: &recipe.victim,
        seed: recipe.seed,
        train: &images.data,
        test: &run.test,
        peak_images: recipe.evaluation.peak_images,
        checkpoint: &cells.join(format!("{}.checkpoint", &fingerprint[..16])),
        fingerprint,
        title: row.key().into(),
        mode,
        observer: None,
    })?;
    Ok(RowResult {
        row,
        last: trained.last(),
        peak: trained.peak(),
        rebalanced: rebalanced(run, &trained.state)?,
        psnr_db: images.psnr_db,
        epochs: trained.epochs,
    })
}

fn rebalanced(run: &Run, victim: &State) -> Result<f64> {
    let test = &run.test;
    let net = network(&run.recipe.victim, test.classes.len());
    let mut all = Vec::with_capacity(test.len() * net.classes);
    logits(&net, victim, test, usize::MAX, |row| all.extend(row))?;
    Ok(rebalanced_accuracy(&all, net.classes, &test.labels))
}
