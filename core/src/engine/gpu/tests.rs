//! What no caller can bring about: devices lost between any two steps, wrong numbers, panics. On whatever GPU there is.
#![allow(clippy::print_stderr, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use super::device::Device;
use super::kernel::Kernel;
use super::loaded::Point;
use super::*;
use crate::engine::order::Engines;
use crate::engine::run::Engine;
use crate::graph::Graph;
use crate::options::{EngineChoice, ProtectorOptions};
use crate::report::EngineKind;

fn bundled() -> Generator {
    let bytes: &[u8] = include_bytes!("../../../models/generator.onnx");
    Generator::from_bytes(bytes).unwrap()
}

/// A warm GPU, and the CPU beside it; `None` with a message where there is no GPU.
fn warm() -> Option<(Gpu, Arc<CpuEngine>)> {
    let generator = bundled();
    let cpu = Arc::new(CpuEngine::new(&generator).unwrap());
    let options = GpuOptions::new().software(true);
    let gpu = Gpu::open(&generator, options, Arc::clone(&cpu));
    gpu.wait();
    match gpu.status() {
        GpuStatus::Ready(_) => Some((gpu, cpu)),
        status => {
            let required = std::env::var("CONFOUNDER_GPU");
            assert_ne!(required.as_deref(), Ok("required"), "the GPU is {status}");
            eprintln!("skipped: the GPU is {status}");
            None
        }
    }
}

fn session(gpu: &Gpu) -> Arc<Session> {
    match &*lock(&gpu.shared.state) {
        State::Ready(session, _) => Arc::clone(session),
        _ => panic!("the GPU is not ready"),
    }
}

fn side(generator: &Generator) -> usize {
    match generator.input_shape() {
        crate::InputShape::Fixed { width, .. } => width,
        crate::InputShape::Any => 64,
    }
}

/// Every kernel is valid WGSL in both precisions, whether there is a GPU or not.
#[test]
fn kernels_are_valid() {
    use wgpu::naga::front::wgsl;
    use wgpu::naga::valid::{Capabilities, ValidationFlags, Validator};
    for kernel in Kernel::ALL {
        for half in [false, true] {
            let source = kernel.source(half);
            let module = wgsl::parse_str(&source)
                .unwrap_or_else(|e| panic!("{}: {}", kernel.name(), e.emit_to_string(&source)));
            let mut validator = Validator::new(ValidationFlags::all(), Capabilities::all());
            validator
                .validate(&module)
                .unwrap_or_else(|e| panic!("{}: {e:?}", kernel.name()));
        }
    }
}

#[test]
fn a_lost_device_is_survived_at_every_point() {
    let generator = bundled();
    let side = side(&generator);
    let image: Vec<f32> = (0..3 * side * side)
        .map(|i| (i % 251) as f32 / 251.0)
        .collect();
    for point in Point::ALL {
        let Some((gpu, cpu)) = warm() else { return };
        let expected = cpu.run(&image, side, side).unwrap();
        let engines = Engines::of(Arc::clone(&cpu), gpu);
        let gpu = engines.gpu.as_ref().unwrap();
        let loaded = session(gpu).program((side, side), &|| false).unwrap();
        *lock(&loaded.fault) = Some((point, |device| device.device.destroy()));
        let run = engines.run(&image, side, side).unwrap();
        let close = |residual: &Residual| {
            let pairs = residual.planes().iter().zip(expected.planes());
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max) <= 2e-2 * generator.epsilon()
        };
        // The last moment is after the work: there the answer may still come from the GPU.
        if run.engine == EngineKind::Cpu {
            assert_eq!(run.residual, expected, "{point:?}");
            assert!(run.note.unwrap().contains("GPU"), "{point:?}");
        } else {
            assert!(matches!(point, Point::Wait | Point::Read), "{point:?}");
        }
        assert!(close(&run.residual), "{point:?}");
        // It is opened again by itself; nothing is lost but time.
        for _ in 0..2 {
            let run = engines.run(&image, side, side).unwrap();
            assert!(close(&run.residual), "{point:?}");
        }
        assert_eq!(
            engines.kind(),
            EngineKind::Gpu,
            "{point:?}: {}",
            engines.gpu_status()
        );
    }
}

#[test]
fn a_panic_of_the_interface_becomes_a_reason() {
    let Some((gpu, cpu)) = warm() else { return };
    let side = side(&bundled());
    let image = vec![0.5; 3 * side * side];
    let expected = cpu.run(&image, side, side).unwrap();
    let engines = Engines::of(cpu, gpu);
    let gpu = engines.gpu.as_ref().unwrap();
    let loaded = session(gpu).program((side, side), &|| false).unwrap();
    *lock(&loaded.fault) = Some((Point::Encode, |_| panic!("a fault of the interface")));
    let run = engines.run(&image, side, side).unwrap();
    assert_eq!((run.engine, &run.residual), (EngineKind::Cpu, &expected));
    assert!(run.note.unwrap().contains("panicked"));
}

