//! What protecting an image costs: one forward pass, against noise that is searched for.

use std::time::Instant;

use serde_json::{Value, json};

use super::Bench;
use crate::{error::Result, progress::Mode};

/// Systems that are compared.
const SYSTEMS: [&str; 3] = ["ours", "ours-literal", "emn"];

/// Seconds per image of each system that the scale has, on one thread.
pub(super) fn measure(bench: &Bench) -> Result<Value> {
    let mut rows = Vec::new();
    for name in SYSTEMS {
        let Ok(system) = bench.scale.system(name) else {
            continue;
        };
        let kept = bench.protection(&system, Mode::Auto)?;
        // A trained generator is timed again, by itself; a search is as long as it was.
        let started = Instant::now();
        let again = match name {
            "emn" => None,
            _ => Some(bench.protect_again(&system)?),
        };
        let images = bench.images.len() as f64;
        let seconds = again.map_or(kept.protection_seconds, |made| made.protection_seconds);
        log::info!("{name}: {:.1} s", started.elapsed().as_secs_f64());
        rows.push(json!({
            "system": name,
            "milliseconds_per_image": 1e3 * seconds / images,
            "preparation_seconds": kept.preparation_seconds,
            "images": images,
        }));
    }
    Ok(json!(rows))
}
