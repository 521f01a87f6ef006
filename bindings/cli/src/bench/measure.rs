//! The times of each engine.

use std::time::Instant;

use confounder::{
    Generator, GpuStatus, InputShape, PixelLayout, PixelsMut, ProtectOptions, Protector,
    ProtectorOptions,
};
use serde::Serialize;

use crate::engine::{self, SoftwareGpu};
use crate::output;

/// Picojoules of a multiply-add in float32 and float16, and of a byte to or from memory: Horowitz, "Computing's energy
/// problem", ISSCC 2014, 45 nm at 0.9 V (3.7 + 0.9, 1.1 + 0.4, and 640 per 32 bits).
const PICOJOULES: (f64, f64, f64) = (4.6, 1.5, 160.0);

/// What one engine took.
#[derive(Debug, Default, Serialize)]
pub(super) struct EngineTimes {
    pub(super) engine: &'static str,
    /// The GPU and its driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) half_precision: Option<bool>,
    /// Opening the engine until it can answer.
    pub(super) cold_start_ms: f64,
    pub(super) first_photo_ms: f64,
    /// A photo, and the generator within it.
    pub(super) photo: Times,
    pub(super) generator: Times,
    /// Compute dispatches, and bytes up and down, for each photo.
    pub(super) dispatches: usize,
    pub(super) bytes_up: u64,
    pub(super) bytes_down: u64,
    /// On the GPU, weights included.
    pub(super) memory_bytes: u64,
    /// Reckoned from multiply-adds and bytes, not measured.
    pub(super) energy_microjoules: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
}

/// Milliseconds over many photos.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Times {
    pub(super) median_ms: f64,
    pub(super) p95_ms: f64,
}

impl Times {
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (share * (times.len() as f64 - 1.0)).round() as usize;
            times.get(index).copied().unwrap_or_default()
        };
        Self {
            median_ms: at(0.5),
            p95_ms: at(0.95),
        }
    }
}

impl EngineTimes {
    /// For people.
    pub(super) fn text(&self) -> String {
        let name = match &self.device {
            Some(device) => format!("{} ({device})", self.engine),
            None => self.engine.to_owned(),
        };
        if let Some(error) = &self.error {
            return format!("{name}: {error}");
        }
        let mut text = format!(
            "{name}: ready in {:.1} ms, first photo {:.1} ms, then {:.1} ms each (95 % within {:.1}), of that the generator {:.2} ms ({:.2}); about {:.0} uJ",
            self.cold_start_ms,
            self.first_photo_ms,
            self.photo.median_ms,
            self.photo.p95_ms,
            self.generator.median_ms,
            self.generator.p95_ms,
            self.energy_microjoules,
        );
        if self.dispatches > 0 {
            text.push_str(&format!(
                "; {} dispatches, {} bytes up, {} down, {} on the GPU",
                self.dispatches, self.bytes_up, self.bytes_down, self.memory_bytes
            ));
        }
        text
    }
}

/// Width and height of what the generator sees of an upright photo.
pub(super) fn grid(
    generator: &Generator,
    (width, height): (u32, u32),
) -> confounder::Result<(usize, usize)> {
    match generator.input_shape() {
        InputShape::Fixed { width, height } => Ok((width, height)),
        _ => generator
            .grid()
            .working_size(width as usize, height as usize, generator.multiple()),
    }
}

/// Measures the CPU, and the GPU where there is one.
pub(super) fn all(
    generator: &Generator,
    software: SoftwareGpu,
    photo: (u32, u32),
    runs: u32,
    multiply_adds: u64,
) -> Vec<EngineTimes> {
    let cpu = measure("cpu", generator, ProtectorOptions::new(), photo, runs);
    let built = Protector::open(generator.clone(), ProtectorOptions::new())
        .is_ok_and(|protector| engine::no_gpu_engine(&protector).is_none());
    let gpu = built
        .then(|| measure("gpu", generator, software.gpu(), photo, runs))
        .flatten();
    let mut engines: Vec<EngineTimes> = cpu.into_iter().chain(gpu).collect();
    for engine in &mut engines {
        let (full, half, byte) = PICOJOULES;
        let each = if engine.half_precision == Some(true) {
            half
        } else {
            full
        };
        let bytes = (engine.bytes_up + engine.bytes_down) as f64;
        engine.energy_microjoules = (multiply_adds as f64 * each + bytes * byte) / 1e6;
    }
    engines
}

/// Measures one engine; `None` where there is no such engine here.
fn measure(
    engine: &'static str,
    generator: &Generator,
    options: ProtectorOptions,
    photo: (u32, u32),
    runs: u32,
) -> Option<EngineTimes> {
    let failed = |error: String| EngineTimes {
        engine,
        error: Some(error),
        ..EngineTimes::default()
    };
    let started = Instant::now();
    let protector = match Protector::open(generator.clone(), options) {
        Ok(protector) => protector,
        Err(error) => return Some(failed(output::explain(&error))),
    };
    let status = protector.warm_up();
    let cold_start_ms = milliseconds(started);
    let mut times = EngineTimes {
        engine,
        cold_start_ms,
        ..EngineTimes::default()
    };
    match (engine, status) {
        ("cpu", _) => {}
        (_, GpuStatus::Ready(gpu)) => {
            times.device = Some(format!("{}, {}", gpu.adapter, gpu.backend));
            times.half_precision = Some(gpu.half_precision);
            times.dispatches = gpu.dispatches;
            times.bytes_up = gpu.bytes_up;
            times.bytes_down = gpu.bytes_down;
            times.memory_bytes = gpu.memory_bytes;
        }
        (_, GpuStatus::Missing { .. }) => return None,
        (_, other) => return Some(failed(format!("the GPU is {other}"))),
    }
    match photos(&protector, engine, photo, runs, &mut times) {
        Ok(()) => Some(times),
        Err(error) => Some(failed(error)),
    }
}

fn photos(
    protector: &Protector,
    engine: &str,
    (width, height): (u32, u32),
    runs: u32,
    times: &mut EngineTimes,
) -> Result<(), String> {
    let explain = |e: confounder::Error| output::explain(&e);
    let mut pixels: Vec<u8> = (0..width * height * 4)
        .map(|i| (i / 7 % 251) as u8)
        .collect();
    let (mut whole, mut generator) = (Vec::new(), Vec::new());
    for run in 0..=runs {
        let stride = 4 * width as usize;
        let mut view = PixelsMut::new(&mut pixels, width, height, stride, PixelLayout::Rgba8)
            .map_err(explain)?;
        let started = Instant::now();
        let report = protector
            .protect_pixels(&mut view, &ProtectOptions::new())
            .map_err(explain)?;
        let took = milliseconds(started);
        if report.engine.as_str() != engine {
            return Err(format!(
                "the {} engine answered: {}",
                report.engine,
                report.notes.join("; ")
            ));
        }
        if run == 0 {
            times.first_photo_ms = took;
        } else {
            whole.push(took);
            generator.push(report.timings.generator.as_secs_f64() * 1e3);
        }
    }
    (times.photo, times.generator) = (Times::of(whole), Times::of(generator));
    Ok(())
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
