//! One suite over every engine: tract on the CPU, the GPU (of software too), ONNX Runtime. They agree on every operator of
//! contract v1, on every fixture and on random generators. `CONFOUNDER_GPU=required` makes a GPU a must.
#![allow(clippy::unwrap_used)]

mod case;
#[path = "../../../core/tests/common/mod.rs"]
mod common;
mod every;
mod operators;
#[path = "../../../core/tests/common/random.rs"]
mod random;

use common::{Noise, read};
use confounder::{Generator, InputShape};
use confounder_tests::fixtures;
use every::{agree, engines};

/// Random generators whose operators an engine computes wrongly, by seed, with the reason.
const IGNORED: [(&str, u64, &str); 0] = [];

fn side(generator: &Generator) -> usize {
    match generator.input_shape() {
        InputShape::Fixed { width, .. } => width,
        other => panic!("the size is {other:?}"),
    }
}

#[test]
fn all_engines_agree_on_every_fixture() {
    let generator = Generator::bundled().unwrap();
    let side = side(&generator);
    let mut engines = engines(&generator, true).unwrap();
    for path in fixtures() {
        // At the working grid's own size the downscale is the identity, so all engines get the very same numbers.
        let filter = image::imageops::FilterType::Triangle;
        let photo = image::open(&path)
            .unwrap()
            .resize_exact(side as u32, side as u32, filter);
        let samples = photo.to_rgb8().into_raw();
        let plane = |c: usize| {
            samples
                .iter()
                .skip(c)
                .step_by(3)
                .map(|&b| f32::from(b) / 255.0)
        };
        let image: Vec<f32> = (0..3).flat_map(plane).collect();
        let what = path.display().to_string();
        let largest = agree(&mut engines, &image, side, generator.epsilon(), &what, &[]);
        assert!(largest > 0.1, "{what}: no residual to speak of");
    }
}

/// 30 generators, or as many as the environment variable `CONFOUNDER_GENERATORS` says.
#[test]
fn all_engines_agree_on_random_generators() {
    let count = std::env::var("CONFOUNDER_GENERATORS").map_or(30, |n| {
        n.parse().expect("CONFOUNDER_GENERATORS is a number")
    });
    let mut ran = 0;
    for seed in (1001u64..).take(count) {
        let model = random::random_generator(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        // A few draws are beyond what contract v1 allows.
        let Ok(generator) = read(&model) else {
            continue;
        };
        let side = side(&generator);
        let mut noise = Noise(seed);
        let image: Vec<f32> = (0..3 * side * side).map(|_| 0.5 + noise.next()).collect();
        let skip: Vec<&str> = IGNORED
            .iter()
            .filter(|(_, ignored, _)| *ignored == seed)
            .map(|(engine, ..)| *engine)
            .collect();
        let Some(mut engines) = engines(&generator, true) else {
            continue;
        };
        agree(
            &mut engines,
            &image,
            side,
            generator.epsilon(),
            &format!("seed {seed}"),
            &skip,
        );
        ran += 1;
    }
    assert!(6 * ran >= 5 * count, "only {ran} of {count} generators ran");
}
