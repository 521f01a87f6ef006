//! Pixels of one layout.

use confounder::{Orientation, PixelLayout, PixelsMut};

use super::call::RawCall;
use super::memory::{Rows, invalid};
use crate::error::Result;
use crate::report::Report;

/// Pixels in the caller's memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawPixels {
    pub(super) rows: Rows,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) layout: PixelLayout,
    pub(super) orientation: Orientation,
}

impl RawCall {
    /// Protects pixels in place.
    ///
    /// # Safety
    /// The memory that `pixels` names can be read and written, and nobody else does so during the call.
    pub(super) unsafe fn pixels(&self, pixels: RawPixels) -> Result<Report> {
        let bytes = pixels.layout.bytes_per_pixel();
        let rows = Rows {
            pixel_stride: bytes,
            ..pixels.rows
        };
        let span = rows.span(
            "pixels",
            pixels.width as usize,
            pixels.height as usize,
            bytes,
        )?;
        // SAFETY: the caller's promise; `span` has checked address and length.
        let memory = unsafe { rows.memory.slice_mut(span) };
        let (width, height) = (pixels.width, pixels.height);
        let mut view = PixelsMut::new(memory, width, height, rows.row_stride, pixels.layout)?;
        let core = &self.protector.core;
        let report =
            core.protect_pixels_oriented(&mut view, pixels.orientation, &self.call.options);
        Ok(self.call.finish(report)?.into())
    }
}

/// The layout of a number: 0 RGBA, 1 BGRA, 2 RGB, 3 gray (8 bits each), 4 RGBA of 16 bits, 5 RGB of 16 bits.
pub(super) fn layout(number: u32) -> Result<PixelLayout> {
    Ok(match number {
        0 => PixelLayout::Rgba8,
        1 => PixelLayout::Bgra8,
        2 => PixelLayout::Rgb8,
        3 => PixelLayout::Gray8,
        4 => PixelLayout::Rgba16,
        5 => PixelLayout::Rgb16,
        _ => return invalid(format!("{number} is no pixel layout; use 0 to 5")),
    })
}

/// The orientation that EXIF counts so, 1 to 8.
pub(super) fn orientation(number: u32) -> Result<Orientation> {
    Ok(Orientation::from_exif(u16::try_from(number).unwrap_or(0))?)
}
