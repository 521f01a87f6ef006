//! Which engine answers a call.

use std::sync::Arc;

use super::cpu::CpuEngine;
#[cfg(feature = "gpu")]
use super::gpu::Gpu;
use super::run::Engine;
use crate::error::Result;
use crate::generator::Generator;
use crate::gpu::GpuStatus;
#[cfg(feature = "gpu")]
use crate::options::EngineChoice;
use crate::options::ProtectorOptions;
use crate::report::EngineKind;
use crate::residual::Residual;

/// The engines of a protector, in the order in which they are tried.
pub(crate) struct Engines {
    cpu: Arc<CpuEngine>,
    #[cfg(feature = "gpu")]
    pub(super) gpu: Option<Gpu>,
    #[cfg(feature = "gpu")]
    choice: EngineChoice,
}

/// A residual and who computed it.
pub(crate) struct Run {
    pub(crate) residual: Residual,
    pub(crate) engine: EngineKind,
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
            #[cfg(feature = "gpu")]
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
    pub(crate) fn kind(&self) -> EngineKind {
        if let GpuStatus::Ready(_) = self.gpu_status() {
            return EngineKind::Gpu;
        }
        EngineKind::Cpu
    }

    /// Runs the generator on an image; see [`Engine::run`].
    pub(crate) fn run(&self, image: &[f32], width: usize, height: usize) -> Result<Run> {
        let note = match self.run_on_gpu(image, width, height) {
            Ok(run) => return Ok(run),
            Err(note) => note,
        };
        Ok(Run {
            residual: self.cpu.run(image, width, height)?,
            engine: EngineKind::Cpu,
            note,
        })
    }

    /// The GPU's answer, where it is to be used and there; else what the report says of that.
    #[cfg(feature = "gpu")]
    fn run_on_gpu(
        &self,
        image: &[f32],
        width: usize,
        height: usize,
    ) -> std::result::Result<Run, Option<String>> {
        let gpu = self.gpu.as_ref().ok_or(None)?;
        if self.choice == EngineChoice::Gpu {
            gpu.wait();
        }
        match gpu.run(image, (width, height)) {
            Ok(residual) => Ok(Run {
                residual,
                engine: EngineKind::Gpu,
                note: None,
            }),
            // Whoever left the choice to us is not told of a GPU that is not there, or not yet.
            Err(GpuStatus::Missing { .. } | GpuStatus::WarmingUp)
                if self.choice == EngineChoice::Auto =>
            {
                Err(None)
            }
            Err(status) => Err(Some(format!(
                "the CPU ran the generator, the GPU is {status}"
            ))),
        }
    }

    #[cfg(not(feature = "gpu"))]
    fn run_on_gpu(
        &self,
        _: &[f32],
        _: usize,
        _: usize,
    ) -> std::result::Result<Run, Option<String>> {
        Err(None)
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
