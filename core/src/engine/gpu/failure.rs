//! Why the GPU is not used. Never an error of the call: the CPU finishes it.

use std::fmt;

/// A reason, sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) kind: FailureKind,
    pub(super) message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// No adapter, or none that may be used.
    NoAdapter,
    /// The generator asks for what no pass exists for.
    Unsupported,
    /// The device is gone: removed, reset, or the app lost the right to use it.
    Lost,
    /// Too little memory on the device.
    OutOfMemory,
    /// The interface refused what it was asked for.
    Refused,
    /// No answer in time.
    Timeout,
    /// Other numbers than the CPU's.
    Wrong,
    /// Nobody waits for the answer any more.
    Stopped,
    /// An earlier process ended while it first used the GPU.
    CrashLoop,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message }
    }

    /// Whether a new device may do better.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self.kind, FailureKind::Lost | FailureKind::OutOfMemory)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<wgpu::Error> for Failure {
    fn from(error: wgpu::Error) -> Self {
        match error {
            wgpu::Error::OutOfMemory { .. } => {
                Self::new(FailureKind::OutOfMemory, "the GPU has too little memory")
            }
            other => Self::new(FailureKind::Refused, format!("the GPU refused: {other}")),
        }
    }
}
