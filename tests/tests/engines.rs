//! One suite over every engine: tract on the CPU, the GPU (of software too), ONNX Runtime. They agree on every fixture and
//! on random generators. `CONFOUNDER_GPU=required` makes a GPU a must.
#![allow(clippy::unwrap_used)]

#[path = "../../core/tests/common/mod.rs"]
mod common;
#[path = "../../core/tests/common/random.rs"]
mod random;

use common::{Noise, read};
use confounder::{
    EngineChoice, Generator, GpuOptions, GpuStatus, InputShape, Protector, ProtectorOptions,
};
use confounder_tests::fixtures;
use confounder_trainer::engine::{Feed, Session};

/// Largest difference between two engines, relative to epsilon, in float32.
const TOLERANCE: f32 = 1e-3;

/// Random generators whose operators an engine computes wrongly, by seed, with the reason.
const IGNORED: [(&str, u64, &str); 0] = [];

/// Runs a generator on an image of a side: the residual's planes.
type Run = Box<dyn FnMut(&[f32], usize) -> Vec<f32>>;

/// Something that runs a generator.
struct Engine {
    name: &'static str,
    run: Run,
}

/// Every engine that is here, tract first; `None` where tract refuses the generator, with an error.
fn engines(generator: &Generator) -> Option<Vec<Engine>> {
    let protector = |options| Protector::open(generator.clone(), options).ok();
    let cpu = protector(ProtectorOptions::new())?;
    let gpu = GpuOptions::new().software(true).full_precision(true);
    let gpu = protector(ProtectorOptions::new().engine(EngineChoice::Gpu).gpu(gpu))?;
    let on = |protector: Protector| -> Run {
        Box::new(move |image, side| {
            let residual = protector.run_generator(image, side, side).unwrap();
            residual.planes().to_vec()
        })
    };
    let mut engines = vec![];
    match gpu.warm_up() {
        GpuStatus::Ready(_) => engines.push(Engine {
            name: "gpu",
            run: on(gpu),
        }),
        status => {
            let required = std::env::var("CONFOUNDER_GPU");
            let missing = matches!(status, GpuStatus::Missing { .. });
            assert!(
                missing && required.as_deref() != Ok("required"),
                "the GPU is {status}"
            );
        }
    }
    let mut session = Session::from_bytes(generator.bytes(), 1).unwrap();
    engines.push(Engine {
        name: "ort",
        run: Box::new(move |image, side| {
            let feed = Feed {
                name: "image",
                shape: &[1, 3, side, side],
                data: image,
            };
            session.run(&[feed]).unwrap().take("residual").unwrap()
        }),
    });
    engines.insert(
        0,
        Engine {
            name: "cpu",
            run: on(cpu),
        },
    );
    Some(engines)
}

/// Asserts that all engines give the first one's residual; returns its largest value relative to epsilon.
fn agree(
    engines: &mut [Engine],
    image: &[f32],
    side: usize,
    epsilon: f32,
    what: &str,
    skip: &[&str],
) -> f32 {
    let (first, rest) = engines.split_first_mut().unwrap();
    let expected = (first.run)(image, side);
    for engine in rest
        .iter_mut()
        .filter(|engine| !skip.contains(&engine.name))
    {
        let given = (engine.run)(image, side);
        assert_eq!(given.len(), expected.len(), "{what} on {}", engine.name);
        let pairs = given.iter().zip(&expected);
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / epsilon;
        assert!(
            worst <= TOLERANCE,
            "{what} on {}: {worst:e} epsilon",
            engine.name
        );
    }
    expected.iter().map(|value| value.abs()).fold(0.0, f32::max) / epsilon
}

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
    let mut engines = engines(&generator).unwrap();
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
        let Some(mut engines) = engines(&generator) else {
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
