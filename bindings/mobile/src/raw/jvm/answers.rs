//! What goes in and out of the native methods.

use jni::Env;
use jni::objects::{JByteArray, JIntArray, JLongArray};
use uniffi::Lower;

use crate::UniFfiTag;
use crate::error::{ConfounderError, Result};
use crate::raw::call::Handles;
use crate::report::Report;

/// What a native method answers.
pub(super) enum Answer {
    Done(Report),
    Failed(ConfounderError),
}

impl Answer {
    pub(super) fn of(result: Result<Report>) -> Self {
        match result {
            Ok(report) => Self::Done(report),
            Err(error) => Self::Failed(error),
        }
    }

    pub(super) fn into_array<'l>(self, env: &mut Env<'l>) -> jni::errors::Result<JByteArray<'l>> {
        let mut bytes = Vec::new();
        match self {
            Self::Done(report) => {
                bytes.push(0);
                <Report as Lower<UniFfiTag>>::write(report, &mut bytes);
            }
            Self::Failed(error) => {
                bytes.push(1);
                <ConfounderError as Lower<UniFfiTag>>::write(error, &mut bytes);
            }
        }
        env.byte_array_from_slice(&bytes)
    }
}

/// Handles of protector, cancel token and listener.
pub(super) fn handles(env: &mut Env<'_>, array: &JLongArray<'_>) -> jni::errors::Result<Handles> {
    let mut numbers = [0; 3];
    array.get_region(env, 0, &mut numbers)?;
    let [protector, cancel, listener] = numbers.map(|number| number as u64);
    Ok(Handles {
        protector,
        cancel,
        listener,
    })
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
