//! What a support person wants to know besides the engines.

use std::fmt::Display;
use std::io::Cursor;

use confounder::{Generator, ProtectOptions, Protector, ProtectorOptions};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};
use serde::Serialize;

use super::synthetic;
use crate::output;

/// Sides of the synthetic photo; no multiples of 8, so that edge blocks are cut.
const SIZE: (u32, u32) = (203, 151);

/// What JPEG of quality 100 adds to a change, in sample steps: every coefficient is rounded to a whole number in the
/// input and again in the output, and so is every conversion between RGB and luma with chroma. 3 were seen; blue and red
/// carry chroma's errors 1.8-fold.
const JPEG_ROUNDING: u8 = 8;

/// One check and what came of it.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) check: &'static str,
    pub(super) ok: bool,
    /// What was found, or why it failed.
    pub(super) detail: String,
}

impl Check {
    pub(super) fn of<T, E: std::error::Error>(
        check: &'static str,
        result: &Result<T, E>,
        detail: impl FnOnce(&T) -> String,
    ) -> Self {
        match result {
            Ok(found) => Self::new(check, Ok(detail(found))),
            Err(error) => Self::new(check, Err(output::explain(error))),
        }
    }

    /// That there is no GPU is fine; the reason may help.
    pub(super) fn no_gpu(reason: String) -> Self {
        Self::new("no GPU", Ok(reason))
    }

    fn new(check: &'static str, result: Result<String, String>) -> Self {
        Self {
            check,
            ok: result.is_ok(),
            detail: result.unwrap_or_else(|why| why),
        }
    }
}

/// Protects a synthetic photo in every format and on several threads.
pub(super) fn photos(generator: &Generator, threads: usize) -> Vec<Check> {
    let open = |threads| {
        let options = ProtectorOptions::new().threads(threads);
        Protector::open(generator.clone(), options).map_err(|e| output::explain(&e))
    };
    let protector = open(1);
    let mut checks = Vec::new();
    for (name, format) in [
        ("JPEG photo", ImageFormat::Jpeg),
        ("PNG photo", ImageFormat::Png),
        ("WebP photo", ImageFormat::WebP),
        ("TIFF photo", ImageFormat::Tiff),
    ] {
        let result = protector.as_ref().map_err(Clone::clone);
        checks.push(Check::new(
            name,
            result.and_then(|protector| round_trip(protector, format)),
        ));
    }
    let threads = threads.max(2);
    let result = protector.and_then(|one| same_bytes(&one, &open(threads)?, threads));
    checks.push(Check::new("threads", result));
    checks
}

/// Protects a photo in one format: it must change, by no more than the bound.
fn round_trip(protector: &Protector, format: ImageFormat) -> Result<String, String> {
    let input = encode(format)?;
    let protected = protect(protector, &input)?;
    let (before, after) = (decode(&input, format)?, decode(&protected, format)?);
    if before.dimensions() != after.dimensions() {
        return Err(format!(
            "{:?} px became {:?} px",
            before.dimensions(),
            after.dimensions()
        ));
    }
    let bound = (255.0 * protector.generator().epsilon()).ceil() as u8;
    let allowed = match format {
        ImageFormat::Jpeg => bound.saturating_add(JPEG_ROUNDING),
        _ => bound,
    };
    let changes = before.iter().zip(after.iter());
    let largest = changes
        .map(|(a, b)| a.abs_diff(*b))
        .max()
        .unwrap_or_default();
    let found = format!("largest change {largest} of 255, at most {allowed} allowed");
    if (1..=allowed).contains(&largest) {
        Ok(found)
    } else {
        Err(found)
    }
}

/// The same photo gives the same bytes on any number of threads.
fn same_bytes(one: &Protector, several: &Protector, threads: usize) -> Result<String, String> {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let input = encode(format)?;
        if protect(one, &input)? != protect(several, &input)? {
            return Err(format!(
                "1 and {threads} threads give different {format:?} files"
            ));
        }
    }
    Ok(format!("1 and {threads} give the same bytes"))
}

fn protect(protector: &Protector, input: &[u8]) -> Result<Vec<u8>, String> {
    let protected = protector.protect_bytes(input, &ProtectOptions::new());
    Ok(protected.map_err(|e| output::explain(&e))?.bytes)
}

fn encode(format: ImageFormat) -> Result<Vec<u8>, String> {
    let failed = |e: &dyn Display| format!("cannot encode a synthetic photo: {e}");
    let (width, height) = SIZE;
    let photo = RgbImage::from_raw(width, height, synthetic::rgb(0, width, height))
        .ok_or_else(|| failed(&"its size is wrong"))?;
    let photo = DynamicImage::ImageRgb8(photo);
    let mut bytes = Cursor::new(Vec::new());
    let written = match format {
        ImageFormat::Jpeg => {
            photo.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, 100))
        }
        _ => photo.write_to(&mut bytes, format),
    };
    written.map_err(|e| failed(&e))?;
    Ok(bytes.into_inner())
}

fn decode(bytes: &[u8], format: ImageFormat) -> Result<RgbImage, String> {
    let photo = image::load_from_memory_with_format(bytes, format);
    Ok(photo
        .map_err(|e| format!("the protected photo cannot be decoded: {e}"))?
        .into_rgb8())
}

/// Writes and removes a file in the folder for temporary files.
pub(super) fn temporary_folder() -> Check {
    let path = std::env::temp_dir().join(format!("confounder-doctor-{}.tmp", std::process::id()));
    let written = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, b"confounder"))
        .and_then(|()| std::fs::remove_file(&path));
    let folder = std::env::temp_dir();
    let result = match written {
        Ok(()) => Ok(format!("{} can be written to", folder.display())),
        Err(e) => Err(format!("{} cannot be written to: {e}", folder.display())),
    };
    Check::new("temporary folder", result)
}
