#![allow(clippy::unwrap_used)]

use std::collections::HashSet;

use prost::Message;

use super::random::Random;
use super::*;
use crate::generator::Generator;
use crate::onnx::{GraphProto, ModelProto};
use crate::options::{ProtectOptions, ProtectorOptions};
use crate::pixels::{PixelLayout, PixelsMut};

const SIDE: usize = 24;
const FILE: &[u8] = include_bytes!("../../../tests/fixtures/generators/with_head.onnx");

fn protector(threads: usize) -> Protector {
    let generator = Generator::from_bytes(FILE).unwrap();
    Protector::open(generator, ProtectorOptions::new().threads(threads)).unwrap()
}

/// A photo of one of four kinds: a colour on the left, on the right, above, or a warm one below.
fn photo(kind: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed * 31 + kind as u64);
    let inside = |x: usize, y: usize| match kind {
        0 => x < SIDE / 2,
        1 => x >= SIDE / 2,
        2 => y < SIDE / 2,
        _ => y >= SIDE / 2,
    };
    let colour = [[210, 60, 50], [60, 190, 70], [60, 70, 200], [200, 190, 60]][kind];
    let mut pixels = Vec::new();
    for at in 0..SIDE * SIDE {
        let base = if inside(at % SIDE, at / SIDE) {
            colour
        } else {
            [120; 3]
        };
        pixels.extend(base.map(|level| (f64::from(level) + 40.0 * (random.share() - 0.5)) as u8));
    }
    pixels
}

fn look(fitter: &Fitter<'_>, pixels: &[u8]) -> Look {
    let side = SIDE as u32;
    let view = Pixels::new(pixels, side, side, SIDE * 3, PixelLayout::Rgb8).unwrap();
    fitter.look(&view, Orientation::Upright).unwrap()
}

/// Fits to `each` photos of every kind; the kind of the photo at `i` is `i % 4`.
fn fit(protector: &Protector, each: usize, options: FitOptions, labels: bool) -> Result<Fitted> {
    let mut fitter = protector.fitter(options)?;
    for i in 0..4 * each {
        let look = look(&fitter, &photo(i % 4, i as u64));
        fitter.add(look, labels.then(|| ["a", "b", "c", "d"][i % 4]));
    }
    fitter.finish()
}

fn groups(fitted: &Fitted) -> Vec<usize> {
    fitted
        .photos
        .iter()
        .flatten()
        .map(|photo| photo.group)
        .collect()
}

fn residual(generator: &Generator, pixels: &[u8]) -> Vec<f32> {
    let own = Protector::open(generator.clone(), ProtectorOptions::new()).unwrap();
    let view = Pixels::new(
        pixels,
        SIDE as u32,
        SIDE as u32,
        SIDE * 3,
        PixelLayout::Rgb8,
    )
    .unwrap();
    let residual = own.residual(&view, Orientation::Upright).unwrap();
    residual.planes().to_vec()
}

fn kind_of(result: Result<Fitted>) -> ErrorKind {
    result.map(|_| ()).unwrap_err().kind()
}

#[test]
fn kinds_become_groups_and_each_photo_gets_its_groups_pattern() {
    let fitted = fit(&protector(1), 8, FitOptions::new().kinds(4), false).unwrap();
    let found = groups(&fitted);
    assert!((0..32).all(|i| found[i] == found[i % 4]), "{found:?}");
    assert_eq!(found[..4].iter().collect::<HashSet<_>>().len(), 4);
    assert!(
        fitted
            .groups
            .iter()
            .all(|group| group.photos == 8 && group.sure > 0.9)
    );
    // Photos that were not in the fit, through the file.
    let new: Vec<_> = (0..4)
        .map(|kind| residual(&fitted.generator, &photo(kind, 900)))
        .collect();
    for kind in 0..4 {
        let again = residual(&fitted.generator, &photo(kind, 901));
        let far = |other: &Vec<f32>| -> f32 {
            again
                .iter()
                .zip(other)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max)
        };
        assert!(far(&new[kind]) < 0.004, "kind {kind}");
        assert!(
            (0..4).all(|other| other == kind || far(&new[other]) > 0.01),
            "kind {kind}"
        );
    }
}

