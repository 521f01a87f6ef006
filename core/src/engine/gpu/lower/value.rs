//! A value, and the sides of a picture.

use super::lowered::{Lowered, unsupported, word};
use crate::engine::gpu::program::{Source, View};

/// A value that a photo changes; at least one of its layouts is there.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) shape: Vec<usize>,
    pub(super) plain: Option<View>,
    pub(super) packed: Option<View>,
}

impl Value {
    /// The photo on the working grid.
    pub(super) fn image(width: usize, height: usize) -> Self {
        Self {
            shape: vec![1, 3, height, width],
            plain: Some(View::start(Source::Image)),
            packed: None,
        }
    }
}

/// A picture's sides: images, channels, blocks of four channels, height, width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) batch: u32,
    pub(super) channels: u32,
    pub(super) blocks: u32,
    pub(super) height: u32,
    pub(super) width: u32,
}

impl Picture {
    pub(super) fn of(shape: &[usize]) -> Lowered<Self> {
        let &[batch, channels, height, width] = shape else {
            return Err(unsupported("pictures that are not [N, C, H, W]"));
        };
        let picture = Self {
            batch: word(batch)?,
            channels: word(channels)?,
            blocks: word(channels.div_ceil(4))?,
            height: word(height)?,
            width: word(width)?,
        };
        word(batch * channels.div_ceil(4) * 4 * height * width)?;
        Ok(picture)
    }

    pub(super) fn pixels(&self) -> u32 {
        self.height * self.width
    }

    /// How many vec4 it takes.
    pub(super) fn length(&self) -> u32 {
        self.batch * self.blocks * self.pixels()
    }
}
