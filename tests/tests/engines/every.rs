//! Every engine that is here, side by side.

use confounder::research::run_generator;
use confounder::{EngineChoice, Generator, GpuOptions, GpuStatus, Protector, ProtectorOptions};
use confounder_trainer::engine::{Feed, Session};

/// Largest difference between two engines, relative to epsilon, in float32.
const TOLERANCE: f32 = 1e-3;

/// Runs a generator on an image of a side: the residual's planes.
pub(crate) type Run = Box<dyn FnMut(&[f32], usize) -> Vec<f32>>;

/// Something that runs a generator.
pub(crate) struct Engine {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

/// Every engine that is here, tract first; `None` where tract refuses the generator, with an error. `on_gpu` says whether
/// the GPU runs it, or leaves it to the CPU.
pub(crate) fn engines(generator: &Generator, on_gpu: bool) -> Option<Vec<Engine>> {
    let protector = |options| Protector::open(generator.clone(), options).ok();
    let cpu = protector(ProtectorOptions::new().engine(EngineChoice::Cpu))?;
    let gpu = GpuOptions::new().software(true).full_precision(true);
    let gpu = protector(ProtectorOptions::new().engine(EngineChoice::Gpu).gpu(gpu))?;
    let on = |protector: Protector| -> Run {
        Box::new(move |image, side| {
            let residual = run_generator(&protector, image, side, side).unwrap();
            residual.planes().to_vec()
        })
    };
    let mut engines = vec![];
    match gpu.warm_up() {
        GpuStatus::Off { reason } if !on_gpu => {
            assert!(reason.contains("does not run"), "{reason}")
        }
        GpuStatus::Ready(_) => engines.push(Engine {
            name: "gpu",
            run: on(gpu),
        }),
        status => {
            // Where there is no GPU, nothing can be said of it.
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
pub(crate) fn agree(
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