#[test]
fn only_the_head_of_the_file_changes() {
    let fitted = fit(&protector(1), 4, FitOptions::new().kinds(4), false).unwrap();
    let (before, after) = (ModelProto::decode(FILE).unwrap(), fitted.generator.bytes());
    let after_model = ModelProto::decode(after).unwrap();
    let (old, new) = (before.graph.unwrap(), after_model.graph.unwrap());
    let kept = |graph: &GraphProto| -> Vec<Vec<u8>> {
        let nodes = graph.node.iter().filter(|node| {
            let made = node.output[0].as_str();
            !["a", "logits", "p", "code"].contains(&made) && !made.starts_with("confounder.fit.")
        });
        let constants = graph.initializer.iter().filter(|tensor| {
            let name = tensor.name.as_str();
            !["a8", "as", "ab", "E"].contains(&name) && !name.starts_with("confounder.fit.")
        });
        let nodes = nodes.map(Message::encode_to_vec);
        nodes.chain(constants.map(Message::encode_to_vec)).collect()
    };
    assert_eq!(kept(&old), kept(&new));
    assert_eq!(kept(&new).len(), 8 + 8);
    assert!(new.initializer.iter().all(|tensor| tensor.name != "a8"));
    for text in ["kept when it is fitted", "kept too"] {
        assert!(
            after
                .windows(text.len())
                .any(|bytes| bytes == text.as_bytes()),
            "{text}"
        );
    }
    let entries = &after_model.metadata_props;
    assert_eq!(
        entries[..before.metadata_props.len()],
        before.metadata_props
    );
    assert_eq!(entries.last().unwrap().key, "confounder.fit");
}

#[test]
fn the_file_says_what_it_was_fitted_to_and_can_be_fitted_again() {
    let fitted = fit(&protector(1), 5, FitOptions::new(), true).unwrap();
    let record = fitted.generator.fit().unwrap();
    assert_eq!(
        (record.photos, record.labelled, record.groups.len()),
        (20, true, 4)
    );
    assert_eq!(record.base, Generator::from_bytes(FILE).unwrap().sha256());
    assert!(record.amplitude > 0.005, "{}", record.amplitude);
    let text = serde_json::to_string(record).unwrap();
    assert!(!text.contains("\"a\""), "no names: {text}");
    let own = Protector::open(fitted.generator.clone(), ProtectorOptions::new()).unwrap();
    let again = fit(&own, 5, FitOptions::new(), true).unwrap();
    let rows = |fitted: &Fitted| fitted.groups.iter().map(|g| g.row).collect::<Vec<_>>();
    assert_eq!(
        rows(&again),
        rows(&fitted),
        "anchors are the head that is there"
    );
    let keys = &again.generator.model().unwrap().metadata_props;
    assert_eq!(
        keys.iter()
            .filter(|entry| entry.key == "confounder.fit")
            .count(),
        1
    );
}

#[test]
fn labels_make_groups_and_are_not_written() {
    let fitted = fit(&protector(1), 3, FitOptions::new(), true).unwrap();
    let labels: Vec<_> = fitted
        .groups
        .iter()
        .map(|group| group.label.as_deref())
        .collect();
    assert_eq!(labels, [Some("a"), Some("b"), Some("c"), Some("d")]);
    assert_eq!(groups(&fitted)[..8], [1, 2, 3, 4, 1, 2, 3, 4]);
}

#[test]
fn the_same_photos_give_the_same_file_on_any_number_of_threads() {
    let on = |threads| fit(&protector(threads), 6, FitOptions::new().kinds(5), false).unwrap();
    let (one, three) = (on(1), on(3));
    assert_eq!(one.generator.bytes(), three.generator.bytes());
    assert_eq!(one.photos, three.photos);
}

