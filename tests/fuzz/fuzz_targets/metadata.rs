//! Headers and metadata of any bytes, under every policy.

#![no_main]

use confounder::PhotoInfo;
use confounder_fuzz::{abort_on_our_panics, limits, options, protector};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: abort_on_our_panics(), |input: &[u8]| {
    let _ = PhotoInfo::read(input, &limits());
    // Three policies, each with credentials removed and refused.
    for choice in (0..3).chain(9..12) {
        if let Ok(photo) = protector().dry_run(input, &options(choice)) {
            assert!((1..=8).contains(&photo.orientation), "orientation {}", photo.orientation);
        }
    }
});
