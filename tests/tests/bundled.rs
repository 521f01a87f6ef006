//! The bundled generator: tract and ONNX Runtime agree on every fixture, and the bytes do not depend on threads.
#![allow(clippy::unwrap_used)]

use confounder::{
    Generator, Orientation, PixelLayout, Pixels, ProtectOptions, Protector, ProtectorOptions,
};
use confounder_tests::fixtures;
use confounder_trainer::engine::{Feed, Session};

const MODEL: &[u8] = include_bytes!("../../core/models/generator.onnx");

#[test]
fn tract_and_onnx_runtime_agree_on_every_fixture() {
    let protector = Protector::bundled(ProtectorOptions::default()).unwrap();
    let epsilon = protector.generator().epsilon();
    let mut session = Session::from_bytes(MODEL, 1).unwrap();
    let side = 64u32;
    for path in fixtures() {
        // At the working grid's own size the downscale is the identity, so both engines get the very same numbers.
        let photo = image::open(&path)
            .unwrap()
            .resize_exact(side, side, image::imageops::FilterType::Triangle)
            .to_rgb8();
        let n = side as usize;
        let view = Pixels::new(photo.as_raw(), side, side, 3 * n, PixelLayout::Rgb8).unwrap();
        let ours = protector.residual(&view, Orientation::Upright).unwrap();
        let planes: Vec<f32> = (0..3)
            .flat_map(|c| {
                photo
                    .as_raw()
                    .iter()
                    .skip(c)
                    .step_by(3)
                    .map(|&byte| f32::from(byte) / 255.0)
            })
            .collect();
        let feed = Feed {
            name: "image",
            shape: &[1, 3, n, n],
            data: &planes,
        };
        let theirs = session.run(&[feed]).unwrap().take("residual").unwrap();
        let ours: Vec<f32> = (0..3).flat_map(|c| ours.plane(c).to_vec()).collect();
        let worst = ours
            .iter()
            .zip(&theirs)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max);
        assert_eq!(ours.len(), theirs.len());
        assert!(
            worst <= 1e-3 * epsilon,
            "{}: {:e} epsilon",
            path.display(),
            worst / epsilon
        );
        assert!(
            theirs.iter().any(|r| r.abs() > 0.1 * epsilon),
            "{}: no residual to speak of",
            path.display()
        );
    }
}

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
