//! Options as Python hands them over: a dictionary with the strength and any of the others.

use confounder::{Credentials, EngineChoice, JpegMethod, MetadataPolicy, ProtectOptions, Strength};
use pyo3::prelude::*;

use crate::error::{exception, invalid_option};

/// How one photo is protected; what is missing has the core's default.
#[derive(FromPyObject)]
pub(crate) struct Options {
    #[pyo3(item)]
    strength: f32,
    #[pyo3(item, default)]
    metadata: Option<String>,
    #[pyo3(item, default)]
    remove_credentials: bool,
    #[pyo3(item, default)]
    quality: Option<u8>,
    #[pyo3(item, default)]
    jpeg: Option<String>,
    #[pyo3(item, default)]
    tint_gray: bool,
    #[pyo3(item, default)]
    repeat: bool,
    #[pyo3(item, default)]
    max_pixels: Option<u64>,
    #[pyo3(item, default)]
    data_mining: Option<String>,
}

impl Options {
    /// The core's options.
    ///
    /// # Errors
    /// `OptionsError` for a value out of its range.
    pub(crate) fn read(&self, py: Python<'_>) -> PyResult<ProtectOptions> {
        let strength = Strength::new(self.strength).map_err(|e| exception(py, &e))?;
        let mut options = ProtectOptions::new().strength(strength);
        options.metadata = match self.metadata.as_deref() {
            None | Some("keep") => MetadataPolicy::Keep,
            Some("private") => MetadataPolicy::Private,
            Some("strip") => MetadataPolicy::Strip,
            Some(other) => return Err(unknown(py, "metadata", other, "keep, private or strip")),
        };
        options.jpeg = match self.jpeg.as_deref() {
            None | Some("auto") => JpegMethod::Auto,
            Some("coefficients") => JpegMethod::Coefficients,
            Some("pixels") => JpegMethod::Reencode,
            Some(other) => return Err(unknown(py, "jpeg", other, "auto, coefficients or pixels")),
        };
        if self.remove_credentials {
            options.credentials = Credentials::Remove;
        }
        if let Some(pixels) = self.max_pixels {
            options.limits.max_pixels = pixels;
        }
        if let Some(term) = &self.data_mining {
            options.data_mining = Some(term.parse().map_err(|e| exception(py, &e))?);
        }
        options.quality = self.quality;
        options.tint_gray = self.tint_gray;
        options.repeat = self.repeat;
        Ok(options)
    }
}

/// What runs the generator, by its name.
///
/// # Errors
/// `OptionsError` for another name.
pub(crate) fn engine(py: Python<'_>, name: &str) -> PyResult<EngineChoice> {
    match name {
        "cpu" => Ok(EngineChoice::Cpu),
        "auto" => Ok(EngineChoice::Auto),
        "gpu" => Ok(EngineChoice::Gpu),
        other => Err(unknown(py, "engine", other, "cpu, auto or gpu")),
    }
}

fn unknown(py: Python<'_>, option: &str, value: &str, known: &str) -> PyErr {
    invalid_option(py, format!("{option} is {value:?}; it must be {known}"))
}
