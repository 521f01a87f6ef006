//! Any bytes as a generator file: an error, or a generator whose residual keeps its bound.

#![no_main]

use confounder::{Generator, Protector, ProtectorOptions};
use confounder_fuzz::abort_on_our_panics;
use libfuzzer_sys::fuzz_target;

/// Larger working grids cost time and find nothing more.
const MOST_PIXELS: usize = 64 * 64;

fuzz_target!(init: abort_on_our_panics(), |input: &[u8]| {
    let Ok(generator) = Generator::from_bytes(input) else {
        return;
    };
    let epsilon = generator.epsilon();
    let Ok((width, height)) = generator.grid().working_size(40, 32, generator.multiple()) else {
        return;
    };
    if width * height > MOST_PIXELS {
        return;
    }
    let Ok(protector) = Protector::open(generator, ProtectorOptions::new().threads(1)) else {
        return;
    };
    let image: Vec<f32> = (0..3 * width * height).map(|i| (i % 251) as f32 / 250.0).collect();
    if let Ok(residual) = confounder::research::run_generator(&protector, &image, width, height) {
        assert!(residual.planes().iter().all(|value| value.abs() <= epsilon));
    }
});
