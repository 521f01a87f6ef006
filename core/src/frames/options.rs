//! What a caller may choose for a stream of frames.

use crate::error::{Error, ErrorKind, Result};
use crate::options::Strength;

/// Most frames from one residual to the next, and most frames of a cross-fade.
const MOST: u32 = 100_000;

/// How a [`FrameProtector`](crate::FrameProtector) works.
///
/// ```
/// let options = confounder::FrameOptions::new().every(60).fade(20);
/// assert_eq!((options.every, options.fade), (60, 20));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FrameOptions {
    /// A residual is computed of every so manieth frame, 1 to 100,000; default 30.
    pub every: u32,
    /// Over how many frames one residual turns into the next, 1 to 100,000; default 15. With 1 it changes at once.
    pub fade: u32,
    /// How much of the residual is added; default 1.
    pub strength: Strength,
    /// When a residual is used.
    pub pace: FramePace,
}

/// When a new residual is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum FramePace {
    /// As soon as it is there; no frame but the first ever waits. For cameras and players.
    #[default]
    Live,
    /// With the frame [`FrameOptions::every`] frames after the one it was computed of, which waits for it if need be.
    /// The same frames then always give the same bytes. For writing files.
    Exact,
}

impl FrameOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`every`](Self::every); the range is checked by `FrameProtector::new`.
    #[must_use]
    pub fn every(mut self, frames: u32) -> Self {
        self.every = frames;
        self
    }

    /// Sets [`fade`](Self::fade); the range is checked by `FrameProtector::new`.
    #[must_use]
    pub fn fade(mut self, frames: u32) -> Self {
        self.fade = frames;
        self
    }

    /// Sets [`strength`](Self::strength).
    #[must_use]
    pub fn strength(mut self, strength: Strength) -> Self {
        self.strength = strength;
        self
    }

    /// Sets [`pace`](Self::pace).
    #[must_use]
    pub fn pace(mut self, pace: FramePace) -> Self {
        self.pace = pace;
        self
    }

    pub(super) fn check(&self) -> Result<()> {
        for (name, value) in [("every", self.every), ("fade", self.fade)] {
            if !(1..=MOST).contains(&value) {
                let message = format!("{name} is {value} frames; it must be 1 to {MOST}");
                return Err(Error::new(ErrorKind::InvalidOptions, message));
            }
        }
        Ok(())
    }
}

impl Default for FrameOptions {
    fn default() -> Self {
        Self {
            every: 30,
            fade: 15,
            strength: Strength::default(),
            pace: FramePace::default(),
        }
    }
}
