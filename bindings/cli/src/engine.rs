//! Which engine runs the generator.

use clap::{Args, ValueEnum};
use confounder::{EngineChoice, GpuOptions, GpuStatus, Protector, ProtectorOptions};

/// The options that choose an engine.
#[derive(Debug, Args)]
pub(crate) struct EngineArguments {
    /// What runs the generator
    #[arg(long, value_enum, default_value_t = Engine::Cpu, value_name = "ENGINE")]
    engine: Engine,
}

/// The values of `--engine`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Engine {
    /// The processor: the same bytes every time
    Cpu,
    /// The GPU once it is warm, until then and without one the processor
    Auto,
    /// The GPU; where there is none, or it fails, the processor, and the photo's notes say why
    Gpu,
}

impl EngineArguments {
    pub(crate) fn apply(&self, options: ProtectorOptions) -> ProtectorOptions {
        options.engine(match self.engine {
            Engine::Cpu => EngineChoice::Cpu,
            Engine::Auto => EngineChoice::Auto,
            Engine::Gpu => EngineChoice::Gpu,
        })
    }
}

/// Why there is no GPU engine at all, told by a protector that was opened for the CPU; `None` where this build has it.
pub(crate) fn no_gpu_engine(protector: &Protector) -> Option<&'static str> {
    matches!(protector.gpu_status(), GpuStatus::Missing { .. })
        .then_some("the GPU engine is not in this build")
}

/// For commands that try every engine.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct SoftwareGpu {
    /// Try GPUs made of software too: slower than the processor, for tests
    #[arg(long)]
    software_gpu: bool,
}

impl SoftwareGpu {
    /// To open a protector that waits for the GPU.
    pub(crate) fn gpu(self) -> ProtectorOptions {
        let gpu = GpuOptions::new().software(self.software_gpu);
        ProtectorOptions::new().engine(EngineChoice::Gpu).gpu(gpu)
    }
}
