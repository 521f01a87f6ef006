//! Colour management of the working grid: the generator must see sRGB whatever the photo is stored in.

mod cmyk;
mod png;
mod profile;
mod space;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use moxcms::{ColorProfile, Layout, TransformF32Executor, TransformOptions};

use super::metadata::icc;
use crate::working::WorkingColour;

pub(super) use cmyk::cmyk_to_srgb;
pub(super) use png::png_space;
pub(super) use space::ColourSpace;

/// A space whose colours all come out at most this many 8-bit steps off is taken for sRGB.
const SAME: u8 = 1;

/// Points along each axis of the lattice on which a transform is tried before it is trusted.
const LATTICE: usize = 9;

/// A transform of R'G'B' planes to sRGB that was tried on a lattice of colours.
pub(super) struct ToSrgb {
    transform: Arc<TransformF32Executor>,
    failed: AtomicBool,
}

impl ToSrgb {
    /// The transform of a space; `None` where it is sRGB or nearly so.
    ///
    /// # Errors
    /// What the report should say where the space cannot be used; the photo is then taken for sRGB.
    pub(super) fn new(space: &ColourSpace) -> Result<Option<Self>, String> {
        let source = match space {
            ColourSpace::Srgb => return Ok(None),
            ColourSpace::Icc(profile) if icc::is_gray(profile) => return Ok(None),
            ColourSpace::Icc(profile) => profile::parse(profile, profile::Space::Rgb),
            ColourSpace::CodePoints {
                primaries,
                transfer,
            } => png::from_code_points(*primaries, *transfer),
            ColourSpace::Gamma {
                exponent,
                chromaticities,
            } => png::from_gamma(*exponent, *chromaticities),
        };
        let built = source.and_then(|source| Self::of(&source).ok_or("it gives no usable colours"));
        built.map_err(|why| {
            format!("the colour profile cannot be used ({why}); the photo was taken for sRGB")
        })
    }

    /// As [`new`](Self::new), with what the report should say apart.
    pub(super) fn or_note(space: &ColourSpace) -> (Option<Self>, Option<String>) {
        match Self::new(space) {
            Ok(colour) => (colour, None),
            Err(note) => (None, Some(note)),
        }
    }

    /// `None` where the profile cannot be used at all.
    fn of(source: &ColorProfile) -> Option<Option<Self>> {
        let target = ColorProfile::new_srgb();
        let colours = lattice();
        if is_nearly(source, &target, &colours)? {
            return Some(None);
        }
        // In fixed point, as moxcms has it on arm64, coefficients end at 2; red of ProPhoto needs more, and white came out 1.6 % short.
        let options = TransformOptions {
            prefer_fixed_point: false,
            ..TransformOptions::default()
        };
        let build = || source.create_transform_f32(Layout::Rgb, &target, Layout::Rgb, options);
        // A last defence, as in decode.rs: a fault in the colour engine on a hostile profile becomes a note.
        let transform = catch_unwind(AssertUnwindSafe(build)).ok()?.ok()?;
        let colour = Self {
            transform,
            failed: AtomicBool::new(false),
        };
        let planes: Vec<f32> = (0..3)
            .flat_map(|channel| colours.iter().skip(channel).step_by(3))
            .map(|&level| f32::from(level) / 255.0)
            .collect();
        colour.convert(&planes)?;
        Some(Some(colour))
    }

    /// Three planes in sRGB; `None` where the engine fails or gives what is no colour.
    fn convert(&self, planes: &[f32]) -> Option<Vec<f32>> {
        let size = planes.len() / 3;
        let source: Vec<f32> = (0..3 * size)
            .map(|i| planes[i % 3 * size + i / 3].clamp(0.0, 1.0))
            .collect();
        let mut target = vec![f32::NAN; 3 * size];
        let run = || self.transform.transform(&source, &mut target);
        catch_unwind(AssertUnwindSafe(run)).ok()?.ok()?;
        target.iter().all(|v| v.is_finite()).then(|| {
            (0..3 * size)
                .map(|i| target[i % size * 3 + i / size].clamp(0.0, 1.0))
                .collect()
        })
    }

    /// What the report should say after the planes were converted.
    pub(super) fn note(&self) -> Option<String> {
        self.failed
            .load(Ordering::Relaxed)
            .then(|| "the colour profile failed on this photo; it was taken for sRGB".to_owned())
    }
}

impl WorkingColour for ToSrgb {
    fn to_srgb(&self, planes: &mut [f32]) {
        match self.convert(planes) {
            Some(converted) => planes[..converted.len()].copy_from_slice(&converted),
            None => self.failed.store(true, Ordering::Relaxed),
        }
    }
}

/// Whether two profiles give the same colours, or nearly so; `None` where the source cannot be used. Tried in 8 bits,
/// which the engine prepares in a fraction of the time: most photos with a profile are in sRGB.
fn is_nearly(source: &ColorProfile, target: &ColorProfile, colours: &[u8]) -> Option<bool> {
    let options = TransformOptions::default();
    let mut seen = vec![0; colours.len()];
    let run = || {
        let transform = source.create_transform_8bit(Layout::Rgb, target, Layout::Rgb, options)?;
        transform.transform(colours, &mut seen)
    };
    catch_unwind(AssertUnwindSafe(run)).ok()?.ok()?;
    let mut pairs = seen.iter().zip(colours);
    Some(pairs.all(|(a, b)| a.abs_diff(*b) <= SAME))
}

/// Interleaved R'G'B' of colours spread evenly over the cube.
fn lattice() -> Vec<u8> {
    let level = |i: usize| (i % LATTICE * 255 / (LATTICE - 1)) as u8;
    (0..LATTICE.pow(3))
        .flat_map(|i| [level(i), level(i / LATTICE), level(i / LATTICE.pow(2))])
        .collect()
}

#[cfg(test)]
mod tests;
