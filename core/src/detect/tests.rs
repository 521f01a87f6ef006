#![allow(clippy::unwrap_used)]

use super::*;
use crate::blend::blend;
use crate::cancel::CancelToken;
use crate::options::Strength;
use crate::pixels::{PixelLayout, PixelsMut};

const EPSILON: f32 = 10.0 / 255.0;

/// A 4 x 4 residual of two signs without luma.
fn residual() -> Residual {
    let sign = |i: usize, key: usize| if (i * 7 + key) % 5 < 2 { 1.0f32 } else { -1.0 };
    let chroma = |i: usize| (0.5 * EPSILON * sign(i, 1), 0.5 * EPSILON * sign(i, 3));
    let red = (0..16).map(|i| 1.402 * chroma(i).1);
    let green = (0..16).map(|i| -0.344_136 * chroma(i).0 - 0.714_136 * chroma(i).1);
    let blue = (0..16).map(|i| 1.772 * chroma(i).0);
    Residual::new(4, 4, EPSILON, red.chain(green).chain(blue).collect()).unwrap()
}

/// A photo of a soft colour gradient, with `strength` of the residual.
fn photo(strength: f32) -> Vec<f32> {
    let (width, height) = (160, 120);
    let mut samples: Vec<u8> = (0..width * height)
        .flat_map(|i| {
            [
                100 + (i % width / 16) as u8,
                110,
                120 - (i / width / 12) as u8,
            ]
        })
        .collect();
    let mut pixels = PixelsMut::new(
        &mut samples,
        width as u32,
        height as u32,
        width * 3,
        PixelLayout::Rgb8,
    )
    .unwrap();
    blend(
        &mut pixels,
        &residual(),
        Strength::new(strength).unwrap(),
        &CancelToken::new(),
    )
    .unwrap();
    downscale::to_planes(&pixels.as_pixels(), (4, 4), &CancelToken::new()).unwrap()
}

#[test]
fn the_amplitude_is_the_strength_and_the_evidence_follows() {
    let found = [0.0f32, 0.5, 1.0, 1.5].map(|strength| {
        let (amplitude, evidence) = compare(&photo(strength), &residual()).unwrap();
        let (without, _) = compare(&photo(0.0), &residual()).unwrap();
        assert!(
            (amplitude - without - f64::from(strength)).abs() < 0.03,
            "{strength}: {amplitude} {without}"
        );
        evidence
    });
    assert!(found[0] < -10.0 && found[2] > 10.0, "{found:?}");
    assert!(found[0] < found[1] && found[1] < found[2], "{found:?}");
}

#[test]
fn verdicts_follow_the_probability() {
    let verdict = |evidence| judge(Some((0.5, evidence)), true, Some(&SPREADS[1])).verdict;
    assert_eq!(verdict(60.0), Verdict::Likely);
    assert_eq!(verdict(-60.0), Verdict::Unlikely);
    assert_eq!(verdict(0.1), Verdict::CannotTell);
    assert_eq!(
        judge(Some((1.0, 50.0)), false, Some(&SPREADS[1])).verdict,
        Verdict::CannotTell
    );
    assert_eq!(
        judge(None, true, Some(&SPREADS[1])).verdict,
        Verdict::CannotTell
    );
    let other = judge(Some((1.0, 50.0)), true, None);
    assert_eq!(
        (other.verdict, other.probability, other.error_rate),
        (Verdict::NotMeasured, None, None)
    );
}

#[test]
fn a_residual_without_varying_chroma_says_nothing() {
    let flat = Residual::new(2, 2, EPSILON, [[0.01f32; 4], [0.0; 4], [-0.01; 4]].concat()).unwrap();
    assert_eq!(compare(&[0.5; 12], &flat), None);
    let gray: Vec<f32> = (0..4).map(|i| i as f32 / 100.0).collect();
    let gray = Residual::new(2, 2, EPSILON, gray.repeat(3)).unwrap();
    assert_eq!(compare(&[0.5; 12], &gray), None);
}

/// Where this fails a bundled generator is another one: measure it again with `core/examples/detection.rs`.
#[test]
fn the_figures_are_those_of_the_bundled_generators() {
    let pinned = [
        include_str!("../../models/generator.sha256"),
        include_str!("../../models/compact.sha256"),
    ];
    for (spread, pinned) in SPREADS.iter().zip(pinned) {
        assert_eq!(pinned.split_whitespace().next(), Some(spread.generator));
    }
}

#[test]
#[cfg(feature = "codecs")]
fn a_protected_file_is_told_from_its_original() {
    use crate::options::{Limits, ProtectOptions, ProtectorOptions};
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/fixtures/cyclamen_persicum.jpg"
    );
    let photo = std::fs::read(path).unwrap();
    let compact: &[u8] = include_bytes!("../../models/compact.onnx");
    let generator = crate::Generator::from_bytes(compact).unwrap();
    let protector = Protector::open(generator, ProtectorOptions::new()).unwrap();
    let protected = protector
        .protect_bytes(&photo, &ProtectOptions::new())
        .unwrap();
    let [before, after] = [&photo, &protected.bytes]
        .map(|bytes| protector.detect_bytes(bytes, &Limits::new()).unwrap());
    assert!(
        (after.amplitude - before.amplitude - 1.0).abs() < 0.15,
        "{before:?} {after:?}"
    );
    assert!(
        after.evidence > before.evidence + 1.0,
        "{before:?} {after:?}"
    );
    assert_ne!(before.verdict, Verdict::Likely, "{before:?}");
    assert_ne!(after.verdict, Verdict::Unlikely, "{after:?}");
}
