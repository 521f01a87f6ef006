//! Entry points for the JVM: the native methods of `dev.confounder.NativePixels`.
//!
//! Each returns the bytes of a tag and, as UniFFI serialises them, a report (0) or an error (1). Only faults of the JVM
//! and panics are thrown.

mod answers;
mod bitmap;
mod buffers;
mod graphics;

use jni::errors::ThrowRuntimeExAndDefault;
use jni::objects::{JByteArray, JByteBuffer, JClass, JIntArray, JLongArray, JObject};
use jni::{Env, EnvUnowned};

use crate::error::Result;
use crate::raw::call::Handles;
use crate::report::Report;
use answers::{Answer, handles};

/// `protectBitmap(handles: LongArray, options: ByteArray, bitmap: Any, orientation: Int): ByteArray`
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_NativePixels_protectBitmap<'l>(
    env: EnvUnowned<'l>,
    _class: JClass<'l>,
    call: JLongArray<'l>,
    options: JByteArray<'l>,
    bitmap: JObject<'l>,
    orientation: i32,
) -> JByteArray<'l> {
    answer(env, &call, &options, |env, handles, options| {
        Ok(bitmap::protect(env, handles, options, &bitmap, orientation))
    })
}

/// `protectBuffer(handles: LongArray, options: ByteArray, buffer: ByteBuffer, shape: IntArray): ByteArray` with a shape
/// of width, height, stride, layout, orientation.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_NativePixels_protectBuffer<'l>(
    env: EnvUnowned<'l>,
    _class: JClass<'l>,
    call: JLongArray<'l>,
    options: JByteArray<'l>,
    buffer: JByteBuffer<'l>,
    shape: JIntArray<'l>,
) -> JByteArray<'l> {
    answer(env, &call, &options, |env, handles, options| {
        let shape = answers::numbers(env, &shape)?;
        Ok(buffers::protect(env, handles, options, &buffer, shape))
    })
}

/// `protectYuv(handles: LongArray, options: ByteArray, luma: ByteBuffer, cb: ByteBuffer, cr: ByteBuffer,
/// shape: IntArray): ByteArray` with a shape of width, height, luma row and pixel stride, chroma row and pixel stride,
/// format, orientation.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_NativePixels_protectYuv<'l>(
    env: EnvUnowned<'l>,
    _class: JClass<'l>,
    call: JLongArray<'l>,
    options: JByteArray<'l>,
    luma: JByteBuffer<'l>,
    cb: JByteBuffer<'l>,
    cr: JByteBuffer<'l>,
    shape: JIntArray<'l>,
) -> JByteArray<'l> {
    answer(env, &call, &options, |env, handles, options| {
        let shape = answers::numbers(env, &shape)?;
        Ok(buffers::protect_yuv(
            env,
            handles,
            options,
            [&luma, &cb, &cr],
            shape,
        ))
    })
}

/// `protectFrame(stream: Long, luma: ByteBuffer, cb: ByteBuffer, cr: ByteBuffer, shape: IntArray): ByteArray?` with a
/// shape as above. Null where all went well.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_NativePixels_protectFrame<'l>(
    mut env: EnvUnowned<'l>,
    _class: JClass<'l>,
    stream: i64,
    luma: JByteBuffer<'l>,
    cb: JByteBuffer<'l>,
    cr: JByteBuffer<'l>,
    shape: JIntArray<'l>,
) -> JByteArray<'l> {
    let outcome = env.with_env(|env| {
        let shape = answers::numbers(env, &shape)?;
        match buffers::protect_frame(env, stream as u64, [&luma, &cb, &cr], shape) {
            Ok(()) => Ok(JByteArray::null()),
            Err(error) => Answer::Failed(error).into_array(env),
        }
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}

/// Reads what every call with a report is given, makes the call, and writes its answer.
fn answer<'l>(
    mut env: EnvUnowned<'l>,
    call: &JLongArray<'l>,
    options: &JByteArray<'l>,
    protect: impl FnOnce(&mut Env<'l>, Handles, &[u8]) -> jni::errors::Result<Result<Report>>,
) -> JByteArray<'l> {
    let outcome = env.with_env(|env| {
        let handles = handles(env, call)?;
        let options = env.convert_byte_array(options)?;
        let report = protect(env, handles, &options)?;
        Answer::of(report).into_array(env)
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}
