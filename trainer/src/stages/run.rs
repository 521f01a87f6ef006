use std::path::Path;

use serde_json::{Value, json};

use super::{
    Run, TrainedGenerator, evaluate, export, prepare, pretrain, recognition,
    report::{RunReport, scores, write_report},
    train,
};
use crate::{
    error::{Error, Result},
    pictures,
    recipe::Row,
    train::{Trained, network},
};

/// f and G, trained or read from their checkpoints.
pub fn generator(run: &Run) -> Result<(Trained, TrainedGenerator)> {
    let surrogate = pretrain(run)?;
    let generator = train(run, &surrogate.state)?;
    Ok((surrogate, generator))
}

/// How often the generator's recogniser is right on the images of both kinds.
pub fn recognised(run: &Run, surrogate: &Trained) -> Result<Value> {
    let net = network(&run.recipe.surrogate, run.test.classes.len());
    let on = |data| recognition(run, (&net, &surrogate.state), data);
    Ok(json!({
        "in_distribution": on(&run.in_distribution)?,
        "out_of_distribution": on(&run.out_of_distribution)?,
        "test": on(&run.test)?,
    }))
}

/// Writes a picture of images before and after protection, with the residual amplified.
pub fn picture(run: &Run, generator: &TrainedGenerator) -> Result<()> {
    let row = if run.out_of_distribution.is_empty() {
        Row::InDistribution
    } else {
        Row::OutOfDistribution
    };
    let protected = prepare(run, generator, row)?;
    let before = if row == Row::InDistribution {
        &run.in_distribution
    } else {
        &run.out_of_distribution
    };
    if before.is_empty() {
        return Ok(());
    }
    pictures::contact_sheet(
        &run.path("protected.png"),
        before,
        &protected.data,
        before.len().min(12),
        8.0,
    )
}

/// The whole recipe in one go: pretrain, train, export, protect, evaluate; each stage goes on where it stopped.
///
/// # Errors
/// [`Error::Recipe`] for a recipe that leaves no images to evaluate with, before anything is trained; those of the stages.
pub fn run_all(run: &Run, cells: &Path, workers: usize) -> Result<RunReport> {
    if run.in_distribution.is_empty() && run.out_of_distribution.is_empty() {
        let text = "data.in_distribution and data.out_of_distribution are 0: victims have nothing to learn from; \
                    use `export`, or set one of them";
        return Err(Error::Recipe(text.into()));
    }
    let (surrogate, generator) = generator(run)?;
    let recognition = recognised(run, &surrogate)?;
    export(run, &generator, &json!({ "recognition": recognition }))?;
    picture(run, &generator)?;
    let rows = evaluate(run, &generator, cells, workers)?;
    let mut measured = scores(&rows);
    measured["recognition"] = recognition.clone();
    export(run, &generator, &measured)?;
    write_report(run, &surrogate, recognition, &generator, rows)
}
