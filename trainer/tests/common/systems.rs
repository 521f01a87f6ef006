//! Random images, and systems on them.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use confounder_trainer::{
    data::Dataset,
    nets::Architecture,
    progress::Mode,
    systems::{EmnRecipe, Granularity, Ground, System},
};

/// 40 random images of four classes.
pub(crate) fn data() -> Dataset {
    let samples = 3 * 16 * 16;
    Dataset {
        name: "noise".into(),
        classes: ["a", "b", "c", "d"].map(String::from).to_vec(),
        height: 16,
        width: 16,
        images: (0..40 * samples)
            .map(|i| (40 + (i * 7919 % 6007) % 170) as u8)
            .collect(),
        labels: (0..40).map(|i| i % 4).collect(),
    }
}

/// What a system may use: these images for everything.
pub(crate) fn ground<'a>(data: &'a Dataset, folder: &'a Path) -> Ground<'a> {
    Ground {
        images: data,
        apply_to: None,
        others: data,
        test: data,
        seed: 3,
        folder,
        mode: Mode::Silent,
    }
}

/// A small search for error-minimising noise.
pub(crate) fn emn(per: Granularity, rounds: u64) -> System {
    System::Emn(EmnRecipe {
        per,
        epsilon: 8.0,
        step: 2.0,
        steps: 3,
        train_batches: 4,
        stop_error: 0.0,
        most_rounds: rounds,
        net: Architecture::Resnet18,
        width: 4,
        batch: 16,
        rate: 0.02,
        momentum: 0.9,
        weight_decay: 5e-4,
    })
}
