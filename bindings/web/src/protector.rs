//! The protector that a worker holds.

use confounder::{
    Generator, Limits, Orientation, PersonalKey, PhotoInfo, PixelLayout, Pixels, PixelsMut,
    ProtectorOptions,
};
use js_sys::Function;
use serde::Serialize;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::error::{invalid_options, thrown};
use crate::options::Options;

/// A generator and what runs it.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Protector {
    inner: confounder::Protector,
}

/// A protected file.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct ProtectedFile {
    /// What it is, for a `Blob`.
    pub mime: String,
    /// The report in JSON.
    pub report: String,
    bytes: Vec<u8>,
}

/// Protected pixels.
#[wasm_bindgen(getter_with_clone)]
#[derive(Debug)]
pub struct ProtectedPixels {
    /// The report in JSON.
    pub report: String,
    samples: Vec<u8>,
}

#[wasm_bindgen]
impl ProtectedFile {
    /// Hands the bytes over; there are none left.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

#[wasm_bindgen]
impl ProtectedPixels {
    /// Hands the samples over; there are none left.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.samples)
    }
}

#[wasm_bindgen]
impl Protector {
    /// Opens a generator file, or the bundled one.
    ///
    /// # Errors
    /// `generator-invalid`, `generator-too-new` or `engine`.
    #[wasm_bindgen(constructor)]
    pub fn new(generator: Option<Vec<u8>>) -> Result<Protector, JsValue> {
        let generator = match generator {
            Some(bytes) => Generator::from_bytes(bytes),
            None => Generator::bundled(),
        };
        open(generator)
    }

    /// Opens the generator of a personal key.
    ///
    /// # Errors
    /// `invalid-options` for a key that is too short or too long.
    pub fn personal(key: &[u8]) -> Result<Protector, JsValue> {
        open(PersonalKey::new(key).and_then(|key| Generator::personal(&key)))
    }

    /// What generator this is, in JSON.
    pub fn about(&self) -> String {
        let generator = self.inner.generator();
        json!({
            "name": generator.name(),
            "version": generator.version().to_string(),
            "epsilon": generator.epsilon(),
            "chroma": generator.chroma(),
            "sha256": generator.sha256(),
            "bytes": generator.bytes().len(),
        })
        .to_string()
    }

    /// Protects a photo file.
    ///
    /// # Errors
    /// Those of the core's `protect_bytes`.
    pub fn protect(
        &self,
        photo: &[u8],
        options: &str,
        on_stage: Option<Function>,
    ) -> Result<ProtectedFile, JsValue> {
        let options = Options::read(options)?.of_core(on_stage)?;
        let done = self.inner.protect_bytes(photo, &options);
        let done = done.map_err(|e| thrown(&e))?;
        Ok(ProtectedFile {
            mime: mime(done.format).to_owned(),
            report: to_json(&done.report)?,
            bytes: done.bytes,
        })
    }

    /// Protects RGBA pixels without gaps between rows.
    ///
    /// # Errors
    /// Those of the core's `protect_pixels`.
    pub fn protect_pixels(
        &self,
        mut samples: Vec<u8>,
        width: u32,
        height: u32,
        options: &str,
        on_stage: Option<Function>,
    ) -> Result<ProtectedPixels, JsValue> {
        let options = Options::read(options)?.of_core(on_stage)?;
        let mut pixels = PixelsMut::new(
            &mut samples,
            width,
            height,
            width as usize * 4,
            PixelLayout::Rgba8,
        )
        .map_err(|e| thrown(&e))?;
        let report = self.inner.protect_pixels(&mut pixels, &options);
        let report = report.map_err(|e| thrown(&e))?;
        Ok(ProtectedPixels {
            report: to_json(&report)?,
            samples,
        })
    }

    /// What protecting a photo file with these options would do, told from its headers, in JSON.
    ///
    /// # Errors
    /// Those of the core's `PhotoInfo::read`.
    pub fn inspect(&self, photo: &[u8]) -> Result<String, JsValue> {
        let info = PhotoInfo::read(photo, &Limits::default()).map_err(|e| thrown(&e))?;
        to_json(&info)
    }

    /// Whether a photo file holds this generator's residual, in JSON.
    ///
    /// # Errors
    /// Those of the core's `detect_bytes`.
    pub fn detect(&self, photo: &[u8]) -> Result<String, JsValue> {
        let found = self.inner.detect_bytes(photo, &Limits::default());
        to_json(&found.map_err(|e| thrown(&e))?)
    }

    /// Whether RGBA pixels without gaps between rows hold this generator's residual, in JSON.
    ///
    /// # Errors
    /// Those of the core's `detect`.
    pub fn detect_pixels(
        &self,
        samples: &[u8],
        width: u32,
        height: u32,
    ) -> Result<String, JsValue> {
        let stride = width as usize * 4;
        let found = Pixels::new(samples, width, height, stride, PixelLayout::Rgba8)
            .and_then(|pixels| self.inner.detect(&pixels, Orientation::Upright));
        to_json(&found.map_err(|e| thrown(&e))?)
    }
}

fn open(generator: confounder::Result<Generator>) -> Result<Protector, JsValue> {
    let inner = generator
        .and_then(|generator| confounder::Protector::open(generator, ProtectorOptions::new()));
    inner
        .map(|inner| Protector { inner })
        .map_err(|e| thrown(&e))
}

fn mime(format: confounder::FileFormat) -> &'static str {
    use confounder::FileFormat::{Jpeg, Jxl, Png, Tiff, WebP};
    match format {
        Jpeg => "image/jpeg",
        Png => "image/png",
        WebP => "image/webp",
        Tiff => "image/tiff",
        Jxl => "image/jxl",
        _ => "application/octet-stream",
    }
}

fn to_json(value: &impl Serialize) -> Result<String, JsValue> {
    serde_json::to_string(value).map_err(|e| invalid_options(&e.to_string()))
}
