//! Residuals as pictures.

use std::path::Path;

use serde_json::{Value, json};

use super::Bench;
use crate::{error::Result, pictures::contact_sheet, progress::Mode};

/// Systems that are shown.
const SYSTEMS: [&str; 5] = ["ours", "ours-literal", "emn", "cwn", "lsp"];
/// Images in a row.
const IMAGES: usize = 10;
/// Factor of residuals.
const GAIN: f32 = 8.0;

/// What its pictures show.
pub(super) fn caption() -> Value {
    json!(format!(
        "rows: images, protected images, residuals times {GAIN} around gray"
    ))
}

/// Protects images by each system.
pub(super) fn protect(bench: &Bench) -> Result<()> {
    for (_, system) in bench.scale.those_of(&SYSTEMS) {
        bench.protection(system, Mode::Auto)?;
    }
    Ok(())
}

/// Draws `fig6-SYSTEM.png` for each system whose images are protected; returns the names of the pictures.
pub(super) fn draw(bench: &Bench, folder: &Path) -> Result<Vec<String>> {
    let mut pictures = Vec::new();
    for (name, system) in bench.scale.those_of(&SYSTEMS) {
        let Some(protected) = bench.protected(system) else {
            continue;
        };
        let picture = format!("fig6-{name}.png");
        let path = folder.join(&picture);
        contact_sheet(&path, &bench.images, &protected.data, IMAGES, GAIN)?;
        pictures.push(picture);
    }
    Ok(pictures)
}
