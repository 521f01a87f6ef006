//! The bundled generator on photos: what a model learns after feeds and messengers have had them.

use serde_json::{Value, json};

use super::{Cell, Change, Mix, Part, Planned, Report, Scale, plans::repeated};
use crate::{
    data::Augment,
    error::{Error, Result},
    nets::Architecture,
    pictures::Line,
};

const UNCHANGED: &str = "as protected";
const FEED: &str = "feed: JPEG 85, x0.72, JPEG 75";
const GRAY: &str = "grayscale";
const JITTER: &str = "colour jitter in training";
const CLEAN: &str = "clean";
const OURS: &str = "ours";
const HELD: &str = "held: ";

/// Every change on the bundled generator's photos; the unprotected ones and rivals where it matters.
pub(super) fn plan(scale: &Scale) -> Result<Vec<Planned>> {
    let mut all = Vec::new();
    let mut put = |row: &str, system: &str, part: Part, change: &Change| -> Result<()> {
        let mut victim = scale.victim(Architecture::Resnet18);
        if row == JITTER {
            victim.augment = jittered(&victim.augment);
        }
        let cell = Cell {
            system: scale.system(system)?,
            part,
            mix: Mix::WHOLE,
            change: change.clone(),
            victim,
            gradients: false,
            repeat: 0,
        };
        let prefix = if part == Part::Held { HELD } else { "" };
        all.push(Planned {
            row: row.into(),
            column: format!("{prefix}{system}"),
            cell,
        });
        Ok(())
    };
    let known: Vec<&str> = changes().iter().map(|(row, _)| *row).collect();
    if let Some(row) = scale.rows.iter().find(|row| !known.contains(&row.as_str())) {
        let text = format!("rows has {row:?}, which is none of {known:?}");
        return Err(Error::Recipe(text));
    }
    let wanted = |row: &str| scale.rows.is_empty() || scale.rows.iter().any(|name| name == row);
    for (row, change) in changes().into_iter().filter(|(row, _)| wanted(row)) {
        if [UNCHANGED, FEED, GRAY, JITTER].contains(&row) {
            put(row, CLEAN, Part::First, &change)?;
        }
        put(row, OURS, Part::First, &change)?;
        if [UNCHANGED, FEED].contains(&row) {
            for system in [CLEAN, OURS] {
                put(row, system, Part::Held, &change)?;
            }
            for rival in scale.systems.keys().filter(|name| is_rival(name)) {
                put(row, rival, Part::First, &change)?;
            }
        }
    }
    for strength in scale.systems.keys().filter(|name| name.starts_with(DIAL)) {
        put(UNCHANGED, strength, Part::First, &Change::None)?;
    }
    Ok(repeated(all, scale.repeats, |one| {
        let system = one.column.trim_start_matches(HELD);
        [UNCHANGED, FEED].contains(&one.row.as_str()) && [CLEAN, OURS].contains(&system)
    }))
}

/// How systems are called that are ours at another strength.
const DIAL: &str = "ours x";

fn is_rival(name: &str) -> bool {
    name != CLEAN && !name.starts_with(OURS)
}

fn jittered(augment: &Augment) -> Augment {
    Augment {
        colour_jitter: 0.4,
        grayscale: 0.2,
        ..augment.clone()
    }
}

fn changes() -> Vec<(&'static str, Change)> {
    let jpeg = |quality| Change::Jpeg { quality };
    let scale = |factor| Change::Scale { factor };
    let chain = |steps: &[Change]| Change::Chain {
        steps: steps.to_vec(),
    };
    let feed = [jpeg(85), scale(0.72), jpeg(75)];
    vec![
        (UNCHANGED, Change::None),
        ("JPEG 95", jpeg(95)),
        ("JPEG 85", jpeg(85)),
        ("JPEG 75", jpeg(75)),
        ("JPEG 50", jpeg(50)),
        (FEED, chain(&feed)),
        (
            "the feed, downloaded and posted again",
            chain(&[&feed[..], &feed[..]].concat()),
        ),
        ("messenger: x0.53, JPEG 70", chain(&[scale(0.53), jpeg(70)])),
        ("screenshot: x0.9", scale(0.9)),
        ("crop to 80 %", Change::Crop { share: 0.8 }),
        ("blur, 2 px", Change::Blur { sigma: 2.0 }),
        ("automatic white balance", Change::WhiteBalance),
        (GRAY, Change::Grayscale),
        (JITTER, Change::None),
    ]
}

