//! From nothing to the first protected photo. A program of its own, so that nothing is warm.
#![cfg(all(target_os = "linux", feature = "bundled-generator", feature = "codecs"))]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use confounder_mobile::{ProtectOptions, Protector, ProtectorOptions};

/// The processor's time of this process in milliseconds, in steps of 10.
fn processor_ms() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    // Fields 14 and 15, user and system, in hundredths of a second.
    let ticks: u64 = fields[11..13]
        .iter()
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    10 * ticks
}

#[test]
fn the_first_call_is_ready_soon() {
    let photo = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/cyclamen_persicum.jpg"
    );
    let photo = std::fs::read(photo).unwrap();
    let before = processor_ms();
    let protector = Protector::bundled(ProtectorOptions::default()).unwrap();
    assert_eq!(protector.engine(), "cpu");
    protector
        .protect_bytes(&photo, ProtectOptions::default(), None, None)
        .unwrap();
    let spent = processor_ms() - before;
    eprintln!("ready after {spent} ms of processor time");
    assert!(spent <= 150, "{spent} ms");
}
