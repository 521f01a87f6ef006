//! Which engine answers a call.

use std::sync::Arc;

use super::Engine;
use super::cpu::CpuEngine;
#[cfg(feature = "gpu")]
use super::gpu::Gpu;
use super::status::GpuStatus;
use crate::error::Result;
use crate::generator::Generator;
use crate::options::{EngineChoice, ProtectorOptions};
use crate::residual::Residual;

/// The engines of a protector, in the order in which they are tried.
pub(crate) struct Engines {
    cpu: Arc<CpuEngine>,
    #[cfg(feature = "gpu")]
    pub(super) gpu: Option<Gpu>,
    choice: EngineChoice,
}

/// A residual and who computed it.
pub(crate) struct Run {
    pub(crate) residual: Residual,
    pub(crate) engine: &'static str,
    /// Why it was not the engine that was asked for.
    pub(crate) note: Option<String>,
}

impl Engines {
    /// Opens the CPU, and begins to open the GPU where that may be used.
    pub(crate) fn open(generator: &Generator, options: &ProtectorOptions) -> Result<Self> {
        options.engine.check()?;
        let cpu = Arc::new(CpuEngine::new(generator)?);
        Ok(Self {
            #[cfg(feature = "gpu")]
            gpu: (options.engine != EngineChoice::Cpu)
                .then(|| Gpu::open(generator, options.gpu.clone(), Arc::clone(&cpu))),
            cpu,
            choice: options.engine,
        })
    }

    /// With a GPU that is open already.
    #[cfg(all(test, feature = "gpu"))]
    pub(super) fn of(cpu: Arc<CpuEngine>, gpu: Gpu) -> Self {
        Self {
            cpu,
            gpu: Some(gpu),
            choice: EngineChoice::Gpu,
        }
    }

    /// The engine that would answer now.
    pub(crate) fn name(&self) -> &'static str {
        if let GpuStatus::Ready(_) = self.gpu_status() {
            return "gpu";
        }
        "cpu"
    }

    /// Runs the generator on an image; see [`Engine::run`].
    pub(crate) fn run(&self, image: &[f32], width: usize, height: usize) -> Result<Run> {
        let mut note = None;
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.gpu {
            if self.choice == EngineChoice::Gpu {
                gpu.wait();
            }
            match gpu.run(image, (width, height)) {
                Ok(residual) => {
                    return Ok(Run {
                        residual,
                        engine: "gpu",
                        note,
                    });
                }
                Err(reason) => {
                    note = reason.map(|reason| format!("the CPU ran the generator: {reason}"))
                }
            }
        }
        // Nobody asked for the GPU: that there is none is no news.
        if self.choice != EngineChoice::Gpu {
            note = None;
        }
        Ok(Run {
            residual: self.cpu.run(image, width, height)?,
            engine: "cpu",
            note,
        })
    }
}

impl Engines {
    pub(crate) fn gpu_status(&self) -> GpuStatus {
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.gpu {
            return gpu.status();
        }
        if cfg!(feature = "gpu") {
            GpuStatus::Off {
                reason: "the protector was opened for the CPU".into(),
            }
        } else {
            GpuStatus::Missing {
                reason: "this build has no GPU engine (feature gpu)".into(),
            }
        }
    }

    pub(crate) fn wait_for_gpu(&self) {
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.gpu {
            gpu.wait();
        }
    }

    #[cfg_attr(not(feature = "gpu"), expect(unused_variables))]
    pub(crate) fn pause_gpu(&self, paused: bool) {
        #[cfg(feature = "gpu")]
        if let Some(gpu) = &self.gpu {
            gpu.pause(paused);
        }
    }
}
