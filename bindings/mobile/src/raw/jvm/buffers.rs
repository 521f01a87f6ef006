//! Direct byte buffers.

use jni::Env;
use jni::objects::JByteBuffer;

use super::objects;
use crate::error::Result;
use crate::frames::FrameProtector;
use crate::raw::call::RawCall;
use crate::raw::memory::{Memory, Rows, invalid};
use crate::raw::pixels::{self, RawPixels};
use crate::raw::yuv::{self, RawYuv};
use crate::report::Report;

/// The bytes of a direct buffer, from its beginning to its capacity; none for null.
pub(super) fn read<'a>(env: &Env<'_>, buffer: &'a JByteBuffer<'_>) -> Result<&'a [u8]> {
    if buffer.is_null() {
        return Ok(&[]);
    }
    let memory = memory(env, buffer)?;
    // SAFETY: the buffer's memory lives as long as the buffer, which the JVM keeps during the call; that nobody writes to it
    // meanwhile is what the method's documentation asks for.
    Ok(unsafe { memory.slice(memory.length) })
}

pub(super) fn protect(
    env: &Env<'_>,
    call: &RawCall,
    buffer: &JByteBuffer<'_>,
    [width, height, stride, layout, orientation]: [u32; 5],
) -> Result<Report> {
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
    call: &RawCall,
    planes: [&JByteBuffer<'_>; 3],
    shape: [u32; 8],
) -> Result<Report> {
    let frame = frame(env, planes, shape)?;
    // SAFETY: as in `protect`.
    unsafe { call.yuv(frame) }
}

pub(super) fn protect_frame(
    env: &Env<'_>,
    stream: i64,
    planes: [&JByteBuffer<'_>; 3],
    shape: [u32; 8],
) -> Result<()> {
    let stream = objects::borrowed::<FrameProtector>(stream)?;
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

/// Rows in a buffer, whatever its position and limit.
fn rows(
    env: &Env<'_>,
    buffer: &JByteBuffer<'_>,
    (row_stride, pixel_stride): (u32, u32),
) -> Result<Rows> {
    Ok(Rows {
        memory: memory(env, buffer)?,
        row_stride: row_stride as usize,
        pixel_stride: pixel_stride as usize,
    })
}

/// The whole memory of a buffer.
fn memory(env: &Env<'_>, buffer: &JByteBuffer<'_>) -> Result<Memory> {
    let address = env.get_direct_buffer_address(buffer);
    let length = env.get_direct_buffer_capacity(buffer);
    match (address, length) {
        (Ok(address), Ok(length)) if !address.is_null() => Ok(Memory { address, length }),
        _ => invalid("the buffer is not a direct one; use ByteBuffer.allocateDirect".into()),
    }
}
