//! The bundled generator on photos, beside its rivals: what a model learns after feeds and messengers have had them.

mod rows;
mod table;

use serde_json::{Value, json};

use super::{Cell, Part, Planned, Report, Scale, plans::repeated};
use crate::{
    error::{Error, Result},
    pictures::Line,
};
pub use table::{PhotosTable, Unseen};

use rows::{Columns, FEED, GRAY, JITTER, Row, UNCHANGED};

const CLEAN: &str = "clean";
const OURS: &str = "ours";
const HELD: &str = "held: ";
const UNSEEN: &str = "unseen: ";

/// Every row with the bundled generator; with unprotected photos and rivals where what happens is no attack on ours alone.
pub(super) fn plan(scale: &Scale) -> Result<Vec<Planned>> {
    let rows = rows::all(scale);
    let known: Vec<&str> = rows.iter().map(|row| row.name).collect();
    let table = &scale.photos;
    if let Some(row) = table.rows.iter().find(|row| !known.contains(&row.as_str())) {
        let text = format!("photos.rows has {row:?}, which is none of {known:?}");
        return Err(Error::Recipe(text));
    }
    let mut all = Vec::new();
    let mut put = |row: &Row, system: &str, part: Part| -> Result<()> {
        let cell = Cell {
            system: scale.system(system)?,
            part,
            mix: row.mix_of(system != CLEAN),
            change: row.change.clone(),
            victim: row.victim(scale, system != CLEAN),
            gradients: false,
            repeat: 0,
        };
        let prefix = match part {
            Part::First => "",
            Part::Held => HELD,
            Part::Unseen => UNSEEN,
        };
        all.push(Planned {
            row: row.name.into(),
            column: format!("{prefix}{system}"),
            cell,
        });
        Ok(())
    };
    let wanted = |row: &&Row| table.has_row(row.name);
    for row in rows.iter().filter(wanted) {
        if row.columns != Columns::Ours {
            put(row, CLEAN, Part::First)?;
        }
        put(row, OURS, Part::First)?;
        if row.columns == Columns::All {
            for system in [CLEAN, OURS] {
                put(row, system, Part::Held)?;
            }
        }
        let (rivals, bounds): (&[String], &[String]) = match row.columns {
            Columns::Ours | Columns::Clean => (&[], &[]),
            Columns::Rivals => (&table.rivals, &[]),
            Columns::All => (&table.rivals, &table.bounds),
        };
        for system in rivals.iter().chain(bounds) {
            put(row, system, Part::First)?;
        }
    }
    for row in rows.iter().filter(wanted) {
        if row.columns == Columns::All
            && let Some(without) = table.without()
        {
            for system in [CLEAN, OURS, without] {
                put(row, system, Part::Unseen)?;
            }
        }
    }
    let mut run = rows.iter().filter(wanted);
    if let Some(unchanged) = run.find(|row| row.name == UNCHANGED) {
        for strength in &table.strengths {
            put(unchanged, strength, Part::First)?;
        }
    }
    Ok(repeated(all, scale.repeats, |one| {
        let system = one.column.trim_start_matches(HELD);
        let system = system.trim_start_matches(UNSEEN);
        let main = [UNCHANGED, FEED].contains(&one.row.as_str())
            && ([CLEAN, OURS].contains(&system) || table.without() == Some(system));
        main || table.is_strength(system)
    }))
}

/// The share of the way from chance to the unprotected accuracy that a victim keeps, in percent.
fn gap_kept(accuracy: f64, natural: f64, chance: f64) -> f64 {
    100.0 * (accuracy - chance) / (natural - chance)
}

