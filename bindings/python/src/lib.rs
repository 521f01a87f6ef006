//! The native part of the Python package: photos as buffers, bytes and paths. What Python users see is in `python/`.
//!
//! Python's lock is released while a photo is protected. Pixels are copied once on the way in and once on the way out, so
//! that no other thread can change them meanwhile, and so that nothing here is `unsafe`.

mod error;
mod options;
mod personal;
mod pixels;
mod protector;

use confounder::ErrorKind;
use pyo3::prelude::*;

/// The module `confounder._native`.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::protector::Protector;

    /// Whether this build can use a GPU.
    #[pymodule_export]
    const HAS_GPU: bool = cfg!(feature = "gpu");

    #[pymodule_export]
    use super::error_kinds;

    #[pymodule_export]
    use super::personal::{new_personal_key, personal_generator};
}

/// The names of all kinds of failure.
#[pyfunction]
fn error_kinds() -> Vec<String> {
    ErrorKind::ALL.map(|kind| format!("{kind:?}")).into()
}
