//! Unlabelled photos, sorted into kinds: what these have to do with what the photos show.
#![allow(clippy::unwrap_used, clippy::print_stderr)]
mod common;

use confounder_trainer::{
    data::{Spec, Splits, open},
    progress::Mode,
    train::into_kinds,
};

/// The share of images that are of the most frequent class of their kind.
fn purity(kinds: &[u8], classes: &[u8]) -> f64 {
    let mut counts = [[0usize; 256]; 256];
    for (&kind, &class) in kinds.iter().zip(classes) {
        counts[usize::from(kind)][usize::from(class)] += 1;
    }
    let most = counts.iter().filter_map(|of| of.iter().max());
    most.sum::<usize>() as f64 / classes.len() as f64
}

#[test]
fn kinds_of_real_photos_follow_what_they_show() {
    let Some(photos) = common::data::shared("imagenette_224") else {
        return;
    };
    let spec = Spec {
        side: 96,
        progress: Mode::Silent,
        ..Spec::default()
    };
    let Splits { train, test } = open(&photos, &spec).unwrap();
    let classes = (train.labels.clone(), test.labels.clone());
    let sorted = into_kinds(Splits { train, test }, 10, 1).unwrap();
    let by_chance = purity(&sorted.train.shuffled(5).unwrap().labels, &classes.0);
    let of_train = purity(&sorted.train.labels, &classes.0);
    let of_test = purity(&sorted.test.labels, &classes.1);
    eprintln!(
        "of one class: {of_train:.3} of learned photos, {of_test:.3} of others, {by_chance:.3} by chance"
    );
    assert!(of_train > by_chance + 0.2 && of_test > by_chance + 0.2);
}
