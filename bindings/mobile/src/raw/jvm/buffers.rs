//! Direct byte buffers.

use jni::Env;
use jni::objects::JByteBuffer;

use crate::error::Result;
use crate::raw::call::{self, Handles, RawCall};
use crate::raw::memory::{Memory, Rows, invalid};
use crate::raw::pixels::{self, RawPixels};
use crate::raw::yuv::{self, RawYuv};
use crate::report::Report;

pub(super) fn protect(
    env: &Env<'_>,
    handles: Handles,
    options: &[u8],
    buffer: &JByteBuffer<'_>,
    [width, height, stride, layout, orientation]: [u32; 5],
) -> Result<Report> {
    let call = RawCall::new(handles, call::options(options))?;
    let pixels = RawPixels {
        rows: rows(env, buffer, (stride, 0))?,
        width,
        height,
        layout: pixels::layout(layout)?,
        orientation: pixels::orientation(orientation)?,
    };
    // SAFETY: a direct buffer's memory lives as long as the buffer, which the JVM keeps during the call; that nobody else
    // uses it meanwhile is what the method's documentation asks for.
    unsafe { call.pixels(pixels) }
}

pub(super) fn protect_yuv(
    env: &Env<'_>,
    handles: Handles,
    options: &[u8],
    planes: [&JByteBuffer<'_>; 3],
    shape: [u32; 8],
) -> Result<Report> {
    let call = RawCall::new(handles, call::options(options))?;
    let frame = frame(env, planes, shape)?;
    // SAFETY: as in `protect`.
    unsafe { call.yuv(frame) }
}

pub(super) fn protect_frame(
    env: &Env<'_>,
    stream: u64,
    planes: [&JByteBuffer<'_>; 3],
    shape: [u32; 8],
) -> Result<()> {
    let stream = call::stream(stream)?;
    let frame = frame(env, planes, shape)?;
    // SAFETY: as in `protect`.
    unsafe { stream.next(frame) }
}

fn frame(env: &Env<'_>, planes: [&JByteBuffer<'_>; 3], shape: [u32; 8]) -> Result<RawYuv> {
    let [luma, cb, cr] = planes;
    let [
        width,
        height,
        luma_row,
        luma_pixel,
        chroma_row,
        chroma_pixel,
        format,
        orientation,
    ] = shape;
    Ok(RawYuv {
        width,
        height,
        luma: rows(env, luma, (luma_row, luma_pixel))?,
        cb: rows(env, cb, (chroma_row, chroma_pixel))?,
        cr: rows(env, cr, (chroma_row, chroma_pixel))?,
        format: yuv::format(format)?,
        orientation: pixels::orientation(orientation)?,
    })
}

/// The whole memory of a buffer, whatever its position and limit.
fn rows(
    env: &Env<'_>,
    buffer: &JByteBuffer<'_>,
    (row_stride, pixel_stride): (u32, u32),
) -> Result<Rows> {
    let address = env.get_direct_buffer_address(buffer);
    let length = env.get_direct_buffer_capacity(buffer);
    let (Ok(address), Ok(length)) = (address, length) else {
        return invalid("the buffer is not a direct one; use ByteBuffer.allocateDirect".into());
    };
    Ok(Rows {
        memory: Memory { address, length },
        row_stride: row_stride as usize,
        pixel_stride: pixel_stride as usize,
    })
}
