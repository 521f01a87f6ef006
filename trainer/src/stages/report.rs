use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{RowResult, Run, TrainedGenerator};
use crate::{
    error::Result,
    files::write_json,
    pictures::{self, Line},
    train::Trained,
};

/// Everything a run measured; written to `report.json`.
#[derive(Debug, Serialize)]
pub struct RunReport {
    /// The recipe's name.
    pub recipe: String,
    /// Its seed.
    pub seed: u64,
    /// Hash of training and test images.
    pub data_sha256: [String; 2],
    /// The surrogate's epochs.
    pub surrogate: Value,
    /// How often the generator's recogniser is right, in percent.
    pub recognition: Value,
    /// The generator's epochs.
    pub generator: Value,
    /// Last-epoch clean-test accuracies in percent, their peaks, and PSNR.
    pub scores: Value,
    /// Each victim's epochs.
    pub victims: Vec<RowResult>,
}

/// `scores` of a report: one number per row (last epoch), `peaks`, `rebalanced` and `psnr` per row, and the least PSNR of
/// all rows as `psnr_db`.
pub fn scores(rows: &[RowResult]) -> Value {
    let round = |x: f64| (x * 100.0).round() / 100.0;
    let by_row = |value: &dyn Fn(&RowResult) -> Option<f64>| -> Map<String, Value> {
        rows.iter()
            .filter_map(|r| Some((r.row.key().to_owned(), json!(round(value(r)?)))))
            .collect()
    };
    let mut scores = by_row(&|r| Some(r.last));
    let least = rows
        .iter()
        .filter_map(|r| r.psnr_db)
        .fold(f64::INFINITY, f64::min);
    scores.insert("peaks".into(), Value::Object(by_row(&|r| Some(r.peak))));
    let rebalanced = by_row(&|r| Some(r.rebalanced));
    scores.insert("rebalanced".into(), Value::Object(rebalanced));
    scores.insert("psnr".into(), Value::Object(by_row(&|r| r.psnr_db)));
    if least.is_finite() {
        scores.insert("psnr_db".into(), json!(round(least)));
    }
    Value::Object(scores)
}

/// Writes `report.json` and the plot of test accuracy per epoch.
pub fn write_report(
    run: &Run,
    surrogate: &Trained,
    recognition: Value,
    generator: &TrainedGenerator,
    rows: Vec<RowResult>,
) -> Result<RunReport> {
    let report = RunReport {
        recipe: run.recipe.name.clone(),
        seed: run.recipe.seed,
        data_sha256: run.data_sha256.clone(),
        surrogate: json!(surrogate.epochs),
        recognition,
        generator: json!(generator.epochs),
        scores: scores(&rows),
        victims: rows,
    };
    write_json(&run.path("report.json"), &report)?;
    let lines: Vec<Line> = report.victims.iter().map(line).collect();
    pictures::line_plot(
        &run.path("victims.svg"),
        &format!("{}: clean-test accuracy of fresh models", report.recipe),
        ["epoch", "accuracy, %"],
        &lines,
    )?;
    Ok(report)
}

fn line(row: &RowResult) -> Line {
    let points = row
        .epochs
        .iter()
        .enumerate()
        .map(|(i, e)| ((i + 1) as f64, e.test_accuracy))
        .collect();
    Line {
        name: row.row.key().into(),
        points,
    }
}

/// The table that a run prints.
pub fn table(rows: &[RowResult]) -> String {
    let mut text = format!(
        "{:22} {:>8} {:>8} {:>12} {:>9}\n",
        "victim learned from", "last %", "peak %", "rebalanced %", "PSNR dB"
    );
    for row in rows {
        let psnr = row.psnr_db.map_or("-".into(), |x| format!("{x:.2}"));
        text += &format!(
            "{:22} {:8.2} {:8.2} {:12.2} {psnr:>9}\n",
            row.row.key(),
            row.last,
            row.peak,
            row.rebalanced
        );
    }
    text
}
