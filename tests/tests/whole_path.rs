//! From images on disk to a protected photo: recipe `smoke` on CIFAR-10, its generator in `core`, a real photo.
#![allow(clippy::unwrap_used)]

use confounder::{Generator, ProtectOptions, Protector, ProtectorOptions};
use confounder_tests::{fixtures, shared};
use confounder_trainer::{
    recipe::Recipe,
    stages::{Run, run_all},
};

#[test]
fn train_export_protect() {
    let Some(data) = shared("cifar10") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let run = Run::open(Recipe::load("smoke", &[]).unwrap(), &data, folder.path()).unwrap();
    let report = run_all(&run, &folder.path().join("victims"), 2).unwrap();
    for key in [
        "natural",
        "class_wise_noise",
        "in_distribution",
        "out_of_distribution",
        "shuffled",
        "psnr_db",
    ] {
        assert!(
            report.scores[key].as_f64().is_some_and(|x| x > 0.0),
            "{key} in {}",
            report.scores
        );
    }
    let psnr = report.scores["psnr"]["class_wise_noise"].as_f64().unwrap();
    assert!((psnr - 34.1).abs() < 0.3, "class-wise noise at {psnr} dB");
    for file in [
        "recipe.toml",
        "report.json",
        "generator.onnx",
        "protected.png",
        "victims.svg",
    ] {
        assert!(folder.path().join(file).exists(), "{file}");
    }

    let bytes = std::fs::read(folder.path().join("generator.onnx")).unwrap();
    let generator = Generator::from_bytes(bytes).unwrap();
    assert_eq!(generator.name(), "smoke");
    let protector = Protector::open(generator, ProtectorOptions::default()).unwrap();
    let photo = &fixtures()[0];
    let output = folder.path().join("photo.jpg");
    protector
        .protect_file(photo, &output, &ProtectOptions::default())
        .unwrap();
    let (before, after) = (image::open(photo).unwrap(), image::open(&output).unwrap());
    assert_eq!(
        (before.width(), before.height()),
        (after.width(), after.height())
    );
    assert_ne!(before.to_rgb8().as_raw(), after.to_rgb8().as_raw());

    // A second run finds everything done and says the same.
    let again = run_all(&run, &folder.path().join("victims"), 2).unwrap();
    assert_eq!(again.scores, report.scores);
}
