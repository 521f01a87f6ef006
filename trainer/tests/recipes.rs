//! Recipes: the bundled ones are sound, mistakes are named.
#![allow(clippy::unwrap_used)]

use confounder_trainer::recipe::{BUNDLED, Recipe};

fn error_of(name: &str, overrides: &[&str]) -> String {
    let overrides: Vec<String> = overrides.iter().map(|&s| s.to_owned()).collect();
    Recipe::load(name, &overrides).unwrap_err().to_string()
}

#[test]
fn bundled_recipes_are_valid_and_named_after_themselves() {
    for (name, _) in BUNDLED {
        assert_eq!(&Recipe::load(name, &[]).unwrap().name, name);
    }
}

#[test]
fn overrides_change_one_value() {
    let recipe = Recipe::load(
        "small",
        &["victim.epochs=14".into(), "generator.epsilon=8".into()],
    )
    .unwrap();
    assert_eq!(recipe.victim.epochs, 14);
    assert!((recipe.generator.epsilon() - 8.0 / 255.0).abs() < 1e-9);
}

#[test]
fn overrides_reach_the_items_of_lists() {
    let change = |item: &str| Recipe::load("photos", &[item.into()]);
    let recipe = change("data.sources.1.images=600").unwrap();
    assert_eq!(recipe.data.sources[1].images, 600);
    let same = |i: usize| recipe.data.sources[i] == change("seed=2").unwrap().data.sources[i];
    assert!(same(0) && same(2) && !same(1));
    let classes = change("data.sources.1.classes=[0, 1]").unwrap();
    assert_eq!(classes.data.sources[1].classes, Some(vec![0, 1]));
    for wrong in ["9", "first", "-1"] {
        let error = change(&format!("data.sources.{wrong}.images=600")).unwrap_err();
        let expected = format!("{wrong} is not an item of sources");
        assert!(error.to_string().contains(&expected), "{error}");
    }
}

#[test]
fn mistakes_are_named() {
    assert!(
        error_of("nonsense", &[]).contains("small-paper"),
        "lists the bundled names"
    );
    assert!(
        error_of("small", &["victim.epocs=15"]).contains("epocs"),
        "unknown field"
    );
    assert!(
        error_of("small", &["victim.batch=127", "victim.replicas=2"]).contains("127"),
        "indivisible batch"
    );
    assert!(
        error_of("small", &["generator.epsilon=0"]).contains("epsilon = 0"),
        "bound of nothing"
    );
    assert!(
        error_of("small", &["generator.bank=loud"]).contains("loud"),
        "unknown bank"
    );
    assert!(
        error_of("small", &["generator.bank={ opposites = { hue = 150 } }"]).contains("grid = 4"),
        "a grid too small for the bank"
    );
    assert!(
        error_of("small", &["data.in_distribution=50000"]).contains("50000"),
        "more images than there are"
    );
    assert!(
        error_of("small", &["data.crop_side=64"]).contains("crop_side = 64"),
        "nothing to crop"
    );
    assert!(
        error_of("photos", &["data.crop_side=64"]).contains("below data.side = 96"),
        "crops of less than whole pictures"
    );
    assert!(
        error_of("small", &["victim.rate=-1"]).contains("rate = -1"),
        "negative rate"
    );
    assert!(
        error_of(
            "small",
            &["victim.adversary={ epsilon = 8, step = 4, steps = 0 }"]
        )
        .contains("victim.adversary"),
        "an adversary that does nothing"
    );
    assert!(
        error_of("small", &["victim"]).contains("section.key=value"),
        "no value"
    );
}

#[test]
fn a_net_that_cannot_be_built_or_started_is_named() {
    for (recipe, change, part) in [
        ("photos", "surrogate.width=6", "multiple of 4"),
        ("photos", "surrogate.width=16", "width = 32"),
        ("photos", "surrogate.net=\"vgg11\"", "VGG-11"),
        ("small", "victim.width=0", "at least 1"),
        ("small", "victim.worst_of=0", "worst_of = 0"),
        (
            "photos",
            "surrogate.worst_of=5",
            "worst_of and frozen_trunk",
        ),
        ("small", "surrogate.worst_of=2", "worst_of and replicas"),
        (
            "photos",
            "surrogate.adversary={ epsilon = 8, step = 4, steps = 1 }",
            "frozen_trunk",
        ),
    ] {
        let text = error_of(recipe, &[change]);
        assert!(text.contains(part), "{change}: {text}");
    }
}

#[test]
fn the_fingerprint_follows_what_decides_a_result() {
    let a = Recipe::load("small", &[]).unwrap();
    let b = Recipe::load("small", &["victim.epochs=14".into()]).unwrap();
    assert_eq!(
        a.fingerprint(&[&a.surrogate]),
        b.fingerprint(&[&b.surrogate])
    );
    assert_ne!(a.fingerprint(&[&a.victim]), b.fingerprint(&[&b.victim]));
}

#[test]
fn small_and_small_paper_share_their_surrogate() {
    let a = Recipe::load("small", &[]).unwrap();
    let b = Recipe::load("small-paper", &[]).unwrap();
    assert_eq!(
        a.fingerprint(&[&a.data, &a.surrogate]),
        b.fingerprint(&[&b.data, &b.surrogate])
    );
}
