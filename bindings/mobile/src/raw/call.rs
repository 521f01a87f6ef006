//! One call: who protects, with which options.

use std::sync::Arc;

#[cfg(not(target_os = "android"))]
use uniffi::Handle;
use uniffi::Lift;

use crate::UniFfiTag;
use crate::cancel::CancelToken;
use crate::error::{ConfounderError, Result};
#[cfg(not(target_os = "android"))]
use crate::frames::FrameProtector;
use crate::options::ProtectOptions;
use crate::progress::{Call, ProgressListener};
use crate::protector::Protector;

#[cfg(not(target_os = "android"))]
/// Handles of UniFFI's objects; 0 is none. Each is a reference of its own, made for this call, which takes it over.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct Handles {
    /// The protector.
    pub protector: u64,
    /// The cancel token, or 0.
    pub cancel: u64,
    /// The listener, or 0.
    pub listener: u64,
}

/// A protector and a call.
pub(super) struct RawCall {
    pub(super) protector: Arc<Protector>,
    pub(super) call: Call,
}

impl RawCall {
    #[cfg(not(target_os = "android"))]
    /// Takes over all handles, also where it fails.
    pub(super) fn new(handles: Handles, options: Result<ProtectOptions>) -> Result<Self> {
        let protector = object::<Arc<Protector>>(handles.protector)?;
        let cancel = object::<Arc<CancelToken>>(handles.cancel)?;
        let listener = object::<Arc<dyn ProgressListener>>(handles.listener)?;
        let Some(protector) = protector else {
            return lost("the protector's handle is 0");
        };
        let call = Call::new(options?, cancel, listener)?;
        Ok(Self { protector, call })
    }

    /// Of objects rather than handles.
    #[cfg(not(target_os = "ios"))]
    pub(super) fn of(
        protector: Result<Arc<Protector>>,
        cancel: Result<Option<Arc<CancelToken>>>,
        listener: Option<Arc<dyn ProgressListener>>,
        options: &[u8],
    ) -> Result<Self> {
        let call = Call::new(self::options(options)?, cancel?, listener)?;
        Ok(Self {
            protector: protector?,
            call,
        })
    }
}

#[cfg(not(target_os = "android"))]
/// The stream of a handle.
pub(super) fn stream(handle: u64) -> Result<Arc<FrameProtector>> {
    match object::<Arc<FrameProtector>>(handle)? {
        Some(stream) => Ok(stream),
        None => lost("the stream's handle is 0"),
    }
}

/// Options as UniFFI serialises them.
pub(super) fn options(mut bytes: &[u8]) -> Result<ProtectOptions> {
    let options = <ProtectOptions as Lift<UniFfiTag>>::try_read(&mut bytes);
    match options {
        Ok(options) if bytes.is_empty() => Ok(options),
        _ => lost("the options cannot be read; bindings and library are of different versions"),
    }
}

#[cfg(not(target_os = "android"))]
fn object<T: Lift<UniFfiTag, FfiType = Handle>>(handle: u64) -> Result<Option<T>> {
    if handle == 0 {
        return Ok(None);
    }
    let object = T::try_lift(Handle::from_raw_unchecked(handle));
    object.map(Some).or_else(|e| lost(&e.to_string()))
}

pub(super) fn lost<T>(reason: &str) -> Result<T> {
    Err(ConfounderError::Other {
        reason: reason.into(),
    })
}
