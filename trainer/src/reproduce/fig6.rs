//! Residuals as pictures.

use std::path::Path;

use super::Bench;
use crate::{error::Result, pictures::contact_sheet, progress::Mode, systems::System};

/// Systems that are shown.
const SYSTEMS: [&str; 5] = ["ours", "ours-literal", "emn", "cwn", "lsp"];
/// Images in a row.
const IMAGES: usize = 10;
/// Factor of residuals.
const GAIN: f32 = 8.0;

/// Those of the systems named that the scale has.
pub(super) fn of_scale<'a>(
    bench: &Bench,
    names: &'a [&'a str],
) -> impl Iterator<Item = (&'a str, System)> {
    names
        .iter()
        .filter_map(|&name| Some((name, bench.scale.system(name).ok()?)))
}

/// Protects images by each system.
pub(super) fn protect(bench: &Bench) -> Result<()> {
    of_scale(bench, &SYSTEMS).try_for_each(|(_, system)| {
        bench.protection(&system, Mode::Auto)?;
        Ok(())
    })
}

/// Draws `fig6-SYSTEM.png` for each system whose images are protected; returns the names of the pictures.
pub(super) fn draw(bench: &Bench, folder: &Path) -> Result<Vec<String>> {
    let mut pictures = Vec::new();
    for (name, system) in of_scale(bench, &SYSTEMS) {
        let Some(protected) = bench.protected(&system) else {
            continue;
        };
        let picture = format!("fig6-{name}.png");
        let path = folder.join(&picture);
        contact_sheet(&path, &bench.images, &protected.data, IMAGES, GAIN)?;
        pictures.push(picture);
    }
    Ok(pictures)
}
