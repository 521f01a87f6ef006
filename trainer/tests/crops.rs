//! Crops taken from larger pictures than the recogniser sees.
#![allow(clippy::unwrap_used)]

use confounder_trainer::{
    data::{Dataset, write_tree},
    recipe::Recipe,
    stages::{Run, pretrain},
};

/// Pictures of 24 px whose mean colour tells their class.
fn pictures() -> Dataset {
    const SIDE: usize = 24;
    let n = 40;
    let sample = |i: usize, j: usize| ((i * 31 + j * 17) % 67 + 120 * (i % 2)) as u8;
    Dataset {
        name: "made up".into(),
        classes: vec!["dark".into(), "light".into()],
        height: SIDE,
        width: SIDE,
        images: (0..n)
            .flat_map(|i| (0..3 * SIDE * SIDE).map(move |j| sample(i, j)))
            .collect(),
        labels: (0..n).map(|i| (i % 2) as u8).collect(),
    }
}

#[test]
fn the_recogniser_sees_crops_of_larger_pictures_at_its_own_size() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("pictures");
    write_tree(&data, &pictures()).unwrap();
    let changes = [
        "data.side=16",
        "data.crop_side=24",
        "data.generator_images=0",
        "data.in_distribution=0",
        "data.out_of_distribution=0",
        "surrogate.width=4",
        "surrogate.batch=8",
        "surrogate.epochs=12",
        "surrogate.plain_epochs=2",
        "surrogate.augment={ resized_crop = [0.3, 1.0], flip = true }",
    ]
    .map(String::from);
    let recipe = Recipe::load("smoke", &changes).unwrap();
    let run = Run::open(recipe, &data, &folder.path().join("run")).unwrap();
    let sides = |set: &Dataset| (set.height, set.width);
    assert_eq!(sides(run.crop_images.as_ref().unwrap()), (24, 24));
    assert_eq!(sides(&run.generator_images), (16, 16));
    assert_eq!(sides(&run.test), (16, 16));
    let trained = pretrain(&run).unwrap();
    assert!(trained.last() > 80.0, "{:?}", trained.epochs);

    // The folder goes on telling of the recipe that its checkpoint is of.
    let kept = std::fs::read(run.path("recipe.toml")).unwrap();
    let mut other = run.recipe.clone();
    other.surrogate.epochs = 11;
    let refused = Run::open(other, &data, &run.folder)
        .map(|_| ())
        .unwrap_err();
    assert!(refused.to_string().contains("another recipe"), "{refused}");
    assert_eq!(std::fs::read(run.path("recipe.toml")).unwrap(), kept);
}
