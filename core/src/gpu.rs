//! What a caller may ask of the GPU, and what it is told.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

/// How the GPU is used; part of [`ProtectorOptions`](crate::ProtectorOptions).
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GpuOptions {
    /// A folder that the caller keeps between starts, one per app. Compiled pipelines are kept there, and a marker that
    /// keeps a driver that ended the process once from doing so again. `None` (the default): neither.
    pub folder: Option<PathBuf>,
    /// The interface to use; `None` (the default): the best there is.
    pub backend: Option<GpuBackend>,
    /// Whether to compute with float32 even where the GPU has float16.
    pub full_precision: bool,
    /// Whether a GPU made of software may be used. It is slower than the CPU engine; for tests.
    pub software: bool,
}

/// A graphics interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GpuBackend {
    /// Vulkan: Android, Linux, Windows.
    Vulkan,
    /// Metal: iOS, macOS.
    Metal,
    /// Direct3D 12: Windows.
    Dx12,
    /// OpenGL ES 3.1 or OpenGL 4.3: older Android, Linux.
    Gl,
}

impl GpuBackend {
    /// Its name: `vulkan`, `metal`, `dx12` or `gl`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Dx12 => "dx12",
            Self::Gl => "gl",
        }
    }
}

impl fmt::Display for GpuBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the GPU of a protector is doing.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
#[non_exhaustive]
pub enum GpuStatus {
    /// There is none that may be used.
    Missing {
        /// Why, in words.
        reason: String,
    },
    /// There is one, but it is not used: it failed, or the caller said so.
    Off {
        /// Why, in words.
        reason: String,
    },
    /// It is being opened, compiled for and checked.
    WarmingUp,
    /// It runs the generator.
    Ready(Box<GpuInfo>),
}

/// A GPU that runs the generator.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct GpuInfo {
    /// Its name.
    pub adapter: String,
    /// Its driver, with version where that is known.
    pub driver: String,
    /// The interface.
    pub backend: GpuBackend,
    /// Whether it computes with float16.
    pub half_precision: bool,
    /// The largest difference from the CPU's residual in the check, relative to epsilon.
    pub max_diff_epsilon: f32,
    /// Compute dispatches for each photo.
    pub dispatches: usize,
    /// Bytes that go up to the GPU for each photo.
    pub bytes_up: u64,
    /// Bytes that come down for each photo.
    pub bytes_down: u64,
    /// Bytes on the GPU, weights included.
    pub memory_bytes: u64,
    /// From the start to the end of the check.
    #[serde(rename = "warm_up_ms", serialize_with = "milliseconds")]
    pub warm_up: Duration,
}

impl GpuOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`folder`](Self::folder).
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sets [`backend`](Self::backend).
    #[must_use]
    pub fn backend(mut self, backend: GpuBackend) -> Self {
        self.backend = Some(backend);
        self
    }

    /// Sets [`full_precision`](Self::full_precision).
    #[must_use]
    pub fn full_precision(mut self, full: bool) -> Self {
        self.full_precision = full;
        self
    }

    /// Sets [`software`](Self::software).
    #[must_use]
    pub fn software(mut self, software: bool) -> Self {
        self.software = software;
        self
    }
}

impl fmt::Display for GpuStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { reason } => write!(f, "missing: {reason}"),
            Self::Off { reason } => write!(f, "off: {reason}"),
            Self::WarmingUp => f.write_str("warming up"),
            Self::Ready(gpu) => write!(f, "{} ({}, {})", gpu.adapter, gpu.backend, gpu.driver),
        }
    }
}

fn milliseconds<S: serde::Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1e3)
}
