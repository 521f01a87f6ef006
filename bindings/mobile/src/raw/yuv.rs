//! Frames of luma and chroma planes.

use confounder::{
    ChromaPlanes, ChromaSampling, Orientation, SampleDepth, YuvFormat, YuvMatrix, YuvMut, YuvRange,
};

use super::call::RawCall;
use super::memory::{Memory, Rows, invalid};
use crate::error::Result;
use crate::frames::FrameProtector;
use crate::report::Report;

/// A frame in the caller's memory. `cb` and `cr` have the same strides and may lie within each other (NV12, NV21).
#[derive(Debug, Clone, Copy)]
pub(super) struct RawYuv {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) luma: Rows,
    pub(super) cb: Rows,
    pub(super) cr: Rows,
    pub(super) format: YuvFormat,
    pub(super) orientation: Orientation,
}

impl RawCall {
    /// Protects a frame in place.
    ///
    /// # Safety
    /// The memory that `frame` names can be read and, but for luma, written, and nobody else does so during the call.
    pub(super) unsafe fn yuv(&self, frame: RawYuv) -> Result<Report> {
        // SAFETY: the caller's promise.
        let mut view = unsafe { frame.view() }?;
        let core = &self.protector.core;
        let report = core.protect_yuv(&mut view, frame.orientation, &self.call.options);
        Ok(self.call.finish(report)?.into())
    }
}

impl FrameProtector {
    /// Protects the next frame of the stream in place.
    ///
    /// # Safety
    /// As [`RawCall::yuv`].
    pub(super) unsafe fn next(&self, frame: RawYuv) -> Result<()> {
        // SAFETY: the caller's promise.
        let mut view = unsafe { frame.view() }?;
        self.lock().protect(&mut view, frame.orientation)?;
        Ok(())
    }
}

impl RawYuv {
    /// # Safety
    /// As [`RawCall::yuv`], for as long as the view is in use.
    unsafe fn view<'a>(&self) -> Result<YuvMut<'a>> {
        let (width, height) = (self.width as usize, self.height as usize);
        let (columns, rows) = self.format.sampling.chroma_size(width, height);
        let sample = self.format.depth.bytes();
        let luma_span = self.luma.span("luma", width, height, sample)?;
        let cb_span = self.cb.span("Cb", columns, rows, sample)?;
        let cr_span = self.cr.span("Cr", columns, rows, sample)?;
        let (luma, cb, cr) = (self.luma.memory, self.cb.memory, self.cr.memory);
        if luma.overlaps(luma_span, cb, cb_span) || luma.overlaps(luma_span, cr, cr_span) {
            return invalid("luma and chroma share memory".into());
        }
        let strides = |rows: &Rows| (rows.row_stride, rows.pixel_stride);
        if strides(&self.cb) != strides(&self.cr) {
            return invalid("the strides of Cb and Cr differ".into());
        }
        let (row_stride, pixel_stride) = strides(&self.cb);
        let chroma = if cb.overlaps(cb_span, cr, cr_span) {
            let (first, second) = (cb.address.min(cr.address), cb.address.max(cr.address));
            // They overlap, so the distance is less than a span.
            let gap = second as usize - first as usize;
            let whole = Memory {
                address: first,
                length: gap + cb_span,
            };
            ChromaPlanes::Interleaved {
                // SAFETY: two pieces of memory that overlap are one; both are the caller's, by its promise, luma lies
                // apart, and `span` has checked address and length of each.
                bytes: unsafe { whole.slice_mut(whole.length) },
                cb: cb.address as usize - first as usize,
                cr: cr.address as usize - first as usize,
                row_stride,
                pixel_stride,
            }
        } else {
            ChromaPlanes::Separate {
                // SAFETY: the caller's promise; the three planes lie apart and `span` has checked each.
                cb: unsafe { cb.slice_mut(cb_span) },
                // SAFETY: as above.
                cr: unsafe { cr.slice_mut(cr_span) },
                row_stride,
                pixel_stride,
            }
        };
        // SAFETY: as above; luma is only read.
        let luma = unsafe { luma.slice(luma_span) };
        let size = (self.width, self.height);
        let luma_strides = strides(&self.luma);
        Ok(YuvMut::new(size, luma, luma_strides, chroma, self.format)?)
    }
}

/// The format of a number, bit by bit: 1 limited range, 2 BT.709 (else BT.601), 4 ten bits in the upper bits of two
/// bytes, 8 4:2:2, 16 4:4:4 (else 4:2:0).
pub(super) fn format(bits: u32) -> Result<YuvFormat> {
    if bits > 23 {
        return invalid(format!(
            "{bits} is no YUV format; its bits are 1, 2, 4, and 8 or 16"
        ));
    }
    let mut format = YuvFormat::new();
    if bits & 1 != 0 {
        format = format.range(YuvRange::Limited);
    }
    if bits & 2 != 0 {
        format = format.matrix(YuvMatrix::Bt709);
    }
    if bits & 4 != 0 {
        format = format.depth(SampleDepth::TenHigh);
    }
    Ok(match bits & 24 {
        8 => format.sampling(ChromaSampling::S422),
        16 => format.sampling(ChromaSampling::S444),
        _ => format,
    })
}
