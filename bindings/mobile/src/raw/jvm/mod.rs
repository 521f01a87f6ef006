//! Entry points for the JVM: the native methods of `dev.confounder.NativePixels`.
//!
//! Each returns the bytes of a tag and, as UniFFI serialises them, a report (0) or an error (1). Only faults of the JVM
//! and panics are thrown.

mod answer;
mod bitmap;
mod buffers;
mod graphics;

use jni::EnvUnowned;
use jni::errors::ThrowRuntimeExAndDefault;
use jni::objects::{JByteArray, JByteBuffer, JClass, JIntArray, JLongArray, JObject};

use answer::{Answer, handles};

/// `protectBitmap(handles: LongArray, options: ByteArray, bitmap: Any, orientation: Int): ByteArray`
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_NativePixels_protectBitmap<'l>(
    mut env: EnvUnowned<'l>,
    _class: JClass<'l>,
    call: JLongArray<'l>,
    options: JByteArray<'l>,
    bitmap: JObject<'l>,
    orientation: i32,
) -> JByteArray<'l> {
    let outcome = env.with_env(|env| {
        let handles = handles(env, &call)?;
        let options = env.convert_byte_array(&options)?;
        let report = bitmap::protect(env, handles, &options, &bitmap, orientation);
        Answer::of(report).into_array(env)
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}

/// `protectBuffer(handles: LongArray, options: ByteArray, buffer: ByteBuffer, shape: IntArray): ByteArray` with a shape
/// of width, height, stride, layout, orientation.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_NativePixels_protectBuffer<'l>(
    mut env: EnvUnowned<'l>,
    _class: JClass<'l>,
    call: JLongArray<'l>,
    options: JByteArray<'l>,
    buffer: JByteBuffer<'l>,
    shape: JIntArray<'l>,
) -> JByteArray<'l> {
    let outcome = env.with_env(|env| {
        let handles = handles(env, &call)?;
        let options = env.convert_byte_array(&options)?;
        let shape = answer::numbers(env, &shape)?;
        let report = buffers::protect(env, handles, &options, &buffer, shape);
        Answer::of(report).into_array(env)
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}

/// `protectYuv(handles: LongArray, options: ByteArray, luma: ByteBuffer, cb: ByteBuffer, cr: ByteBuffer,
/// shape: IntArray): ByteArray` with a shape of width, height, luma row and pixel stride, chroma row and pixel stride,
/// format, orientation.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_NativePixels_protectYuv<'l>(
    mut env: EnvUnowned<'l>,
    _class: JClass<'l>,
    call: JLongArray<'l>,
    options: JByteArray<'l>,
    luma: JByteBuffer<'l>,
    cb: JByteBuffer<'l>,
    cr: JByteBuffer<'l>,
    shape: JIntArray<'l>,
) -> JByteArray<'l> {
    let outcome = env.with_env(|env| {
        let handles = handles(env, &call)?;
        let options = env.convert_byte_array(&options)?;
        let shape = answer::numbers(env, &shape)?;
        let report = buffers::protect_yuv(env, handles, &options, [&luma, &cb, &cr], shape);
        Answer::of(report).into_array(env)
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
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
        let shape = answer::numbers(env, &shape)?;
        match buffers::protect_frame(env, stream as u64, [&luma, &cb, &cr], shape) {
            Ok(()) => Ok(JByteArray::null()),
            Err(error) => Answer::Failed(error).into_array(env),
        }
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}
