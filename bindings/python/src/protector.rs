//! The protector.

use std::path::PathBuf;

use confounder::{Generator, Orientation, ProtectorOptions, Report};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::{exception, of_file};
use crate::options::{self, Options};
use crate::pixels;

/// A generator and what runs it. Threads may share one.
#[pyclass(frozen, module = "confounder._native")]
pub(crate) struct Protector {
    inner: confounder::Protector,
}

#[pymethods]
impl Protector {
    /// Opens a generator file given as bytes, or the bundled one, with so many threads of its own.
    #[new]
    fn new(
        py: Python<'_>,
        generator: Option<PyBackedBytes>,
        sha256: Option<String>,
        engine: &str,
        threads: usize,
    ) -> PyResult<Self> {
        let options = ProtectorOptions::new()
            .threads(threads)
            .engine(options::engine(py, engine)?);
        let inner = py.detach(|| {
            let generator = match (generator.as_deref(), sha256.as_deref()) {
                (None, _) => Generator::bundled()?,
                (Some(bytes), None) => Generator::from_bytes(bytes)?,
                (Some(bytes), Some(hash)) => Generator::from_bytes_with_sha256(bytes, hash)?,
            };
            confounder::Protector::open(generator, options)
        });
        let inner = inner.map_err(|e| exception(py, &e))?;
        Ok(Self { inner })
    }

    /// Protects pixels in one buffer and writes them to another, or the same. The report as JSON.
    fn protect_pixels(
        &self,
        source: &Bound<'_, PyAny>,
        target: &Bound<'_, PyAny>,
        orientation: u16,
        options: Options,
    ) -> PyResult<String> {
        let py = source.py();
        let options = options.read(py)?;
        let orientation = Orientation::from_exif(orientation).map_err(|e| exception(py, &e))?;
        let report = pixels::protect(&self.inner, source, target, orientation, &options)?;
        json(&report)
    }

    /// Protects a photo file given as bytes. The protected file, and the report as JSON.
    fn protect_bytes<'py>(
        &self,
        py: Python<'py>,
        photo: PyBackedBytes,
        options: Options,
    ) -> PyResult<(Bound<'py, PyBytes>, String)> {
        let options = options.read(py)?;
        let done = py.detach(|| {
            confounder_heif::protect_bytes(
                &self.inner,
                &photo,
                &options,
                confounder_heif::Output::Jpeg,
            )
        });
        let done = done.map_err(|e| of_file(py, &e))?;
        Ok((PyBytes::new(py, &done.bytes), json(&done.report)?))
    }

    /// Protects a photo file and writes another, whole or not at all. The report as JSON.
    fn protect_file(
        &self,
        py: Python<'_>,
        source: PathBuf,
        target: PathBuf,
        options: Options,
    ) -> PyResult<String> {
        let options = options.read(py)?;
        let done =
            py.detach(|| confounder_heif::protect_file(&self.inner, &source, &target, &options));
        json(&done.map_err(|e| of_file(py, &e))?)
    }

    /// The generator's name.
    #[getter]
    fn name(&self) -> &str {
        self.inner.generator().name()
    }

    /// The generator's version.
    #[getter]
    fn version(&self) -> &str {
        self.inner.generator().version()
    }

    /// The bound of the residual at strength 1, where samples are 0 to 1.
    #[getter]
    fn epsilon(&self) -> f32 {
        self.inner.generator().epsilon()
    }

    /// What would run the generator now: `cpu` or `gpu`.
    #[getter]
    fn engine(&self) -> &'static str {
        self.inner.engine().as_str()
    }
}

fn json(report: &Report) -> PyResult<String> {
    serde_json::to_string(report)
        .map_err(|e| pyo3::exceptions::PyValueError::new_err(e.to_string()))
}
