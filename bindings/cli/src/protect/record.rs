//! What is said of one photo: a line for people or a line of JSON.

use confounder::{MetadataAction, Report};
use serde::Serialize;

use super::inputs::Input;
use super::job::{Destination, Failed, Job};
use crate::output;

/// One line of `--json`.
#[derive(Debug, Serialize)]
struct Record<'a> {
    input: String,
    output: Option<String>,
    #[serde(flatten)]
    report: Option<&'a Report>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorRecord<'a>>,
}

#[derive(Debug, Serialize)]
struct ErrorRecord<'a> {
    kind: &'a str,
    message: &'a str,
}

/// Writes what became of a photo. Failures go to standard error as well, unless the user interrupted.
pub(super) fn show(job: &Job, done: &Result<Report, Failed>, json: bool, quiet: bool) {
    if let Err(failed) = done
        && !failed.interrupted
    {
        output::complain(&format!("{}: {}", input_name(job), failed.message));
    }
    let shown = if json {
        output::json(&record(job, done))
    } else {
        match done {
            Ok(report) if !quiet && !job.writes_stdout() => output::line(&summary(job, report)),
            _ => Ok(()),
        }
    };
    if let Err(failure) = shown {
        output::complain(&failure.message);
    }
}

fn record<'a>(job: &Job, done: &'a Result<Report, Failed>) -> Record<'a> {
    let output = match &job.destination {
        Destination::File(path) if done.is_ok() => Some(path.display().to_string()),
        _ => None,
    };
    Record {
        input: input_name(job),
        output,
        report: done.as_ref().ok(),
        error: done.as_ref().err().map(|failed| ErrorRecord {
            kind: &failed.kind,
            message: &failed.message,
        }),
    }
}

fn input_name(job: &Job) -> String {
    match &job.input {
        Input::Stdin => "-".to_owned(),
        Input::File { path, .. } => path.display().to_string(),
    }
}

fn summary(job: &Job, report: &Report) -> String {
    let output = match &job.destination {
        Destination::Stdout => "-".to_owned(),
        Destination::File(path) => path.display().to_string(),
    };
    let quality = report
        .psnr_db
        .map_or("unchanged".to_owned(), |psnr| format!("{psnr:.1} dB"));
    let timings = &report.timings;
    let stages = [
        timings.decode,
        Some(timings.grid),
        Some(timings.generator),
        Some(timings.blend),
        timings.encode,
    ];
    let milliseconds = stages
        .into_iter()
        .flatten()
        .sum::<std::time::Duration>()
        .as_millis();
    let mut text = format!(
        "{} -> {output}  {} x {} px, {quality}, {milliseconds} ms",
        input_name(job),
        report.width,
        report.height
    );
    for entry in report
        .metadata
        .iter()
        .filter(|entry| entry.action != MetadataAction::Kept)
    {
        let action = match entry.action {
            MetadataAction::Removed => "removed",
            MetadataAction::Added => "added",
            _ => "changed",
        };
        let detail = entry.detail.as_deref().unwrap_or_default();
        text.push_str(&format!("\n  {action} {}: {detail}", entry.name));
    }
    for note in &report.notes {
        text.push_str(&format!("\n  {note}"));
    }
    text
}
