//! Entry points for the JVM: the native methods of `dev.confounder.Native`.
//!
//! Each call returns the bytes of a tag and, as UniFFI serialises them, a value (0) or an error (1). A panic is an error as
//! well; only faults of the JVM itself are thrown. Handles are borrowed: Kotlin keeps their objects open until a call is
//! back.

mod answers;
mod bitmap;
mod buffers;
mod dispatch;
mod graphics;
mod listener;
mod objects;

use jni::errors::ThrowRuntimeExAndDefault;
use jni::objects::{JByteArray, JByteBuffer, JClass, JIntArray, JLongArray, JObject, JString};
use jni::{Env, EnvUnowned};

use crate::error::Result;
use crate::raw::call::RawCall;

/// `call(function: String, handles: LongArray, arguments: ByteArray, data: ByteBuffer?, listener: IntUnaryOperator?):
/// ByteArray`
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_Native_call<'l>(
    env: EnvUnowned<'l>,
    _class: JClass<'l>,
    function: JString<'l>,
    handles: JLongArray<'l>,
    arguments: JByteArray<'l>,
    data: JByteBuffer<'l>,
    listener: JObject<'l>,
) -> JByteArray<'l> {
    answer(env, |env| {
        let function = function.try_to_string(env)?;
        let arguments = env.convert_byte_array(&arguments)?;
        let handles = answers::handles(env, &handles)?;
        let listener = listener::of(env, &listener)?;
        let input = dispatch::Input::new(&handles, &arguments, listener);
        Ok(buffers::read(env, &data).and_then(|data| dispatch::call(&function, data, input)))
    })
}

/// `free(type: String, handle: Long)`: gives an object back. Its handle is not used again.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_Native_free<'l>(
    mut env: EnvUnowned<'l>,
    _class: JClass<'l>,
    kind: JString<'l>,
    handle: i64,
) {
    let outcome = env.with_env(|env| {
        let kind = kind.try_to_string(env)?;
        objects::free(&kind, handle);
        jni::errors::Result::Ok(())
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>();
}

/// `protectBitmap(handles: LongArray, options: ByteArray, listener: IntUnaryOperator?, bitmap: Any, orientation: Int):
/// ByteArray`
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_Native_protectBitmap<'l>(
    env: EnvUnowned<'l>,
    _class: JClass<'l>,
    handles: JLongArray<'l>,
    options: JByteArray<'l>,
    listener: JObject<'l>,
    bitmap: JObject<'l>,
    orientation: i32,
) -> JByteArray<'l> {
    answer(env, |env| {
        let call = call(env, &handles, &options, &listener)?;
        Ok(call.and_then(|call| answers::done(bitmap::protect(env, &call, &bitmap, orientation)?)))
    })
}

/// `protectBuffer(handles: LongArray, options: ByteArray, listener: IntUnaryOperator?, buffer: ByteBuffer, shape: IntArray):
/// ByteArray` with a shape of width, height, stride, layout, orientation.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_Native_protectBuffer<'l>(
    env: EnvUnowned<'l>,
    _class: JClass<'l>,
    handles: JLongArray<'l>,
    options: JByteArray<'l>,
    listener: JObject<'l>,
    buffer: JByteBuffer<'l>,
    shape: JIntArray<'l>,
) -> JByteArray<'l> {
    answer(env, |env| {
        let shape = answers::numbers(env, &shape)?;
        let call = call(env, &handles, &options, &listener)?;
        Ok(call.and_then(|call| answers::done(buffers::protect(env, &call, &buffer, shape)?)))
    })
}

/// `protectYuv(handles: LongArray, options: ByteArray, listener: IntUnaryOperator?, luma: ByteBuffer, cb: ByteBuffer,
/// cr: ByteBuffer, shape: IntArray): ByteArray` with a shape of width, height, luma row and pixel stride, chroma row and
/// pixel stride, format, orientation.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_Native_protectYuv<'l>(
    env: EnvUnowned<'l>,
    _class: JClass<'l>,
    handles: JLongArray<'l>,
    options: JByteArray<'l>,
    listener: JObject<'l>,
    luma: JByteBuffer<'l>,
    cb: JByteBuffer<'l>,
    cr: JByteBuffer<'l>,
    shape: JIntArray<'l>,
) -> JByteArray<'l> {
    answer(env, |env| {
        let shape = answers::numbers(env, &shape)?;
        let call = call(env, &handles, &options, &listener)?;
        let planes = [&luma, &cb, &cr];
        Ok(call.and_then(|call| answers::done(buffers::protect_yuv(env, &call, planes, shape)?)))
    })
}

/// `protectFrame(stream: Long, luma: ByteBuffer, cb: ByteBuffer, cr: ByteBuffer, shape: IntArray): ByteArray?` with a
/// shape as above. Null if all went well: nothing is allocated for a frame.
#[unsafe(no_mangle)]
pub(super) extern "system" fn Java_dev_confounder_Native_protectFrame<'l>(
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
        let planes = [&luma, &cb, &cr];
        match answers::guarded(|| buffers::protect_frame(env, stream, planes, shape)) {
            Ok(()) => Ok(JByteArray::null()),
            failed => answers::bytes(env, failed.and_then(|()| answers::nothing())),
        }
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}

/// Protector and cancel token, options, and listener of a call on pixels.
fn call(
    env: &mut Env<'_>,
    handles: &JLongArray<'_>,
    options: &JByteArray<'_>,
    listener: &JObject<'_>,
) -> jni::errors::Result<Result<RawCall>> {
    let handles = answers::handles(env, handles)?;
    let options = env.convert_byte_array(options)?;
    let listener = listener::of(env, listener)?;
    Ok(RawCall::of(
        objects::protector(&handles),
        objects::cancel(&handles),
        listener,
        &options,
    ))
}

/// Makes a call and writes its answer.
fn answer<'l>(
    mut env: EnvUnowned<'l>,
    work: impl FnOnce(&mut Env<'l>) -> jni::errors::Result<Result<Vec<u8>>>,
) -> JByteArray<'l> {
    let outcome = env.with_env(|env| {
        let mut fault = None;
        let answer = answers::guarded(|| match work(env) {
            Ok(answer) => answer,
            Err(error) => {
                fault = Some(error);
                Ok(Vec::new())
            }
        });
        match fault {
            Some(fault) => Err(fault),
            None => answers::bytes(env, answer),
        }
    });
    outcome.resolve::<ThrowRuntimeExAndDefault>()
}
