//! From nothing to the first protected photo, against the photos after it. A program of its own, so that nothing is warm.
//!
//! `cargo bench --profile dev -p confounder-mobile --bench ready`, or without the profile for what apps get.
#![allow(clippy::print_stdout)]

use std::{error::Error, time::Instant};

use confounder_mobile::{ProtectOptions, Protector, ProtectorOptions};

/// Photos after the first one.
const LATER: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let photo = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/cyclamen_persicum.jpg"
    ))?;
    let started = Instant::now();
    let protector = Protector::bundled(ProtectorOptions::default())?;
    let protect = || protector.protect_bytes(&photo, ProtectOptions::default(), None, None);
    protect()?;
    let first = milliseconds(started);
    let mut later = Vec::new();
    for _ in 0..LATER {
        let started = Instant::now();
        protect()?;
        later.push(milliseconds(started));
    }
    later.sort_by(f64::total_cmp);
    let median = later[LATER / 2];
    println!(
        "engine {}: ready and the first photo {first:.1} ms, a later one {median:.1} ms: {:.1} times as long",
        protector.engine(),
        first / median
    );
    Ok(())
}

fn milliseconds(since: Instant) -> f64 {
    1000.0 * since.elapsed().as_secs_f64()
}
