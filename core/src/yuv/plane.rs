//! One plane of samples in the caller's memory.

use super::colour::SampleDepth;
use crate::error::{Error, ErrorKind, Result};

/// The checked shape of a plane. Strides are in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) columns: usize,
    pub(super) rows: usize,
    pub(super) row_stride: usize,
    pub(super) pixel_stride: usize,
    pub(super) depth: SampleDepth,
}

impl Shape {
    /// Checks that samples do not overlap and fit the address space; returns the shape and the bytes from its first
    /// sample to its last.
    pub(super) fn new(
        name: &str,
        (columns, rows): (usize, usize),
        (row_stride, pixel_stride): (usize, usize),
        depth: SampleDepth,
    ) -> Result<(Self, usize)> {
        let sample = depth.bytes();
        if pixel_stride < sample {
            return invalid(format!(
                "the pixel stride of the {name} plane is {pixel_stride} bytes, but a sample takes {sample}"
            ));
        }
        let too_large = || {
            let message = format!(
                "a {name} plane of {columns} x {rows} samples, {pixel_stride} and {row_stride} bytes apart, does not fit the address space"
            );
            Error::new(ErrorKind::InvalidPixels, message)
        };
        let row = (columns - 1)
            .checked_mul(pixel_stride)
            .and_then(|n| n.checked_add(sample))
            .ok_or_else(too_large)?;
        if row_stride < row {
            return invalid(format!(
                "the row stride of the {name} plane is {row_stride} bytes, but a row of {columns} samples takes {row}"
            ));
        }
        let span = (rows - 1)
            .checked_mul(row_stride)
            .and_then(|n| n.checked_add(row))
            .ok_or_else(too_large)?;
        Ok((
            Self {
                columns,
                rows,
                row_stride,
                pixel_stride,
                depth,
            },
            span,
        ))
    }

    /// Bytes from the first sample of a row to the end of its last.
    pub(super) fn row_bytes(self) -> usize {
        (self.columns - 1) * self.pixel_stride + self.depth.bytes()
    }
}

/// A read-only plane; `bytes` begins with the first sample.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plane<'a> {
    pub(super) shape: Shape,
    pub(super) bytes: &'a [u8],
}

impl<'a> Plane<'a> {
    /// The bytes of row `y`, which must be one of the plane's.
    pub(super) fn row(&self, y: usize) -> &'a [u8] {
        &self.bytes[y * self.shape.row_stride..][..self.shape.row_bytes()]
    }
}

/// Adds the samples of a row, times `weight`, to `total`.
pub(super) fn add_row(total: &mut [f32], row: &[u8], shape: Shape, weight: f32) {
    match (shape.depth, shape.pixel_stride) {
        (SampleDepth::Eight, 1) => {
            for (total, &sample) in total.iter_mut().zip(row) {
                *total += weight * f32::from(sample);
            }
        }
        (SampleDepth::Eight, 2) => {
            // The last pixel may be cut short.
            let (pixels, last) = row.as_chunks::<2>();
            let samples = pixels
                .iter()
                .map(|pixel| pixel[0])
                .chain(last.first().copied());
            for (total, sample) in total.iter_mut().zip(samples) {
                *total += weight * f32::from(sample);
            }
        }
        (SampleDepth::Eight, stride) => {
            for (total, &sample) in total.iter_mut().zip(row.iter().step_by(stride)) {
                *total += weight * f32::from(sample);
            }
        }
        (SampleDepth::TenHigh, stride) => {
            for (total, bytes) in total.iter_mut().zip(row.chunks(stride)) {
                *total += weight * f32::from(ten(bytes[0], bytes[1]));
            }
        }
    }
}

/// The value of a 10-bit sample.
pub(super) fn ten(low: u8, high: u8) -> u16 {
    u16::from_le_bytes([low, high]) >> 6
}

/// An error of kind [`ErrorKind::InvalidPixels`].
pub(super) fn invalid<T>(message: String) -> Result<T> {
    Err(Error::new(ErrorKind::InvalidPixels, message))
}