/// What the published table says in a few numbers; `null` where a cell was not run yet. `classes`: of the data, and of its
/// unseen part.
pub(super) fn scores(report: &Report, table: &PhotosTable, classes: [usize; 2]) -> Value {
    let [chance, unseen_chance] = classes.map(|n| 100.0 / n as f64);
    let of = |row: &str, column: &str, natural: (&str, &str), chance| {
        let accuracy = report.accuracy(row, column)?.mean;
        let natural = report.accuracy(natural.0, natural.1)?.mean;
        Some(gap_kept(accuracy, natural, chance))
    };
    let kept = |row: &str, column: &str, natural: (&str, &str)| of(row, column, natural, chance);
    let unseen = |row: &str, system: &str| {
        let [column, clean] = [system, CLEAN].map(|system| format!("{UNSEEN}{system}"));
        of(row, &column, (row, &clean), unseen_chance)
    };
    let held = |system: &str| format!("{HELD}{system}");
    let ours = report.at(UNCHANGED, OURS).and_then(|c| c.result.as_ref());
    let psnr = ours.and_then(|r| r.psnr_db);
    let dial: Vec<Value> = report
        .cells
        .iter()
        .filter(|c| c.row == UNCHANGED)
        .filter(|c| c.column == OURS || table.is_strength(&c.column))
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
                "unseen_classes": table.without().and_then(|system| unseen(UNCHANGED, system)),
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
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;
    use crate::{
        recipe::{GeneratorRecipe, Recipe},
        systems::System,
    };

    #[test]
    fn the_plan_has_every_row_and_no_cell_twice() {
        let scale = Scale::load("photos", &[]).unwrap();
        let all = plan(&scale).unwrap();
        for row in rows::all(&scale) {
            let name = row.name;
            assert!(
                all.iter().any(|p| p.row == name && p.column == OURS),
                "{name}"
            );
        }
        for (i, a) in all.iter().enumerate() {
            for b in &all[i + 1..] {
                assert!(a.cell != b.cell, "{} {}", b.row, b.column);
            }
        }
        assert!(all.iter().any(|p| p.column == "held: ours"));
        let of = |column| all.iter().filter(move |p| p.column == column);
        assert_eq!(of("emn").count(), of("class-wise 4x4").count());
        let messenger = all.iter().filter(|p| p.row.starts_with("messenger"));
        let columns: Vec<_> = messenger.map(|p| p.column.as_str()).collect();
        assert_eq!(columns, [CLEAN, OURS, "class-wise 4x4", "emn"]);
        for strength in ["ours x0.5", "ours x0.7", "ours x1.4"] {
            assert_eq!(of(strength).count(), 3, "victims of {strength}");
        }
        let unseen = all.iter().filter(|p| p.cell.part == Part::Unseen);
        let columns: Vec<_> = unseen.map(|p| p.column.as_str()).take(3).collect();
        let expected = ["clean", "ours", "ours, without them"];
        assert_eq!(columns, expected.map(|system| format!("unseen: {system}")));
    }

    #[test]
    fn the_bound_has_the_waves_of_the_bundled_generator() {
        let recipe = Recipe::load("photos", &[]).unwrap();
        let GeneratorRecipe::Code(code) = recipe.generator else {
            panic!("another kind of generator");
        };
        let scale = Scale::load("photos", &[]).unwrap();
        let System::ClassChroma(bound) = scale.system(&scale.photos.bounds[0]).unwrap() else {
            panic!("another system");
        };
        assert_eq!(bound.bank, code.bank);
        let designs = Scale::load("designs", &[]).unwrap();
        assert_eq!(
            designs.system("waves").unwrap(),
            System::ClassChroma(bound.clone())
        );
        assert_eq!(bound.psnr, code.target_psnr);
    }

    #[test]
    fn rows_can_be_chosen_and_misspelt_ones_are_named() {
        let mut scale = Scale::load("photos", &[]).unwrap();
        scale.photos.rows = vec!["JPEG 75".into()];
        let all = plan(&scale).unwrap();
        assert!(!all.is_empty());
        assert!(all.iter().all(|p| p.row == "JPEG 75"));
        scale.photos.rows.clear();
        let hardened = |scale: &Scale| {
            let all = plan(scale).unwrap();
            all.iter().any(|p| p.cell.victim.adversary.is_some())
        };
        assert!(hardened(&scale));
        scale.adversary = None;
        assert!(!hardened(&scale));
        scale.photos.rows = vec!["JPEG 76".into()];
        assert!(plan(&scale).unwrap_err().to_string().contains("JPEG 76"));
    }

    #[test]
    fn nothing_kept_is_0_and_all_kept_is_100() {
        assert_eq!(gap_kept(10.0, 70.0, 10.0), 0.0);
        assert_eq!(gap_kept(70.0, 70.0, 10.0), 100.0);
        assert_eq!(gap_kept(40.0, 70.0, 10.0), 50.0);
    }
}
