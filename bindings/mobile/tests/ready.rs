//! From nothing to the first protected frame. A program of its own, so that nothing is warm.
#![cfg(all(target_os = "linux", feature = "bundled-generator"))]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use confounder_mobile::{Protector, ProtectorOptions};

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
    let before = processor_ms();
    let protector = Protector::bundled(ProtectorOptions::default()).unwrap();
    let opened = processor_ms();
    assert_eq!(protector.engine(), "cpu");
    let spent = opened - before;
    eprintln!("ready after {spent} ms of processor time");
    assert!(spent <= 150, "{spent} ms");
}