/// The share of the way from chance to the unprotected accuracy that a victim keeps, in percent.
fn gap_kept(accuracy: f64, natural: f64, chance: f64) -> f64 {
    100.0 * (accuracy - chance) / (natural - chance)
}

/// What the published table says in a few numbers; `null` where a cell was not run yet. `chance`: what a victim that has
/// learned nothing gets right, in percent.
pub(super) fn scores(report: &Report, chance: f64) -> Value {
    let kept = |row: &str, column: &str, natural: (&str, &str)| {
        let accuracy = report.accuracy(row, column)?;
        let natural = report.accuracy(natural.0, natural.1)?;
        Some(gap_kept(accuracy, natural, chance))
    };
    let held = |system: &str| format!("{HELD}{system}");
    let ours = report.at(UNCHANGED, OURS).and_then(|c| c.result.as_ref());
    let psnr = ours.and_then(|r| r.psnr_db);
    let dial: Vec<Value> = report
        .cells
        .iter()
        .filter(|c| c.row == UNCHANGED && c.column.starts_with(OURS))
        .filter_map(|c| {
            let result = c.result.as_ref()?;
            let kept = kept(UNCHANGED, &c.column, (UNCHANGED, CLEAN))?;
            Some(json!({
                "strength": result.notes["strength"],
                "psnr_db": result.psnr_db,
                "gap_kept_percent": kept,
            }))
        })
        .collect();
    json!({
        "scores": {
            "psnr_db": psnr,
            "gap_kept_percent": {
                "in_distribution": kept(UNCHANGED, OURS, (UNCHANGED, CLEAN)),
                "out_of_distribution": kept(UNCHANGED, &held(OURS), (UNCHANGED, &held(CLEAN))),
                "feed": kept(FEED, OURS, (FEED, CLEAN)),
                "grayscale": kept(GRAY, OURS, (GRAY, CLEAN)),
                "colour_jitter": kept(JITTER, OURS, (JITTER, CLEAN)),
            },
        },
        "strength": dial,
    })
}

/// Protection by strength, from nothing to the strongest.
pub(super) fn dial(report: &Report) -> Vec<Line> {
    let number = |point: &Value, name: &str| point[name].as_f64();
    let mut points: Vec<(f64, f64)> = report.extra["strength"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|p| number(p, "strength").zip(number(p, "gap_kept_percent")))
        .collect();
    if points.is_empty() {
        return Vec::new();
    }
    points.push((0.0, 100.0));
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    vec![Line {
        name: "photos that the generator learned from".into(),
        points,
    }]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_plan_has_every_change_and_no_cell_twice() {
        let scale = Scale::load("photos").unwrap();
        let all = plan(&scale).unwrap();
        for (row, _) in changes() {
            assert!(
                all.iter().any(|p| p.row == row && p.column == OURS),
                "{row}"
            );
        }
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                assert!(a.cell != b.cell, "{} {}", b.row, b.column);
            }
        }
        assert!(all.iter().any(|p| p.column == "held: ours"));
        assert!(all.iter().any(|p| p.column.starts_with(DIAL)));
    }

    #[test]
    fn rows_can_be_chosen_and_misspelt_ones_are_named() {
        let mut scale = Scale::load("photos").unwrap();
        scale.rows = vec!["JPEG 75".into()];
        let all = plan(&scale).unwrap();
        assert!(all.iter().any(|p| p.row == "JPEG 75"));
        assert!(all.iter().all(|p| p.row != "JPEG 50"));
        scale.rows = vec!["JPEG 76".into()];
        assert!(plan(&scale).unwrap_err().to_string().contains("JPEG 76"));
    }

    #[test]
    fn nothing_kept_is_0_and_all_kept_is_100() {
        assert_eq!(gap_kept(10.0, 70.0, 10.0), 0.0);
        assert_eq!(gap_kept(70.0, 70.0, 10.0), 100.0);
        assert_eq!(gap_kept(40.0, 70.0, 10.0), 50.0);
    }
}
