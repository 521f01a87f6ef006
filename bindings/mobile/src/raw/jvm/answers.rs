//! What goes in and out of the native methods.

use std::panic::{AssertUnwindSafe, catch_unwind};

use jni::Env;
use jni::objects::{JByteArray, JIntArray, JLongArray};
use uniffi::Lower;

use crate::UniFfiTag;
use crate::error::{ConfounderError, Result};

const DONE: u8 = 0;
const FAILED: u8 = 1;

/// A value, serialised.
pub(super) fn done<T: Lower<UniFfiTag>>(value: T) -> Result<Vec<u8>> {
    let mut bytes = vec![DONE];
    T::write(value, &mut bytes);
    Ok(bytes)
}

/// Nothing, serialised.
pub(super) fn nothing() -> Result<Vec<u8>> {
    Ok(vec![DONE])
}

/// An answer as the JVM gets it.
pub(super) fn bytes<'l>(
    env: &mut Env<'l>,
    answer: Result<Vec<u8>>,
) -> jni::errors::Result<JByteArray<'l>> {
    let bytes = answer.unwrap_or_else(|error| {
        let mut bytes = vec![FAILED];
        <ConfounderError as Lower<UniFfiTag>>::write(error, &mut bytes);
        bytes
    });
    env.byte_array_from_slice(&bytes)
}

/// Does the work; a panic is an error.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Nothing that a panic could leave half done is used again.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(ConfounderError::Other {
            reason: "a fault inside the library; the call has ended, others are not affected"
                .into(),
        })
    })
}

/// Handles of objects, 0 for none.
pub(super) fn handles(env: &mut Env<'_>, array: &JLongArray<'_>) -> jni::errors::Result<Vec<i64>> {
    let mut numbers = vec![0; array.len(env)?];
    array.get_region(env, 0, &mut numbers)?;
    Ok(numbers)
}

/// So many numbers, none negative: a negative one becomes one that no size and no stride can be.
pub(super) fn numbers<const N: usize>(
    env: &mut Env<'_>,
    array: &JIntArray<'_>,
) -> jni::errors::Result<[u32; N]> {
    let mut numbers = [0; N];
    array.get_region(env, 0, &mut numbers)?;
    Ok(numbers.map(|number| u32::try_from(number).unwrap_or(u32::MAX)))
}
