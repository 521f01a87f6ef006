//! Objects behind handles that Kotlin holds.

use std::sync::Arc;

use uniffi::Handle;

use crate::cancel::CancelToken;
use crate::error::{ConfounderError, Result};
use crate::frames::FrameProtector;
use crate::protector::Protector;

/// A reference to the object of a handle.
pub(super) fn borrowed<T>(handle: i64) -> Result<Arc<T>> {
    if handle == 0 {
        return Err(ConfounderError::Other {
            reason: "an object's handle is 0; library and bindings are of different versions"
                .into(),
        });
    }
    // SAFETY: Kotlin got the handle from this library for an object of this type, by the name of the constructor, and
    // keeps the object open for the whole call.
    Ok(unsafe { Handle::from_raw_unchecked(handle as u64).into_arc_borrowed() })
}

/// The protector of a call on pixels.
pub(super) fn protector(handles: &[i64]) -> Result<Arc<Protector>> {
    borrowed(handles.first().copied().unwrap_or_default())
}

/// The cancel token of a call, if it has one.
pub(super) fn cancel(handles: &[i64]) -> Result<Option<Arc<CancelToken>>> {
    match handles.get(1) {
        None | Some(0) => Ok(None),
        Some(&handle) => borrowed(handle).map(Some),
    }
}

/// Gives the reference back that Kotlin holds.
pub(super) fn free(kind: &str, handle: i64) {
    match kind {
        "CancelToken" => drop(owned::<CancelToken>(handle)),
        "FrameProtector" => drop(owned::<FrameProtector>(handle)),
        "Protector" => drop(owned::<Protector>(handle)),
        _ => log::error!("there are no objects of type {kind}: one is not freed"),
    }
}

fn owned<T>(handle: i64) -> Option<Arc<T>> {
    // SAFETY: as in `borrowed`; Kotlin frees an object once, after its last call.
    (handle != 0).then(|| unsafe { Handle::from_raw_unchecked(handle as u64).into_arc() })
}
