//! What a process computes on: chosen once, before the first session.
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use ort::ep::{self, ExecutionProviderDispatch};

use crate::error::{Error, Result};

/// What sessions run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// The processor: the only one that gives the same bits every time.
    Cpu,
    /// Any GPU, by Vulkan, Metal or Direct3D 12.
    WebGpu,
    /// The first GPU of NVIDIA. In training its matrix products round their operands to TF32 unless NVIDIA's own
    /// variable `NVIDIA_TF32_OVERRIDE` is `0`.
    Cuda,
}

/// How exactly a device computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// As fast as it can: CUDA's matrix products and convolutions round their operands to TF32 (ten bits).
    Training,
    /// In float32, as phones do.
    Float32,
}

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// CUDA where there is a GPU of NVIDIA, else the CPU. WebGPU is taken only by name: a phone-sized or software GPU is
    /// slower than the processor beside it.
    Auto,
    /// This one, or an error.
    Only(Device),
}

static DEVICE: OnceLock<Device> = OnceLock::new();

/// The device of this process; the CPU where none was chosen.
pub fn device() -> Device {
    *DEVICE.get_or_init(|| Device::Cpu)
}

/// Chooses the device of this process, once, before its first session; loads the library that runs on it.
///
/// # Errors
/// [`Error::Runtime`] where another one is in use already, or as [`super::init`].
pub fn choose(choice: Choice) -> Result<Device> {
    let wanted = match choice {
        Choice::Auto if has_nvidia() => Device::Cuda,
        Choice::Auto => Device::Cpu,
        Choice::Only(device) => device,
    };
    let device = *DEVICE.get_or_init(|| wanted);
    if device != wanted {
        return Err(Error::Runtime(format!(
            "this process computes on {device} already; {wanted} must be chosen before the first session"
        )));
    }
    super::init()?;
    Ok(device)
}

/// Whether NVIDIA's driver has a GPU on this machine.
fn has_nvidia() -> bool {
    ["/dev/nvidiactl", "/usr/lib/wsl/lib/libcuda.so.1"]
        .iter()
        .any(|path| Path::new(path).exists())
        || std::env::var_os("SystemRoot")
            .is_some_and(|root| Path::new(&root).join("System32/nvcuda.dll").exists())
}

/// Held while a session of the WebGPU provider runs or is built.
static WEBGPU: Mutex<()> = Mutex::new(());

impl Device {
    /// Waits for this thread's turn, where sessions cannot run side by side: all of the WebGPU provider's share one
    /// context without a lock.
    pub(crate) fn turn(self) -> Option<MutexGuard<'static, ()>> {
        (self == Self::WebGpu).then(|| WEBGPU.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The name on the command line: `cpu`, `webgpu`, `cuda`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::WebGpu => "webgpu",
            Self::Cuda => "cuda",
        }
    }

    /// ONNX Runtime's name of what runs on it.
    pub fn provider_name(self) -> &'static str {
        match self {
            Self::Cpu => "CPUExecutionProvider",
            Self::WebGpu => "WebGpuExecutionProvider",
            Self::Cuda => "CUDAExecutionProvider",
        }
    }

    /// The execution provider to register with a session; `None` for the CPU's, which is always there.
    pub(crate) fn provider(self, precision: Precision) -> Option<ExecutionProviderDispatch> {
        let provider = match self {
            Self::Cpu => return None,
            Self::WebGpu => ep::WebGPU::default().build(),
            Self::Cuda => ep::CUDA::default()
                // The exhaustive search times every algorithm for each of a step's sixty convolutions, and gains 1 %
                // (H200). `prefer_nhwc` would leave ConvTranspose to the CPU.
                .with_conv_algorithm_search(ep::cuda::ConvAlgorithmSearch::Heuristic)
                .with_tf32(precision == Precision::Training)
                .build(),
        };
        Some(provider.error_on_failure())
    }

    /// What ONNX Runtime reports of a session on this device, with what the user can do.
    pub(crate) fn explain(self, error: &ort::Error) -> String {
        let hint = match self {
            Self::Cpu => return error.to_string(),
            Self::WebGpu => "a driver for Vulkan, Metal or Direct3D 12 is needed;",
            Self::Cuda => {
                "CUDA 13 and cuDNN 9 must be where the loader finds them (LD_LIBRARY_PATH), beside NVIDIA's driver;"
            }
        };
        format!("{self}: {error}; {hint} --device cpu runs everywhere")
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Choice {
    type Err = String;

    /// `auto`, `cpu`, `webgpu` or `cuda`.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let device = match text {
            "auto" => return Ok(Self::Auto),
            "cpu" => Device::Cpu,
            "webgpu" => Device::WebGpu,
            "cuda" => Device::Cuda,
            _ => return Err(format!("{text:?} is none of auto, cpu, webgpu, cuda")),
        };
        Ok(Self::Only(device))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn devices_are_read_by_the_names_that_they_print() {
        for device in [Device::Cpu, Device::WebGpu, Device::Cuda] {
            assert_eq!(device.to_string().parse(), Ok(Choice::Only(device)));
        }
        assert_eq!("auto".parse(), Ok(Choice::Auto));
        assert!("gpu".parse::<Choice>().unwrap_err().contains("webgpu"));
    }

    #[test]
    fn the_device_is_chosen_once() {
        assert_eq!(device(), Device::Cpu);
        let text = choose(Choice::Only(Device::Cuda)).unwrap_err().to_string();
        assert!(text.contains("cpu already"), "{text}");
    }
}
