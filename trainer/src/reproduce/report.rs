use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Bench, CellResult, Cost, Experiment, Placed, Planned, Spread, cost, fig6, html, photos,
    plans::plan,
};
use crate::{
    error::Result,
    files::{read_json, write_json, write_whole},
    pictures::{Line, line_plot},
};

/// A direction that the paper claims, and whether it came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// The claim.
    pub text: String,
    /// Whether our figures agree; `None` where a cell is missing.
    pub holds: Option<bool>,
    /// Whether what decides it is less than two standard errors of the victims' means; never with one victim each.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
    /// The figures.
    pub figures: String,
}

impl Claim {
    /// What came of it, for a reader.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match self.holds {
            None => "open",
            Some(_) if self.unsure => "too close to tell",
            Some(true) => "came out",
            Some(false) => "did not come out",
        }
    }
}

/// How results came about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The command line.
    pub command: String,
    /// The machine, in words.
    pub machine: String,
}

/// An experiment with all that is known of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Which one.
    pub experiment: Experiment,
    /// Its title.
    pub title: String,
    /// The scale's name.
    pub scale: String,
    /// The data set.
    pub data: String,
    /// The seed.
    pub seed: u64,
    /// How results came about.
    pub run: RunInfo,
    /// Hours of one core that the finished cells' victims took.
    pub hours: f64,
    /// The cells.
    pub cells: Vec<Placed>,
    /// Directions of the paper.
    pub claims: Vec<Claim>,
    /// What images cost, in [`Experiment::Cost`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<Cost>,
    /// What is neither a cell nor a cost.
    pub extra: Value,
    /// Names of picture files beside the report.
    pub pictures: Vec<String>,
}

impl Report {
    /// What is at a place.
    #[must_use]
    pub fn at(&self, row: &str, column: &str) -> Option<&Placed> {
        self.cells
            .iter()
            .find(|c| c.row == row && c.column == column)
    }

    /// Clean-test accuracy after the last epoch at a place, in percent, over its victims.
    #[must_use]
    pub fn accuracy(&self, row: &str, column: &str) -> Option<Spread> {
        self.at(row, column)?.spread(|r| r.last)
    }
}

/// Puts together what is finished of an experiment; nothing is trained or measured.
pub fn assemble(bench: &Bench, experiment: Experiment, mut run: RunInfo) -> Result<Report> {
    let cells = placed(bench, plan(experiment, &bench.scale)?)?;
    let results = || cells.iter().flat_map(|c| c.result.iter().chain(&c.repeats));
    let seconds: f64 = results().map(|r| r.victim_seconds).sum();
    // Whoever writes the report may have another device than who ran the cells.
    let first = results().next().map_or("cpu", |r| &r.device);
    if first != "cpu" && results().all(|r| r.device == first) {
        run.command += &format!(" --device {first}");
    }
    let mut report = Report {
        experiment,
        title: experiment.title().into(),
        scale: bench.scale.name.clone(),
        data: bench.data.clone(),
        seed: bench.scale.seed,
        run,
        hours: seconds.abs() / 3600.0, // The sum of nothing is -0.
        cells,
        claims: Vec::new(),
        costs: Vec::new(),
        extra: Value::Null,
        pictures: Vec::new(),
    };
    if experiment == Experiment::Cost {
        report.costs = cost::measured(bench)?;
    }
    if experiment == Experiment::Photos {
        let classes = [&bench.images, &bench.unseen.train].map(|set| set.classes.len());
        report.extra = photos::scores(&report, &bench.scale.photos, classes);
    }
    report.claims = super::claims::of(&report);
    Ok(report)
}

/// What is finished of the cells planned; those that differ by their seed alone share a place.
fn placed(bench: &Bench, planned: Vec<Planned>) -> Result<Vec<Placed>> {
    let mut cells: Vec<Placed> = Vec::new();
    for one in planned {
        let result = bench.finished(&one.cell)?;
        let there = cells
            .iter_mut()
            .find(|c| c.row == one.row && c.column == one.column);
        match there {
            Some(place) if one.cell.repeat > 0 => place.repeats.extend(result),
            _ => cells.push(Placed {
                row: one.row,
                column: one.column,
                result,
                repeats: Vec::new(),
            }),
        }
    }
    Ok(cells)
}

/// Writes `NAME.json`, its pictures, and one page of all experiments that lie in the folder.
pub fn write(bench: &Bench, folder: &Path, mut report: Report) -> Result<()> {
    let name = report.experiment.name();
    let plot = folder.join(format!("{name}.svg"));
    let lines = lines(&report);
    if lines.iter().any(|line| !line.points.is_empty()) {
        let labels = match report.experiment {
            Experiment::Fig5 => ["protected, %", "accuracy, %"],
            Experiment::Gradients => ["epoch", "cosine, clean with protected"],
            Experiment::Photos => ["strength", "kept of what is learned from clean photos, %"],
            _ => ["epoch", "accuracy, %"],
        };
        line_plot(&plot, &report.title, labels, &lines)?;
        report.pictures.push(format!("{name}.svg"));
    }
    if report.experiment == Experiment::Fig6 {
        report.pictures = fig6::draw(bench, folder)?;
        report.extra = fig6::caption();
    }
    write_json(&folder.join(format!("{name}.json")), &report)?;
    page(folder)
}

/// The page of all reports in the folder.
fn page(folder: &Path) -> Result<()> {
    let mut reports = Vec::new();
    for experiment in <Experiment as clap::ValueEnum>::value_variants() {
        let path = folder.join(format!("{}.json", experiment.name()));
        reports.extend(read_json::<Report>(&path, "leave the report out")?);
    }
    let html = html::page(folder, &reports)?;
    write_whole(&folder.join("index.html"), html.as_bytes())
}

/// The lines of an experiment's plot.
fn lines(report: &Report) -> Vec<Line> {
    let with = |of: &dyn Fn(&CellResult) -> Vec<f64>| -> Vec<Line> {
        let one = |placed: &Placed| {
            let result = placed.result.as_ref()?;
            let values = of(result);
            Some(Line {
                name: placed.row.clone(),
                points: (1..).map(f64::from).zip(values).collect(),
            })
        };
        report.cells.iter().filter_map(one).collect()
    };
    match report.experiment {
        Experiment::Fig2
        | Experiment::Fig4
        | Experiment::EarlyStopping
        | Experiment::Adaptive
        | Experiment::Personal
        | Experiment::Systems => with(&|r| r.epochs.iter().map(|e| e.test_accuracy).collect()),
        Experiment::Gradients => with(&|r| r.probes.iter().map(|p| p.cosine).collect()),
        Experiment::Fig5 => by_share(report),
        Experiment::Photos => photos::dial(report),
        _ => Vec::new(),
    }
}

fn by_share(report: &Report) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for placed in &report.cells {
        let share = placed.column.trim_end_matches(" %").parse::<f64>();
        let (Ok(share), Some(mean)) = (share, placed.spread(|r| r.last)) else {
            continue;
        };
        let point = (share, mean.mean);
        match lines.iter_mut().find(|line| line.name == placed.row) {
            Some(line) => line.points.push(point),
            None => lines.push(Line {
                name: placed.row.clone(),
                points: vec![point],
            }),
        }
    }
    lines
}
