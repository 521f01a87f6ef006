//! The bundled generator: the bytes do not depend on threads, and it says what it was trained on.
#![allow(clippy::unwrap_used)]

use confounder::{Generator, ProtectOptions, Protector, ProtectorOptions};
use confounder_tests::fixtures;

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
fn the_bundled_generator_says_what_it_was_trained_on() {
    let generator = Generator::bundled().unwrap();
    assert!(generator.chroma());
    assert!(
        generator.training()["images"]
            .as_u64()
            .is_some_and(|n| n >= 1000)
    );
    let score = |key: &str| generator.scores()[key].as_f64().unwrap();
    // Measured by its own training run: fresh models, a tenth of whose guesses would be right by chance.
    assert!(score("natural") > 40.0, "unprotected photos can be learned");
    assert!(
        score("in_distribution") < score("natural") - 10.0,
        "protected photos teach far less"
    );
    assert!(score("shuffled") > score("in_distribution"));
    assert!(score("psnr_db") >= 34.0);
}
