//! Entry points for C, and so for Swift and Python; `include/confounder_pixels.h` declares them.
//!
//! They look like those that UniFFI makes: a status is filled in, and report or error goes out in one of its buffers.

use std::panic::AssertUnwindSafe;

use uniffi::{LowerReturn, RustBuffer, RustCallStatus};

use super::call::{self, Handles, RawCall};
use super::memory::{Memory, Rows};
use super::pixels::{self, RawPixels};
use super::yuv::{self, RawYuv};
use crate::UniFfiTag;
use crate::error::Result;

/// One plane of memory. Strides are in bytes.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct ConfounderPlane {
    /// The first sample.
    pub address: *mut u8,
    /// How many bytes from there on may be used.
    pub length: u64,
    /// From one row to the next.
    pub row_stride: u64,
    /// From one sample to the next. Not used for pixels.
    pub pixel_stride: u64,
}

/// The size of a picture, its layout or YUV format, and its orientation as EXIF counts it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct ConfounderShape {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// See the header.
    pub format: u32,
    /// 1 to 8.
    pub orientation: u32,
}

impl From<ConfounderPlane> for Rows {
    fn from(plane: ConfounderPlane) -> Self {
        let fit = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            memory: Memory {
                address: plane.address,
                length: fit(plane.length),
            },
            row_stride: fit(plane.row_stride),
            pixel_stride: fit(plane.pixel_stride),
        }
    }
}

/// Protects pixels in place. Returns a serialised report, or leaves a serialised error in `status`.
///
/// # Safety
/// The handles are live and made for this call; `options` is a buffer of this library; the plane's memory can be read and
/// written, and nobody else does so during the call; `status` can be written.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn confounder_protect_pixels(
    handles: Handles,
    options: RustBuffer,
    plane: ConfounderPlane,
    shape: ConfounderShape,
    status: &mut RustCallStatus,
) -> RustBuffer {
    answer(status, || {
        let call = RawCall::new(handles, read(options))?;
        let pixels = RawPixels {
            rows: plane.into(),
            width: shape.width,
            height: shape.height,
            layout: pixels::layout(shape.format)?,
            orientation: pixels::orientation(shape.orientation)?,
        };
        // SAFETY: the caller's promise.
        unsafe { call.pixels(pixels) }
    })
}

/// Protects a YUV frame in place: luma, Cb and Cr. Returns a serialised report, or leaves a serialised error in `status`.
///
/// # Safety
/// As [`confounder_protect_pixels`]; luma is only read.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn confounder_protect_yuv(
    handles: Handles,
    options: RustBuffer,
    luma: ConfounderPlane,
    cb: ConfounderPlane,
    cr: ConfounderPlane,
    shape: ConfounderShape,
    status: &mut RustCallStatus,
) -> RustBuffer {
    answer(status, || {
        let call = RawCall::new(handles, read(options))?;
        let frame = frame([luma, cb, cr], shape)?;
        // SAFETY: the caller's promise.
        unsafe { call.yuv(frame) }
    })
}

/// Protects the next frame of a stream in place. Leaves a serialised error in `status` where it fails.
///
/// # Safety
/// As [`confounder_protect_yuv`]; `stream` is the handle of a frame protector.
#[unsafe(no_mangle)]
pub(super) unsafe extern "C" fn confounder_protect_frame(
    stream: u64,
    luma: ConfounderPlane,
    cb: ConfounderPlane,
    cr: ConfounderPlane,
    shape: ConfounderShape,
    status: &mut RustCallStatus,
) {
    answer(status, || {
        let stream = call::stream(stream)?;
        let frame = frame([luma, cb, cr], shape)?;
        // SAFETY: the caller's promise.
        unsafe { stream.next(frame) }
    });
}

fn frame(planes: [ConfounderPlane; 3], shape: ConfounderShape) -> Result<RawYuv> {
    let [luma, cb, cr] = planes.map(Rows::from);
    Ok(RawYuv {
        width: shape.width,
        height: shape.height,
        luma,
        cb,
        cr,
        format: yuv::format(shape.format)?,
        orientation: pixels::orientation(shape.orientation)?,
    })
}

fn read(options: RustBuffer) -> Result<crate::ProtectOptions> {
    call::options(&options.destroy_into_vec())
}

/// Runs the work; a panic becomes a status as well.
fn answer<T>(
    status: &mut RustCallStatus,
    work: impl FnOnce() -> Result<T>,
) -> <Result<T> as LowerReturn<UniFfiTag>>::ReturnType
where
    Result<T>: LowerReturn<UniFfiTag>,
{
    // Nothing that a panic could leave half done is used again: the handles are gone with the call.
    let work = AssertUnwindSafe(|| <Result<T> as LowerReturn<UniFfiTag>>::lower_return(work()));
    uniffi::rust_call(status, work)
}
