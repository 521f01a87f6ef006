//! From samples to pixels: planes brought to the photo's size as libjpeg does it (`jdsample.c`).

use super::full::Block;
use super::layout::{Component, Layout};
use super::transform;
use crate::cancel::CancelToken;
use crate::codec::memory::filled;
use crate::error::Result;

/// The samples of a component.
pub(super) struct Plane {
    samples: Vec<u8>,
    stride: usize,
    /// Size without padding.
    width: usize,
    height: usize,
    across: Growth,
    down: Growth,
}

/// How many pixels a sample covers along an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    /// Two, which are interpolated between neighbouring samples.
    Smooth,
    /// So many pixels for so many samples, which are repeated.
    Repeated(usize, usize),
}

impl Plane {
    pub(super) fn new(
        layout: &Layout<'_>,
        component: &Component,
        blocks: &[Block],
        cancel: &CancelToken,
    ) -> Result<Self> {
        let stride = 8 * component.stride;
        let mut samples = filled(0u8, stride * 8 * component.padded_rows)?;
        for (row, blocks) in blocks.chunks(component.stride.max(1)).enumerate() {
            cancel.check()?;
            for (column, block) in blocks.iter().enumerate() {
                let block = transform::samples(block, &component.steps);
                for (y, line) in block.as_chunks::<8>().0.iter().enumerate() {
                    let at = (8 * row + y) * stride + 8 * column;
                    samples[at..at + 8].copy_from_slice(line);
                }
            }
        }
        let (most_h, most_v) = layout.most_sampling();
        let (h, v) = (component.horizontal, component.vertical);
        let width = (layout.width * h).div_ceil(most_h);
        // libjpeg interpolates by two along an axis only where the other one grows by one or two.
        let by_two = |large: usize, small: usize| large == 2 * small;
        let smooth = match (by_two(most_h, h), by_two(most_v, v)) {
            (true, true) => (width > 2, width > 2),
            (true, false) => (most_v == v && width > 2, false),
            (false, true) => (false, most_h == h),
            (false, false) => (false, false),
        };
        let growth = |smooth: bool, large, small| {
            if smooth {
                Growth::Smooth
            } else {
                Growth::Repeated(large, small)
            }
        };
        Ok(Self {
            samples,
            stride,
            width,
            height: (layout.height * v).div_ceil(most_v),
            across: growth(smooth.0, most_h, h),
            down: growth(smooth.1, most_v, v),
        })
    }

    /// Writes row `y` of the photo, one value a pixel.
    pub(super) fn row(&self, y: usize, out: &mut [u8]) {
        let ((near, far), below) = match self.down {
            Growth::Smooth => (around(y, self.height), y % 2 == 1),
            Growth::Repeated(large, small) => {
                let row = (y * small / large).min(self.height - 1);
                ((row, row), false)
            }
        };
        let line = |row: usize| &self.samples[row * self.stride..][..self.width];
        let (near, far) = (line(near), line(far));
        let smooth_down = self.down == Growth::Smooth;
        match self.across {
            Growth::Repeated(large, small) => {
                let bias = if below { 2 } else { 1 };
                for (x, out) in out.iter_mut().enumerate() {
                    let at = (x * small / large).min(self.width - 1);
                    *out = if smooth_down {
                        mix(near[at], far[at], bias)
                    } else {
                        near[at]
                    };
                }
            }
            Growth::Smooth => {
                for (x, out) in out.iter_mut().enumerate() {
                    let (at, beside) = around(x, self.width);
                    let right = x % 2 == 1;
                    *out = if smooth_down {
                        let sum = |at: usize| 3 * u32::from(near[at]) + u32::from(far[at]);
                        let bias = if right { 7 } else { 8 };
                        ((3 * sum(at) + sum(beside) + bias) >> 4) as u8
                    } else {
                        mix(near[at], near[beside], if right { 2 } else { 1 })
                    };
                }
            }
        }
    }
}

/// The sample that a pixel lies in, and the one that it lies beside, where samples are two pixels wide.
fn around(pixel: usize, samples: usize) -> (usize, usize) {
    let at = (pixel / 2).min(samples - 1);
    let beside = if pixel % 2 == 1 {
        (at + 1).min(samples - 1)
    } else {
        at.saturating_sub(1)
    };
    (at, beside)
}

fn mix(near: u8, far: u8, bias: u32) -> u8 {
    ((3 * u32::from(near) + u32::from(far) + bias) >> 2) as u8
}