#[test]
fn groups_are_split_and_merged_by_number() {
    let plain = groups(&fit(&protector(1), 6, FitOptions::new().kinds(3), false).unwrap());
    let first = plain[0];
    let edited = FitOptions::new().kinds(3).split([first]).merge([[1, 2, 3]]);
    let fitted = fit(&protector(1), 6, edited, false).unwrap();
    let numbers: Vec<_> = fitted.groups.iter().map(|group| group.number).collect();
    assert_eq!(numbers, [1, 4]);
    let fourth = fitted.groups[1].photos;
    assert!(0 < fourth && fourth < 24, "{fourth}");
    for wrong in [
        FitOptions::new().split([99]),
        FitOptions::new().merge([[1, 99]]),
    ] {
        assert_eq!(
            kind_of(fit(&protector(1), 6, wrong, false)),
            ErrorKind::InvalidOptions
        );
    }
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let own = protector(1);
    assert_eq!(
        kind_of(fit(&own, 1, FitOptions::new(), false)),
        ErrorKind::InvalidOptions
    );
    assert_eq!(
        kind_of(fit(&own, 4, FitOptions::new().kinds(17), false)),
        ErrorKind::InvalidOptions
    );
    assert_eq!(
        kind_of(fit(&own, 4, FitOptions::new().kinds(1), false)),
        ErrorKind::InvalidOptions
    );
    let mut fitter = own.fitter(FitOptions::new()).unwrap();
    for i in 0..8 {
        let seen = look(&fitter, &photo(0, i));
        fitter.add(seen, (i > 3).then_some("a"));
    }
    assert_eq!(kind_of(fitter.finish()), ErrorKind::InvalidOptions);
    let key = crate::PersonalKey::new(&[7; 16]).unwrap();
    let headless =
        Protector::open(Generator::personal(&key).unwrap(), ProtectorOptions::new()).unwrap();
    let refused = headless.fitter(FitOptions::new()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::GeneratorInvalid);
}

#[test]
fn a_cancelled_fit_stops_and_so_does_one_whose_hook_breaks() {
    let own = protector(1);
    let stop = FitOptions::new().on_photo(|photos| match photos {
        3 => std::ops::ControlFlow::Break(()),
        _ => std::ops::ControlFlow::Continue(()),
    });
    let fitter = own.fitter(stop).unwrap();
    let side = SIDE as u32;
    let pixels = photo(0, 1);
    let view = Pixels::new(&pixels, side, side, SIDE * 3, PixelLayout::Rgb8).unwrap();
    let looks: Vec<_> = (0..3)
        .map(|_| fitter.look(&view, Orientation::Upright))
        .collect();
    assert!(looks[1].is_ok());
    assert_eq!(looks[2].as_ref().unwrap_err().kind(), ErrorKind::Cancelled);
    let cancelled = FitOptions::new();
    cancelled.cancel.cancel();
    let fitter = own.fitter(cancelled).unwrap();
    assert_eq!(
        fitter.look(&view, Orientation::Upright).unwrap_err().kind(),
        ErrorKind::Cancelled
    );
}

#[test]
fn the_report_says_that_a_photo_fits_no_group() {
    let fitted = fit(&protector(1), 8, FitOptions::new().kinds(4), false).unwrap();
    let own = Protector::open(fitted.generator, ProtectorOptions::new()).unwrap();
    let notes = |mut pixels: Vec<u8>| {
        let side = SIDE as u32;
        let mut view =
            PixelsMut::new(&mut pixels, side, side, SIDE * 3, PixelLayout::Rgb8).unwrap();
        own.protect_pixels(&mut view, &ProtectOptions::new())
            .unwrap()
            .notes
    };
    assert!(notes(photo(2, 77)).is_empty());
    // Between two kinds whose patterns are opposite there is a photo that gets neither.
    let between = |a: usize, b: usize, part: u32| -> Vec<u8> {
        let both = photo(a, 5).into_iter().zip(photo(b, 5));
        let mix = |(x, y): (u8, u8)| (u32::from(x) * (40 - part) + u32::from(y) * part) / 40;
        both.map(|both| mix(both) as u8).collect()
    };
    let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
    let mixtures = pairs
        .iter()
        .flat_map(|&(a, b)| (1..40).map(move |part| (a, b, part)));
    let said: Vec<String> = mixtures
        .flat_map(|(a, b, part)| notes(between(a, b, part)))
        .collect();
    assert!(!said.is_empty() && said.len() < 6 * 39, "{}", said.len());
    assert!(said[0].contains("fits none of the 4 groups"), "{said:?}");
}
