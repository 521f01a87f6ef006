//! A search for noise that is interrupted goes on where it stopped. (In a process of its own: the wish to stop is global.)
#![allow(clippy::unwrap_used)]

use std::path::Path;

use confounder_trainer::{
    data::Dataset,
    error::Error,
    interrupt,
    nets::Architecture,
    progress::Mode,
    systems::{EmnRecipe, Granularity, Ground, System},
};

fn data() -> Dataset {
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

fn ground<'a>(data: &'a Dataset, folder: &'a Path) -> Ground<'a> {
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

#[test]
fn an_interrupted_search_goes_on_where_it_stopped() {
    let system = System::Emn(EmnRecipe {
        per: Granularity::Sample,
        epsilon: 8.0,
        step: 2.0,
        steps: 3,
        train_batches: 4,
        stop_error: 0.0,
        most_rounds: 2,
        net: Architecture::Resnet18,
        width: 4,
        batch: 16,
        rate: 0.02,
        momentum: 0.9,
        weight_decay: 5e-4,
    });
    let data = data();
    let [through, stopped] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let all = system.protect(&ground(&data, through.path())).unwrap();
    interrupt::request();
    let first = system.protect(&ground(&data, stopped.path()));
    interrupt::clear();
    assert!(matches!(first, Err(Error::Interrupted)));
    let again = system.protect(&ground(&data, stopped.path())).unwrap();
    assert!(again.data == all.data);
    assert_eq!(again.notes, all.notes);
}
