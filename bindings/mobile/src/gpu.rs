//! What the GPU is doing.

/// What the GPU of a protector is doing.
#[derive(Debug, Clone, PartialEq, uniffi::Enum)]
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
    Ready {
        /// What it is called.
        adapter: String,
        /// The graphics interface.
        backend: String,
    },
}

impl From<confounder::GpuStatus> for GpuStatus {
    fn from(status: confounder::GpuStatus) -> Self {
        match status {
            confounder::GpuStatus::Missing { reason } => Self::Missing { reason },
            confounder::GpuStatus::Off { reason } => Self::Off { reason },
            confounder::GpuStatus::Ready(info) => Self::Ready {
                adapter: info.adapter,
                backend: info.backend.to_string(),
            },
            _ => Self::WarmingUp,
        }
    }
}
