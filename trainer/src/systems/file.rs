//! A generator file as it is shipped, put to photos by the code that protects them on a phone.

use std::path::PathBuf;

use confounder::{
    Generator, PixelLayout, PixelsMut, ProtectOptions, Protector, ProtectorOptions, Strength,
};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ground, Protection, psnr};
use crate::error::{Error, Result};

/// Which generator, and how strong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecipe {
    /// The file; none for the one that is bundled with the library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Strength, 0 to 1.5.
    pub strength: f32,
    /// SHA-256 of the file, so that results of another file are never taken for its own; found out when the scale is read.
    #[serde(default)]
    pub sha256: String,
}

impl FileRecipe {
    /// With the file's SHA-256 filled in.
    ///
    /// # Errors
    /// As [`Generator::from_bytes`]; [`Error::Io`].
    pub fn with_hash(mut self) -> Result<Self> {
        self.sha256 = self.generator()?.sha256();
        Ok(self)
    }

    fn generator(&self) -> Result<Generator> {
        match &self.path {
            None => Generator::bundled(),
            Some(path) => Generator::from_bytes(std::fs::read(path).map_err(Error::io(path))?),
        }
        .map_err(failed)
    }
}

fn failed(error: confounder::Error) -> Error {
    Error::Generator(Box::new(error))
}

pub(super) fn protect(recipe: &FileRecipe, ground: &Ground<'_>) -> Result<Protection> {
    let started = std::time::Instant::now();
    // Photos side by side, each on one thread.
    let options = ProtectorOptions::new().threads(1);
    let protector = Protector::open(recipe.generator()?, options).map_err(failed)?;
    let mut how = ProtectOptions::default();
    how.strength = Strength::new(recipe.strength).map_err(failed)?;
    let prepared = started.elapsed().as_secs_f64();

    let started = std::time::Instant::now();
    let before = ground.apply_to.unwrap_or(ground.images);
    let mut data = before.clone();
    data.name = format!("{} protected", before.name);
    let (h, w) = (data.height, data.width);
    data.images
        .par_chunks_mut(3 * h * w)
        .try_for_each(|planes| -> Result<()> {
            let mut pixels: Vec<u8> = (0..h * w)
                .flat_map(|i| [planes[i], planes[h * w + i], planes[2 * h * w + i]])
                .collect();
            let (width, height) = (w as u32, h as u32);
            let mut view = PixelsMut::new(&mut pixels, width, height, 3 * w, PixelLayout::Rgb8)
                .map_err(failed)?;
            protector.protect_pixels(&mut view, &how).map_err(failed)?;
            for (i, pixel) in pixels.chunks(3).enumerate() {
                (0..3).for_each(|c| planes[c * h * w + i] = pixel[c]);
            }
            Ok(())
        })?;
    Ok(Protection {
        psnr_db: (recipe.strength > 0.0).then(|| psnr(before, &data)),
        data,
        preparation_seconds: prepared,
        protection_seconds: started.elapsed().as_secs_f64(),
        notes: json!({ "generator": recipe.sha256, "strength": recipe.strength }),
    })
}
