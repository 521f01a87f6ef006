//! Streams of frames.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use confounder::Strength;

use crate::error::Result;
use crate::protector::Protector;

/// How a stream of frames is protected.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct FrameOptions {
    /// A residual is computed of every so manieth frame, 1 to 100,000.
    #[uniffi(default = 30)]
    pub every: u32,
    /// Over how many frames one residual turns into the next, 1 to 100,000.
    #[uniffi(default = 15)]
    pub fade: u32,
    /// How much of the residual is added, 0 to 1.5.
    #[uniffi(default = 1.0)]
    pub strength: f32,
    /// When a new residual is used. None: as soon as it is there.
    #[uniffi(default = None)]
    pub pace: Option<FramePace>,
}

/// When a new residual is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FramePace {
    /// As soon as it is there; no frame but the first waits. For cameras and players.
    Live,
    /// After a fixed number of frames, so that the same frames give the same bytes. For writing files.
    Exact,
}

/// Protects the frames of a preview or a video in place, by the entry points for pixels. The residual is computed on a
/// thread of its own. One stream takes one frame at a time.
#[derive(Debug, uniffi::Object)]
pub struct FrameProtector(Mutex<confounder::FrameProtector>);

#[uniffi::export]
impl FrameProtector {
    /// Begins a stream.
    ///
    /// Throws `InvalidOptions`, also for a generator that changes luma, and `Engine`.
    #[uniffi::constructor]
    pub fn new(protector: &Protector, options: FrameOptions) -> Result<Arc<Self>> {
        let pace = match options.pace {
            Some(FramePace::Exact) => confounder::FramePace::Exact,
            Some(FramePace::Live) | None => confounder::FramePace::Live,
        };
        let options = confounder::FrameOptions::new()
            .every(options.every)
            .fade(options.fade)
            .strength(Strength::new(options.strength)?)
            .pace(pace);
        let core = confounder::FrameProtector::new(Arc::clone(&protector.core), options)?;
        Ok(Arc::new(Self(Mutex::new(core))))
    }
}

impl FrameProtector {
    pub(crate) fn lock(&self) -> MutexGuard<'_, confounder::FrameProtector> {
        // After a fault the stream begins anew by itself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
