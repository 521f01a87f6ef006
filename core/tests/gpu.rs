//! The GPU engine against the CPU, where there is a GPU, of software too. `CONFOUNDER_GPU=required` makes one a must;
//! `CONFOUNDER_GPU_BACKEND` (`vulkan`, `metal`, `dx12`, `gl`) chooses the interface.
#![cfg(feature = "gpu")]
#![allow(clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

mod common;
#[path = "common/random.rs"]
mod random;

use common::{Noise, code_generator, luma_generator, read};
use confounder::research::run_generator;
use confounder::{
    EngineChoice, EngineKind, Generator, GpuBackend, GpuInfo, GpuOptions, GpuStatus, PersonalKey,
    Protector, ProtectorOptions,
};

fn options() -> GpuOptions {
    let options = GpuOptions::new().software(true);
    match std::env::var("CONFOUNDER_GPU_BACKEND").as_deref() {
        Ok("vulkan") => options.backend(GpuBackend::Vulkan),
        Ok("metal") => options.backend(GpuBackend::Metal),
        Ok("dx12") => options.backend(GpuBackend::Dx12),
        Ok("gl") => options.backend(GpuBackend::Gl),
        _ => options,
    }
}

/// A protector for the GPU, warm or given up.
fn open(generator: &Generator, options: GpuOptions) -> (Protector, GpuStatus) {
    let options = ProtectorOptions::new()
        .engine(EngineChoice::Gpu)
        .gpu(options);
    let protector = Protector::open(generator.clone(), options).unwrap();
    let status = protector.warm_up();
    (protector, status)
}

/// Whether there is no GPU here, which is fine where none is required.
fn is_missing(status: &GpuStatus) -> bool {
    let missing = matches!(status, GpuStatus::Missing { .. });
    if missing {
        let required = std::env::var("CONFOUNDER_GPU");
        assert_ne!(required.as_deref(), Ok("required"), "a GPU is required");
        eprintln!("skipped: the GPU is {status}");
    }
    missing
}

/// A protector on the GPU, ready; `None` with a message where there is no GPU.
fn gpu(generator: &Generator, options: GpuOptions) -> Option<(Protector, Box<GpuInfo>)> {
    match open(generator, options) {
        (protector, GpuStatus::Ready(info)) => Some((protector, info)),
        (_, status) if is_missing(&status) => None,
        (_, status) => panic!("the GPU is {status}"),
    }
}

fn cpu(generator: &Generator) -> Protector {
    let options = ProtectorOptions::new().engine(EngineChoice::Cpu);
    Protector::open(generator.clone(), options).unwrap()
}

/// The largest difference between both engines' residuals of an image of noise, relative to epsilon.
fn difference(gpu: &Protector, cpu: &Protector, (width, height): (usize, usize), seed: u64) -> f32 {
    let mut noise = Noise(seed);
    let image: Vec<f32> = (0..3 * width * height)
        .map(|_| 0.5 + 0.5 * noise.next())
        .collect();
    let a = run_generator(gpu, &image, width, height).unwrap();
    let b = run_generator(cpu, &image, width, height).unwrap();
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    assert_eq!(gpu.engine(), EngineKind::Gpu, "{}", gpu.gpu_status());
    let pairs = a.planes().iter().zip(b.planes());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) / a.epsilon()
}

#[test]
fn small_generators_agree() {
    for (model, sizes) in [
        (code_generator(Some(64)), vec![(64, 64)]),
        (
            code_generator(None),
            vec![(64, 48), (48, 64), (256, 8), (8, 8)],
        ),
        (luma_generator(), vec![(96, 64)]),
    ] {
        let generator = read(&model).unwrap();
        let Some((gpu, info)) = gpu(&generator, options()) else {
            return;
        };
        let cpu = cpu(&generator);
        println!("{info:?}");
        for size in sizes {
            let tolerance = if info.half_precision { 2e-2 } else { 1e-3 };
            let difference = difference(&gpu, &cpu, size, 5);
            println!("{size:?} {difference}");
            assert!(difference <= tolerance, "{size:?}: {difference}");
        }
    }
}

#[test]
fn a_users_generator_agrees() {
    let key = PersonalKey::new(b"the key of these tests").unwrap();
    let generator = Generator::personal(&key).unwrap();
    let Some((gpu, info)) = gpu(&generator, options()) else {
        return;
    };
    let tolerance = if info.half_precision { 2e-2 } else { 1e-3 };
    let difference = difference(&gpu, &cpu(&generator), (32, 32), 5);
    assert!(difference <= tolerance, "{difference}");
}

/// Generators drawn at random from all operators of contract v1, in two halves side by side: 50, or as many as the
/// environment variable `CONFOUNDER_GENERATORS` says.
#[test]
fn random_generators_agree() {
    agree(1..=half_of_them());
}

#[test]
fn more_random_generators_agree() {
    let half = half_of_them();
    agree(101..=100 + half);
}

fn half_of_them() -> u64 {
    let told = std::env::var("CONFOUNDER_GENERATORS");
    let count = told.map_or(50, |n| {
        n.parse().expect("CONFOUNDER_GENERATORS is a number")
    });
    (count / 2).max(1)
}

fn agree(seeds: std::ops::RangeInclusive<u64>) {
    let (mut ran, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    let drawn = seeds.clone().count();
    for seed in seeds {
        let model = random::random_generator(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let Ok(generator) = read(&model) else {
            refused.push(seed);
            continue;
        };
        let on_cpu = ProtectorOptions::new().engine(EngineChoice::Cpu);
        let Ok(cpu) = Protector::open(generator.clone(), on_cpu) else {
            refused.push(seed);
            continue;
        };
        let (gpu, status) = open(&generator, options().full_precision(true));
        let operators = || -> Vec<String> {
            let nodes = model.graph.as_ref().unwrap().node.iter();
            nodes.map(|node| node.op_type.clone()).collect()
        };
        if let GpuStatus::Ready(info) = status {
            let side = info.bytes_up.div_euclid(12).isqrt() as usize;
            let difference = difference(&gpu, &cpu, (side, side), seed);
            if difference > 1e-3 {
                wrong.push(format!("{seed}: {difference} {:?}", operators()));
            }
        } else if is_missing(&status) {
            return;
        } else {
            wrong.push(format!("{seed}: {status} {:?}", operators()));
        }
        ran += 1;
    }
    println!("{ran} of {drawn} generators ran; the CPU refused {refused:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(ran * 100 >= drawn * 95, "{refused:?}");
}
