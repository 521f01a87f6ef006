//! The GPU engine against the CPU, where there is a GPU, of software too. `CONFOUNDER_GPU=required` makes one a must;
//! `CONFOUNDER_GPU_BACKEND` (`vulkan`, `metal`, `dx12`, `gl`) chooses the interface.
#![cfg(feature = "gpu")]
#![allow(clippy::unwrap_used)]

mod common;

use common::{Noise, code_generator, luma_generator, read};
use confounder::{
    EngineChoice, Generator, GpuBackend, GpuInfo, GpuOptions, GpuStatus, Protector,
    ProtectorOptions,
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

/// A protector on the GPU, ready; `None` with a message where there is no GPU.
fn gpu(generator: &Generator, options: GpuOptions) -> Option<(Protector, Box<GpuInfo>)> {
    let options = ProtectorOptions::new()
        .engine(EngineChoice::Gpu)
        .gpu(options);
    let protector = Protector::open(generator.clone(), options).unwrap();
    match protector.warm_up() {
        GpuStatus::Ready(info) => Some((protector, info)),
        other => {
            assert_ne!(
                std::env::var("CONFOUNDER_GPU").as_deref(),
                Ok("required"),
                "a GPU is required, but it is {other}"
            );
            assert!(other.to_string().contains("no GPU"), "{other}");
            eprintln!("skipped: {other}");
            None
        }
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
    let a = gpu.run_generator(&image, width, height).unwrap();
    let b = cpu.run_generator(&image, width, height).unwrap();
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    assert_eq!(gpu.engine(), "gpu", "{}", gpu.gpu_status());
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
