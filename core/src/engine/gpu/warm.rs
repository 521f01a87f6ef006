//! Opening the GPU, compiling for it, and checking that it computes what the CPU does.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::breaker::Marker;
use super::cache::Cache;
use super::compiler::Compiler;
use super::device::Device;
use super::failure::{Failure, FailureKind};
use super::session::Session;
use super::{Shared, State};
use crate::engine::run::Engine;
use crate::generator::InputShape;
use crate::gpu::GpuInfo;
use crate::residual::Residual;

/// Largest difference from the CPU, relative to epsilon.
const TOLERANCE: f32 = 1e-3;
const HALF_TOLERANCE: f32 = 2e-2;

impl Shared {
    /// Ends with the GPU ready or off.
    pub(super) fn warm_up(&self) {
        let opened = catch_unwind(AssertUnwindSafe(|| self.open())).unwrap_or_else(|_| {
            Err(Failure::new(
                FailureKind::Refused,
                "the GPU's driver interface panicked",
            ))
        });
        self.set(match opened {
            Ok((session, info)) => {
                log::info!(
                    "the generator runs on the GPU {} ({})",
                    info.adapter,
                    info.backend
                );
                State::Ready(Arc::new(session), Box::new(info))
            }
            Err(failure) => {
                log::info!("the generator stays on the CPU: {failure}");
                State::Off(failure)
            }
        });
    }

    fn open(&self) -> Result<(Session, GpuInfo), Failure> {
        let started = Instant::now();
        let folder = self.options.folder.as_ref();
        let _marker = Marker::set(folder)?;
        let device = Device::open(&self.options)?;
        let graph = self
            .generator
            .graph()
            .map_err(|e| Failure::new(FailureKind::Unsupported, e.to_string()))?;
        let cache = Cache::open(&device, folder, &self.generator.sha256());
        let half = device.has_half;
        let mut session = Session::new(Compiler::new(device, half, cache), Arc::new(graph));
        let mut checked = self.self_check(&session);
        if half && matches!(&checked, Err(failure) if failure.kind == FailureKind::Wrong) {
            session = session.with_precision(false);
            checked = self.self_check(&session);
        }
        let difference = checked?;
        session.compiler.save_cache();
        let sizes = session.program(self.usual_size()?, &|| false)?.sizes();
        let backend = session.compiler.device.backend;
        let info = &session.compiler.device.info;
        let info = GpuInfo {
            adapter: info.name.clone(),
            driver: [info.driver.as_str(), &info.driver_info]
                .join(" ")
                .trim()
                .to_owned(),
            backend,
            half_precision: session.compiler.half,
            max_diff_epsilon: difference,
            dispatches: sizes.dispatches,
            bytes_up: sizes.up,
            bytes_down: sizes.down,
            memory_bytes: sizes.memory,
            warm_up: started.elapsed(),
        };
        Ok((session, info))
    }

    /// Runs two pictures on both engines: the largest difference, relative to epsilon.
    pub(super) fn self_check(&self, session: &Session) -> Result<f32, Failure> {
        let size = self.usual_size()?;
        session.program(size, &|| self.stop.load(Ordering::Acquire))?;
        let tolerance = if session.compiler.half {
            HALF_TOLERANCE
        } else {
            TOLERANCE
        };
        let mut largest = 0f32;
        for seed in [1, 2] {
            let image = picture(size, seed);
            let expected = self
                .cpu
                .run(&image, size.0, size.1)
                .map_err(|e| Failure::new(FailureKind::Unsupported, e.to_string()))?;
            let given = self.run(session, &image, size)?;
            largest = largest.max(difference(&expected, &given) / self.generator.epsilon());
        }
        if largest <= tolerance {
            return Ok(largest);
        }
        let message = format!("the GPU's residual differs from the CPU's by {largest} epsilon");
        Err(Failure::new(FailureKind::Wrong, message))
    }

    /// The size of image to compile for first.
    fn usual_size(&self) -> Result<(usize, usize), Failure> {
        match self.generator.input_shape() {
            InputShape::Fixed { width, height } => Ok((width, height)),
            // A photo of four to three, held across.
            InputShape::Any => {
                let grid = self.generator.grid();
                let size = grid.working_size(512, 384, self.generator.multiple());
                size.map_err(|e| Failure::new(FailureKind::Unsupported, e.to_string()))
            }
        }
    }
}

/// A picture with smooth and with noisy parts: three planes.
fn picture((width, height): (usize, usize), seed: u32) -> Vec<f32> {
    let mut state = seed;
    let mut noise = || {
        // Numerical Recipes' generator of 32 bits.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    };
    let mut planes = Vec::with_capacity(3 * width * height);
    for plane in 0..3 {
        for y in 0..height {
            for x in 0..width {
                let smooth = if plane == 0 {
                    x as f32 / width as f32
                } else {
                    y as f32 / height as f32
                };
                planes.push(0.7 * smooth + 0.3 * noise());
            }
        }
    }
    planes
}

fn difference(a: &Residual, b: &Residual) -> f32 {
    if (a.width(), a.height()) != (b.width(), b.height()) {
        return f32::INFINITY;
    }
    let pairs = a.planes().iter().zip(b.planes());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
