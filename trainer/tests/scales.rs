//! Scales: those that are bundled, those in files, and what is wrong with a value is named.
#![allow(clippy::unwrap_used)]

use clap::ValueEnum;
use confounder_trainer::{
    reproduce::{Experiment, Scale, plan},
    systems::System,
};

#[test]
fn bundled_scales_are_sound_and_mistakes_are_named() {
    for name in ["small", "paper"] {
        let scale = Scale::load(name, &[]).unwrap();
        assert_eq!(scale.name, name);
        for &experiment in Experiment::value_variants() {
            plan(experiment, &scale).unwrap();
        }
    }
    for (name, experiment) in [
        ("photos", Experiment::Photos),
        ("personal", Experiment::Personal),
        ("gpu", Experiment::Systems),
        ("designs", Experiment::Systems),
        ("everyday", Experiment::Photos),
    ] {
        let planned = plan(experiment, &Scale::load(name, &[]).unwrap()).unwrap();
        assert!(planned.len() >= 5, "{name}");
    }
    // Augmentations fit what victims see, here copies of 64 px of photos of 224.
    let photos = Scale::load("photos", &[]).unwrap();
    let table2 = plan(Experiment::Table2, &photos).unwrap();
    let augment = |row: &str| {
        let place = table2.iter().find(|p| p.row == row).unwrap();
        &place.cell.victim.augment
    };
    assert_eq!(augment("CutOut").cutout, 32);
    assert_eq!(augment("RC").crop_padding, 8);
    let error = Scale::load("huge", &[]).unwrap_err().to_string();
    assert!(
        error.contains(
            "neither one of small, paper, gpu, personal, photos, everyday, designs, nor a file"
        ),
        "{error}"
    );
}

#[test]
fn a_scale_is_changed_by_one_value() {
    let load = |item: &str| Scale::load("gpu", &[item.to_owned()]);
    let shorter = Scale::load("gpu", &[]).unwrap();
    let longer = load("victim.epochs=60").unwrap();
    assert_eq!((shorter.victim.epochs, longer.victim.epochs), (12, 60));
    assert_eq!(longer.systems, shorter.systems, "protected alike");
    assert_eq!(load("repeats=3").unwrap().repeats, 3);
    for (item, words) in [
        ("victim.epoch=60", "unknown field `epoch`"),
        ("victim.epochs=0", "victim.epochs = 0; it must lie in 1..="),
        (
            "victim.augment.mix_up=5",
            "mix_up = 5; it must lie in 0..=2",
        ),
        ("widths.vgg11=0", "widths: "),
        (
            "denoiser.batch=0",
            "denoiser.batch = 0; it must lie in 1..=",
        ),
        (
            "systems.ours.surrogate.batch=0",
            "systems.ours: surrogate.batch = 0 does not divide",
        ),
        (
            "systems.ours.training.replicas=0",
            "systems.ours: training.batch = 128 does not divide by training.replicas = 0, or",
        ),
        (
            "systems.ours.generator.grid=0",
            "systems.ours: generator.grid = 0; it must lie in 1..=64",
        ),
        (
            "systems.ours.generator.bank=\"gratings\"",
            "systems.ours: generator.bank = gratings, grid = 4; they need at least 32",
        ),
        (
            "systems.chroma={ kind = \"class-chroma\", psnr = 34, bank = \"bundled\", grid = 8 }",
            "systems.chroma: bank = bundled, grid = 8; its waves need at least 24",
        ),
        (
            "systems.chroma={ kind = \"class-chroma\", psnr = 34, contrary = true, codes = 5 }",
            "systems.chroma: contrary and codes are both set",
        ),
        (
            "systems.ours-literal.generator.channels=[0, 1, 1]",
            "systems.ours-literal: generator.channels = [0, 1, 1]; each must be at least 1",
        ),
        (
            "systems.file={ kind = \"file\", strength = 2.0 }",
            "systems.file: ",
        ),
        (
            "systems.cwn.epsilon=-1",
            "systems.cwn: epsilon = -1; it must lie in 0..=255",
        ),
        (
            "systems.emn.step=nan",
            "systems.emn: step = NaN; it must lie in 0..=255",
        ),
        (
            "repeats=0",
            "repeats = 0: give each cell one victim at least",
        ),
        ("ueraser_draws=0", "ueraser_draws = 0: draw one at least"),
        ("shares=[1.5]", "must lie between 0 and 1"),
        (
            "photos.unseen={ classes = [3], without = \"ours\" }",
            "photos.unseen.classes = [3]: name two classes at least",
        ),
        ("victim", "is not of the form section.key=value"),
    ] {
        let error = load(item).unwrap_err().to_string();
        assert!(error.contains(words), "{item}: {error}");
    }
}

#[test]
fn no_victim_starts_from_the_recognisers_weights() {
    for name in ["small", "paper"] {
        let scale = Scale::load(name, &[]).unwrap();
        let seeds: Vec<u64> = scale
            .systems
            .values()
            .filter_map(|system| match system {
                System::Confounder(recipe) => Some(recipe.seed),
                _ => None,
            })
            .collect();
        // Victims count on from the scale's seed, one for each repeat.
        assert!(seeds.len() >= 4 && seeds.iter().all(|&seed| seed > 100));
    }
}

/// Scale files that are named by their path, and what they are for.
#[test]
fn scale_files_are_sound() {
    for (file, experiment) in [
        ("banks", Experiment::Systems),
        ("banks-ood", Experiment::Systems),
        ("blood", Experiment::Photos),
        ("cifar10", Experiment::Photos),
    ] {
        let path = format!(
            "{}/recipes/reproduce-{file}.toml",
            env!("CARGO_MANIFEST_DIR")
        );
        let scale = Scale::load(&path, &[]).unwrap();
        assert!(plan(experiment, &scale).unwrap().len() >= 4, "{file}");
    }
}

#[test]
fn few_clean_images_are_trained_on_as_long_as_the_mixture() {
    let epochs = |scale: &str, experiment, row: &str, column: &str| {
        let planned = plan(experiment, &Scale::load(scale, &[]).unwrap()).unwrap();
        let place = planned.iter().find(|p| p.row == row && p.column == column);
        place.unwrap().cell.victim.epochs
    };
    for (row, wanted) in [
        ("ours", 12),
        ("clean images only", 12),
        ("clean images only, as long", 240),
    ] {
        assert_eq!(epochs("small", Experiment::Fig5, row, "95 %"), wanted);
    }
    for (column, wanted) in [("ours", 40), ("clean", 800)] {
        let row = "a twentieth unprotected";
        assert_eq!(epochs("photos", Experiment::Photos, row, column), wanted);
    }
    assert_eq!(
        epochs("photos", Experiment::Photos, "as protected", "clean"),
        40
    );
}
