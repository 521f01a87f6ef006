//! One call: who protects, with which options.

use std::sync::Arc;

use uniffi::{Handle, Lift};

use crate::UniFfiTag;
use crate::cancel::CancelToken;
use crate::error::{ConfounderError, Result};
use crate::frames::FrameProtector;
use crate::options::ProtectOptions;
use crate::progress::{Call, ProgressListener};
use crate::protector::Protector;

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
}

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

fn object<T: Lift<UniFfiTag, FfiType = Handle>>(handle: u64) -> Result<Option<T>> {
    if handle == 0 {
        return Ok(None);
    }
    let object = T::try_lift(Handle::from_raw_unchecked(handle));
    object.map(Some).or_else(|e| lost(&e.to_string()))
}

fn lost<T>(reason: &str) -> Result<T> {
    Err(ConfounderError::Other {
        reason: reason.into(),
    })
}
