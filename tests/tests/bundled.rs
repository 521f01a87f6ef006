//! The bundled generator: the bytes do not depend on threads, and it says what it was trained on.
#![allow(clippy::unwrap_used)]

use std::path::Path;

use confounder::{Generator, ProtectOptions, Protector, ProtectorOptions};
use confounder_tests::fixtures;
use serde_json::Value;

#[test]
fn the_same_bytes_on_any_number_of_threads() {
    for path in fixtures() {
        let input = std::fs::read(&path).unwrap();
        let outputs: Vec<Vec<u8>> = [1, 2, 4]
            .map(|threads| {
                let protector =
                    Protector::bundled(ProtectorOptions::default().threads(threads)).unwrap();
                protector
                    .protect_bytes(&input, &ProtectOptions::default())
                    .unwrap()
                    .bytes
            })
            .to_vec();
        assert!(
            outputs.iter().all(|bytes| *bytes == outputs[0]),
            "{}",
            path.display()
        );
        assert_ne!(outputs[0], input);
    }
}

#[test]
fn the_bundled_generator_says_what_it_is_made_of() {
    let generator = Generator::bundled().unwrap();
    assert!(generator.chroma());
    let weights = &generator.training()["weights"];
    assert!(weights.as_str().unwrap().contains("EfficientNet-Lite0"));
    let shares = generator.scores()["modal_share"].as_object().unwrap();
    assert!(shares.len() >= 3, "{shares:?}");
    assert!(
        shares.values().all(|share| share.as_f64().unwrap() > 50.0),
        "{shares:?}"
    );
}

#[test]
fn the_compact_generator_says_what_it_was_trained_on() {
    let generator = Generator::compact().unwrap();
    assert!(generator.chroma());
    assert!(
        generator.training()["images"]
            .as_u64()
            .is_some_and(|n| n >= 1000)
    );
    let recognition = &generator.scores()["recognition"]["test"];
    assert!(recognition.as_f64().unwrap() > 70.0, "{recognition}");
}

/// `confounder-trainer reproduce photos` wrote it.
#[test]
fn the_published_table_is_that_of_the_compact_generator() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../trainer/results/photos.json");
    let table: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let compact = Generator::compact().unwrap().sha256();
    let mut ours = 0;
    for cell in table["cells"].as_array().unwrap() {
        let Some(hash) = cell["result"]["notes"]["generator"].as_str() else {
            continue;
        };
        let column = cell["column"].as_str().unwrap();
        // The same recipe without the kinds that one never saw: another generator, measured beside it.
        let other = column.ends_with("ours, without them");
        assert_eq!(hash != compact, other, "{column} is by {hash}");
        ours += usize::from(!other);
    }
    assert!(ours > 10, "cells of ours: {ours}");
    let scores = &table["extra"]["scores"];
    let kept = |what: &str| scores["gap_kept_percent"][what].as_f64().unwrap();
    assert!(scores["psnr_db"].as_f64().unwrap() >= 34.0);
    assert!(kept("in_distribution") < 75.0, "{scores}");
    assert!(kept("feed") < kept("in_distribution") + 5.0, "{scores}");
}