/// A device that computes another residual than the CPU is not used.
#[test]
fn wrong_numbers_are_found() {
    let Some((gpu, _)) = warm() else { return };
    let mut model = bundled().model().unwrap();
    let graph = model.graph.as_mut().unwrap();
    let bank = graph
        .initializer
        .iter_mut()
        .rfind(|tensor| tensor.dims.len() == 2);
    let bank = bank.unwrap();
    // One number of each pattern of the bank, by half, for any of them may be what the pictures of the check show.
    let pattern = 4 * bank.dims[1] as usize;
    for pattern in bank.raw_data.chunks_exact_mut(pattern) {
        let number = pattern.first_chunk_mut::<4>().unwrap();
        *number = (f32::from_le_bytes(*number) * 0.5).to_le_bytes();
    }
    let device = Device::open(&gpu.shared.options).unwrap();
    let half = device.has_half;
    let cache = cache::Cache::open(&device, None, "");
    let wrong = Session::new(
        compiler::Compiler::new(device, half, cache),
        Arc::new(Graph::read(&model).unwrap()),
    );
    let failure = gpu.shared.self_check(&wrong).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Wrong, "{failure}");
}

#[test]
fn a_device_that_is_lost_again_and_again_is_given_up() {
    let generator = bundled();
    let side = side(&generator);
    let image = vec![0.5; 3 * side * side];
    let Some((gpu, _)) = warm() else { return };
    for _ in 0..=MAX_RESTARTS {
        gpu.wait();
        session(&gpu).compiler.device.device.destroy();
        gpu.run(&image, (side, side)).unwrap_err();
    }
    gpu.wait();
    let status = gpu.status().to_string();
    assert!(status.contains("lost"), "{status}");
    // From then on every call says so at once.
    let reason = gpu.run(&image, (side, side)).unwrap_err();
    assert!(reason.to_string().contains("lost"));
}

#[test]
fn a_paused_gpu_is_left_alone() {
    let Some((gpu, _)) = warm() else { return };
    let side = side(&bundled());
    let image = vec![0.5; 3 * side * side];
    gpu.pause(true);
    let status = gpu.run(&image, (side, side)).unwrap_err();
    assert!(status.to_string().contains("paused"));
    assert!(gpu.status().to_string().contains("paused"));
    gpu.pause(false);
    assert!(gpu.run(&image, (side, side)).is_ok());
}

#[test]
fn dropping_does_not_wait_for_the_end_of_warming_up() {
    let generator = bundled();
    let cpu = Arc::new(CpuEngine::new(&generator).unwrap());
    for wait in [0, 5, 50] {
        let options = GpuOptions::new().software(true);
        let gpu = Gpu::open(&generator, options, Arc::clone(&cpu));
        std::thread::sleep(Duration::from_millis(wait));
        drop(gpu);
    }
    assert_eq!(Arc::strong_count(&cpu), 1, "a thread was left behind");
}

#[test]
fn a_marker_left_behind_keeps_the_gpu_off() {
    let folder = tempfile::tempdir().unwrap();
    let left = breaker::Marker::set(Some(&folder.path().to_owned())).unwrap();
    std::mem::forget(left);
    let generator = bundled();
    let options = ProtectorOptions::new()
        .engine(EngineChoice::Gpu)
        .gpu(GpuOptions::new().software(true).folder(folder.path()));
    let engines = Engines::open(&generator, &options).unwrap();
    let side = side(&generator);
    let run = engines
        .run(&vec![0.5; 3 * side * side], side, side)
        .unwrap();
    assert_eq!(run.engine, EngineKind::Cpu);
    assert!(run.note.unwrap().contains("an earlier start ended"));
}

#[test]
fn what_was_compiled_is_kept_and_read_again() {
    let Some((gpu, cpu)) = warm() else { return };
    let has = session(&gpu)
        .compiler
        .device
        .device
        .features()
        .contains(wgpu::Features::PIPELINE_CACHE);
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let options = GpuOptions::new().software(true).folder(folder.path());
        let gpu = Gpu::open(&bundled(), options, Arc::clone(&cpu));
        gpu.wait();
        assert!(
            matches!(gpu.status(), GpuStatus::Ready(_)),
            "{}",
            gpu.status()
        );
    };
    let files = || -> Vec<(std::path::PathBuf, Vec<u8>)> {
        let entries = std::fs::read_dir(folder.path()).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    };
    open();
    let written = files();
    assert_eq!(
        written.len(),
        usize::from(has),
        "only the cache is left behind"
    );
    let Some((path, bytes)) = written.first() else {
        return;
    };
    // Damaged in the middle, cut, and emptied: opened all the same, and written anew.
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 0x55;
    for content in [&damaged[..], &bytes[..bytes.len() / 2], &[]] {
        std::fs::write(path, content).unwrap();
        open();
        assert!(files()[0].1.len() > 72, "a whole file is there again");
    }
}
