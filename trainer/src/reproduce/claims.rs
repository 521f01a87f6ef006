//! The paper's directions, each checked against our figures.

use super::{Claim, Experiment, Report, Spread};

/// Two figures that differ by less than this many points count as the same.
const CLOSE: f64 = 10.0;
/// Means that differ by less than so many standard errors of their difference are not told apart.
const ERRORS: f64 = 2.0;

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
                let values = [last(row, net), last("clean", net).map(less_close)];
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
            &["ours", "clean"].map(|row| report.at(row, net)?.spread(|r| r.peak)),
        )],
        Experiment::Adaptive => vec![rising(
            "the denoiser does not give the accuracy back".into(),
            &["ours, denoised", "clean less 10 points"],
            &[
                last("ours, denoised", net),
                last("clean", net).map(less_close),
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

/// What is clearly below a figure.
fn less_close(spread: Spread) -> Spread {
    Spread {
        mean: spread.mean - CLOSE,
        ..spread
    }
}

fn figures(names: &[&str], values: &[Option<Spread>]) -> String {
    let one = |(name, value): (&&str, &Option<Spread>)| match value {
        Some(value) => format!("{name} {value}"),
        None => format!("{name} not run yet"),
    };
    let all: Vec<String> = names.iter().zip(values).map(one).collect();
    all.join(", ")
}

/// Whether a difference of two means is within their victims' spread; never with a single victim.
fn within_errors(difference: f64, a: Spread, b: Spread) -> bool {
    let errors = a.error().zip(b.error());
    errors.is_some_and(|(a, b)| difference.abs() < ERRORS * a.hypot(b))
}

fn rising(text: String, names: &[&str], values: &[Option<Spread>]) -> Claim {
    let known: Option<Vec<Spread>> = values.iter().copied().collect();
    // Each figure below the next one, and whether that is sure.
    let steps = known.map(|known| {
        let step = |w: &[Spread]| {
            let difference = w[1].mean - w[0].mean;
            (difference > 0.0, !within_errors(difference, w[0], w[1]))
        };
        known.windows(2).map(step).collect::<Vec<_>>()
    });
    let surely_not = |steps: &[(bool, bool)]| steps.contains(&(false, true));
    Claim {
        text,
        holds: steps.as_ref().map(|s| s.iter().all(|step| step.0)),
        unsure: steps.is_some_and(|s| !surely_not(&s) && s.iter().any(|step| !step.1)),
        figures: figures(names, values),
    }
}

fn close(text: String, a: (&str, Option<Spread>), b: (&str, Option<Spread>)) -> Claim {
    // How far the two are within what counts as close.
    let within = a.1.zip(b.1).map(|(a, b)| {
        let left = CLOSE - (a.mean - b.mean).abs();
        (left >= 0.0, within_errors(left, a, b))
    });
    Claim {
        text: format!("{text} (within {CLOSE:.0} points)"),
        holds: within.map(|w| w.0),
        unsure: within.is_some_and(|w| w.1),
        figures: figures(&[a.0, b.0], &[a.1, b.1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(values: [&[f64]; 3]) -> &'static str {
        let values = values.map(Spread::of);
        rising(
            "ours below EMN below clean".into(),
            &["ours", "EMN", "clean"],
            &values,
        )
        .outcome()
    }

    #[test]
    fn a_claim_within_the_spread_of_its_victims_is_not_decided() {
        let clean: &[f64] = &[60.0, 59.0, 61.0];
        assert_eq!(outcome([&[20.0], &[19.9], clean]), "did not come out");
        assert_eq!(outcome([&[20.0], &[20.1], clean]), "came out");
        assert_eq!(outcome([&[20.0], &[], clean]), "open");
        let emn: &[f64] = &[19.0, 20.0, 21.0];
        assert_eq!(
            outcome([&[19.0, 20.0, 22.0], emn, clean]),
            "too close to tell"
        );
        assert_eq!(
            outcome([&[18.0, 20.0, 21.0], emn, clean]),
            "too close to tell"
        );
        assert_eq!(outcome([&[11.0, 12.0, 13.0], emn, clean]), "came out");
        // One step is sure to go the other way, whatever the other one says.
        assert_eq!(
            outcome([&[19.0, 20.0, 21.5], emn, &[15.0, 15.1]]),
            "did not come out"
        );
    }

    #[test]
    fn close_is_not_decided_at_its_bound() {
        let outcome = |a: &[f64], b: &[f64]| {
            close(
                "a close to b".into(),
                ("a", Spread::of(a)),
                ("b", Spread::of(b)),
            )
            .outcome()
        };
        assert_eq!(outcome(&[30.0], &[20.5]), "came out");
        assert_eq!(outcome(&[31.0], &[20.5]), "did not come out");
        assert_eq!(outcome(&[30.0, 32.0], &[20.0, 21.0]), "too close to tell");
        assert_eq!(outcome(&[22.0, 24.0], &[20.0, 21.0]), "came out");
    }
}
