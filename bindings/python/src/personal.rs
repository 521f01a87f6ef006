//! Personal mode: keys, and the generator that one stands for.

use confounder::{Generator, PersonalKey};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::exception;

/// A new key: 32 bytes of the system's randomness.
#[pyfunction]
pub(crate) fn new_personal_key(py: Python<'_>) -> PyResult<Bound<'_, PyBytes>> {
    let key = PersonalKey::generate().map_err(|e| exception(py, &e))?;
    Ok(PyBytes::new(py, key.as_bytes()))
}

/// The generator file that gives every photo the key's pattern.
#[pyfunction]
pub(crate) fn personal_generator(
    py: Python<'_>,
    key: PyBackedBytes,
) -> PyResult<Bound<'_, PyBytes>> {
    let made = PersonalKey::new(&key).and_then(|key| Generator::personal(&key));
    let generator = made.map_err(|e| exception(py, &e))?;
    Ok(PyBytes::new(py, generator.bytes()))
}
