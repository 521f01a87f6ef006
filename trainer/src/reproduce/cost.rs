//! What protecting an image costs: one forward pass, against noise that is searched for.

use std::{fs, path::PathBuf};

use serde::{Deserialize, Serialize};

use super::{Bench, Part};
use crate::{
    error::{Error, Result},
    files::{read_json, write_json},
    progress::Mode,
    runtime,
    systems::{Ground, System},
};

/// Systems that are compared.
const SYSTEMS: [&str; 3] = ["ours", "ours-literal", "emn"];

/// What protecting one image costs, on one core, by a system that starts from nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// The system.
    pub system: String,
    /// Milliseconds of one image.
    pub milliseconds_per_image: f64,
    /// Seconds before the first.
    pub preparation_seconds: f64,
    /// Images that were protected.
    pub images: usize,
    /// What it was computed on.
    pub device: String,
}

/// Measures what was not measured yet, one system after the other.
pub(super) fn measure(bench: &Bench) -> Result<()> {
    for (name, system) in bench.scale.those_of(&SYSTEMS) {
        if kept(bench, system)?.is_none() {
            write_json(&path(bench, system), &time(bench, name, system)?)?;
        }
    }
    Ok(())
}

/// What was measured.
pub(super) fn measured(bench: &Bench) -> Result<Vec<Cost>> {
    let systems = bench.scale.those_of(&SYSTEMS);
    systems
        .filter_map(|(_, system)| kept(bench, system).transpose())
        .collect()
}

/// Learns and protects anew, from nothing, on one thread.
fn time(bench: &Bench, name: &str, system: &System) -> Result<Cost> {
    fs::create_dir_all(&bench.cells).map_err(Error::io(&bench.cells))?;
    let folder = tempfile::tempdir_in(&bench.cells).map_err(Error::io(&bench.cells))?;
    let ground = Ground {
        folder: folder.path(),
        ..bench.ground(bench.sets(Part::First), None, Mode::Auto)
    };
    let thread = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let made = thread
        .map_err(|e| Error::Graph(format!("no thread to measure on: {e}")))?
        .install(|| system.protect(&ground))?;
    Ok(Cost {
        system: name.to_owned(),
        milliseconds_per_image: 1e3 * made.protection_seconds / bench.images.len() as f64,
        preparation_seconds: made.preparation_seconds,
        images: bench.images.len(),
        device: runtime::device().to_string(),
    })
}

fn kept(bench: &Bench, system: &System) -> Result<Option<Cost>> {
    read_json(&path(bench, system), "measure again")
}

fn path(bench: &Bench, system: &System) -> PathBuf {
    bench.path(&bench.system_key(system, "cost"), "json")
}
