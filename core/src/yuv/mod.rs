//! Planar YUV frames: cameras and video give luma and chroma apart, and only chroma need be changed.
//!
//! A frame lies in the caller's memory as one plane of luma and two of chroma, which may be interleaved: I420, NV12,
//! NV21, P010, and Android's `YUV_420_888` with any row and pixel stride.

mod blend;
mod colour;
mod frame;
mod grid;
mod plane;
mod protect;
mod sample;

pub(crate) use blend::{Room, blend_here};
pub(crate) use grid::Scaler;

pub use colour::{ChromaSampling, SampleDepth, YuvFormat, YuvMatrix, YuvRange};
pub use frame::{ChromaPlanes, YuvMut};

#[cfg(test)]
mod tests;
