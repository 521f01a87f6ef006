//! The paper's directions, each checked against our figures.

use super::{Claim, Experiment, Report};

/// Two figures that differ by less than this many points count as the same.
const CLOSE: f64 = 10.0;

pub(super) fn of(report: &Report) -> Vec<Claim> {
    let last = |row: &str, column: &str| report.accuracy(row, column);
    let rows = || {
        let mut rows: Vec<&str> = report.cells.iter().map(|c| c.row.as_str()).collect();
        rows.dedup();
        rows
    };
    let columns = || {
        let first = report.cells.first().map(|c| c.row.as_str());
        let of_first = report
            .cells
            .iter()
            .filter(|c| Some(c.row.as_str()) == first);
        of_first.map(|c| c.column.as_str()).collect::<Vec<_>>()
    };
    let net = "ResNet-18";
    match report.experiment {
        Experiment::Table1 | Experiment::Table2 | Experiment::Changes => rows()
            .into_iter()
            .map(|row| {
                let text = format!("{row}: ours below EMN below clean");
                let values = ["ours", "emn", "clean"].map(|column| last(row, column));
                rising(text, &["ours", "EMN", "clean"], &values)
            })
            .collect(),
        Experiment::Fig2 => ["cwp", "cwn"]
            .into_iter()
            .map(|row| {
                let values = [last(row, net), last("clean", net).map(|x| x - CLOSE)];
                rising(
                    format!("{row} clearly below clean"),
                    &[row, "clean less 10 points"],
                    &values,
                )
            })
            .collect(),
        Experiment::Fig4 => vec![
            rising(
                "ours below EMN below clean".into(),
                &["ours", "EMN", "clean"],
                &[last("ours", net), last("emn", net), last("clean", net)],
            ),
            close(
                "out of distribution close to in distribution".into(),
                ("ours-ood", last("ours-ood", net)),
                ("ours", last("ours", net)),
            ),
        ],
        Experiment::EarlyStopping => vec![rising(
            "the highest accuracy of any epoch: ours below clean".into(),
            &["ours", "clean"],
            &["ours", "clean"].map(|row| Some(report.at(row, net)?.spread(|r| r.peak)?.mean)),
        )],
        Experiment::Adaptive => vec![rising(
            "the denoiser does not give the accuracy back".into(),
            &["ours, denoised", "clean less 10 points"],
            &[
                last("ours, denoised", net),
                last("clean", net).map(|x| x - CLOSE),
            ],
        )],
        // Scales have systems of their own.
        Experiment::Systems if report.at("ours", net).is_none() => Vec::new(),
        Experiment::Systems => vec![
            rising(
                "ours below EMN below clean".into(),
                &["ours", "EMN", "clean"],
                &[last("ours", net), last("emn", net), last("clean", net)],
            ),
            close(
                "shuffled residuals close to clean".into(),
                ("shuffled", last("ours-shuffled", net)),
                ("clean", last("clean", net)),
            ),
        ],
        Experiment::Fig5 => report
            .cells
            .iter()
            .filter(|c| c.row == "ours")
            .map(|c| {
                close(
                    format!("{} protected: ours close to clean images only", c.column),
                    ("ours", last("ours", &c.column)),
                    ("clean images only", last("clean images only", &c.column)),
                )
            })
            .collect(),
        Experiment::Apbench => columns()
            .into_iter()
            .map(|column| {
                let text = format!("{column}: ours below EMN below clean");
                let values = ["ours", "emn", "clean"].map(|row| last(row, column));
                rising(text, &["ours", "EMN", "clean"], &values)
            })
            .collect(),
        Experiment::Photos
        | Experiment::Personal
        | Experiment::Fig6
        | Experiment::Gradients
        | Experiment::Cost => Vec::new(),
    }
}

fn figures(names: &[&str], values: &[Option<f64>]) -> String {
    let one = |(name, value): (&&str, &Option<f64>)| match value {
        Some(value) => format!("{name} {value:.1}"),
        None => format!("{name} not run yet"),
    };
    let all: Vec<String> = names.iter().zip(values).map(one).collect();
    all.join(", ")
}

fn rising(text: String, names: &[&str], values: &[Option<f64>]) -> Claim {
    let known: Option<Vec<f64>> = values.iter().copied().collect();
    Claim {
        text,
        holds: known.map(|known| known.windows(2).all(|w| w[0] < w[1])),
        figures: figures(names, values),
    }
}

fn close(text: String, a: (&str, Option<f64>), b: (&str, Option<f64>)) -> Claim {
    Claim {
        text: format!("{text} (within {CLOSE:.0} points)"),
        holds: a.1.zip(b.1).map(|(a, b)| (a - b).abs() <= CLOSE),
        figures: figures(&[a.0, b.0], &[a.1, b.1]),
    }
}
