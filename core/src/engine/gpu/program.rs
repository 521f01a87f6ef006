//! A generator as a list of compute passes: data only, no device.

use super::kernel::Kernel;

/// Where a kernel finds numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// The photo on the working grid, as it was handed in.
    Image,
    /// Plain numbers of the file.
    Constants,
    /// Weights of the file, packed.
    Weights,
    /// A value that a pass computes.
    Value(usize),
}

/// A value inside a buffer: `at` counts numbers where the value is plain, vec4 where it is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    pub(super) source: Source,
    pub(super) at: u32,
}

impl View {
    pub(super) fn start(source: Source) -> Self {
        Self { source, at: 0 }
    }
}

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// Row-major float32.
    Plain,
    /// `[N, ceil(C / 4), H, W]` of vec4, float32 or float16.
    Packed,
}

/// A buffer for values: its layout and how many numbers or vec4 it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct BufferSpec {
    pub(super) layout: Layout,
    pub(super) length: u32,
}

impl BufferSpec {
    /// Bytes, a multiple of 16.
    pub(super) fn bytes(&self, half: bool) -> u64 {
        let length = u64::from(self.length);
        match (self.layout, half) {
            (Layout::Plain, _) => length.next_multiple_of(4) * 4,
            (Layout::Packed, false) => length * 16,
            (Layout::Packed, true) => (length * 8).next_multiple_of(16),
        }
    }
}

/// How much of a pass runs side by side.
#[derive(Debug, Clone, Copy)]
pub(super) enum Extent {
    /// So many invocations, in workgroups of any size.
    Invocations(u32),
    /// So many workgroups of 64.
    Workgroups(u32),
}

/// One dispatch.
#[derive(Debug)]
pub(super) struct Pass {
    pub(super) kernel: Kernel,
    /// Values of the kernel's `override` constants.
    pub(super) constants: Vec<(&'static str, f64)>,
    /// Its uniform block, in words.
    pub(super) params: Vec<u32>,
    /// The word of `params` that takes the invocations (or workgroups) per row of workgroups.
    pub(super) row: usize,
    pub(super) inputs: Vec<Source>,
    /// The buffer it writes.
    pub(super) output: usize,
    pub(super) extent: Extent,
}

/// All passes of a generator for one size of image.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) passes: Vec<Pass>,
    pub(super) buffers: Vec<BufferSpec>,
    /// Plain numbers of the file.
    pub(super) constants: Vec<f32>,
    /// Packed weights, four numbers per vec4.
    pub(super) weights: Vec<f32>,
    /// Width and height of the image.
    pub(super) image: (usize, usize),
    /// Width and height of the residual.
    pub(super) residual: (usize, usize),
    /// The buffer that holds the residual in the end, from its start.
    pub(super) output: usize,
}

impl Program {
    /// Bytes that go up for each photo.
    pub(super) fn bytes_up(&self) -> u64 {
        12 * self.image.0 as u64 * self.image.1 as u64
    }

    /// Bytes that come down for each photo.
    pub(super) fn bytes_down(&self) -> u64 {
        12 * self.residual.0 as u64 * self.residual.1 as u64
    }
}
