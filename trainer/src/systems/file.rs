//! A generator file as it is shipped, put to photos by the code that protects them on a phone.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use confounder::{
    Generator, PixelLayout, PixelsMut, ProtectOptions, Protector, ProtectorOptions, Strength,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Ground, Protection, psnr};
use crate::error::{Error, Result};

/// Which generator, and how strong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRecipe {
    /// The file; none for one that is bundled with the library: the compact one where `sha256` is its hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
    /// Strength, 0 to 1.5.
    pub strength: f32,
    /// SHA-256 of the file, so that results of another file are never taken for its own; found out when the scale is read.
    /// With one given here the file itself may be missing: what was measured of it is still found.
    #[serde(default)]
    pub sha256: String,
}

impl FileRecipe {
    /// Its file, if that is not there.
    pub(super) fn missing(&self) -> Option<&Path> {
        self.path.as_deref().filter(|path| !path.exists())
    }

    /// With the file's SHA-256 filled in.
    ///
    /// # Errors
    /// As [`Generator::from_bytes`]; [`Error::Io`]; [`Error::Recipe`] where the file has another hash than the one given.
    pub fn with_hash(mut self) -> Result<Self> {
        if self.sha256.is_empty() || self.missing().is_none() {
            self.sha256 = self.expected()?.sha256();
        }
        Ok(self)
    }

    pub(super) fn validate(&self) -> Result<()> {
        let checked = Strength::new(self.strength);
        checked.map(drop).map_err(|e| Error::Recipe(e.to_string()))
    }

    /// The generator, if its hash is the one that the recipe says, where it says one.
    fn expected(&self) -> Result<Generator> {
        let generator = self.generator()?;
        let found = generator.sha256();
        if self.sha256.is_empty() || found == self.sha256 {
            return Ok(generator);
        }
        let name = self
            .path
            .as_deref()
            .map_or("the bundled one".into(), |path| path.display().to_string());
        Err(Error::Recipe(format!(
            "generator {name} has the hash {found} in place of {}: take the file that is meant, or leave sha256 out to measure this one",
            self.sha256
        )))
    }

    fn generator(&self) -> Result<Generator> {
        match &self.path {
            None => bundled(&self.sha256),
            Some(path) => Generator::from_bytes(std::fs::read(path).map_err(Error::io(path))?),
        }
        .map_err(failed)
    }
}

/// The one of the two generators of the library that has this hash; the one for photos of anything where neither has.
fn bundled(sha256: &str) -> confounder::Result<Generator> {
    let compact = Generator::compact()?;
    if compact.sha256() == sha256 {
        return Ok(compact);
    }
    Generator::bundled()
}

fn failed(error: confounder::Error) -> Error {
    Error::Generator(Box::new(error))
}

pub(super) fn protect(recipe: &FileRecipe, ground: &Ground<'_>) -> Result<Protection> {
    let started = Instant::now();
    let generator = recipe.expected()?;
    let prepared = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let before = ground.apply_to.unwrap_or(ground.images);
    let mut data = before.clone();
    data.name = format!("{} protected", before.name);
    let size = [data.height, data.width];
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = data.len().div_ceil(workers).max(1) * data.samples();
    // A protector for each thread: photos of one that is shared would wait for each other.
    std::thread::scope(|scope| {
        let threads: Vec<_> = data
            .images
            .chunks_mut(share)
            .map(|images| {
                let generator = generator.clone();
                scope.spawn(move || protect_images(generator, recipe.strength, images, size))
            })
            .collect();
        threads.into_iter().try_for_each(|thread| {
            let ended = thread.join();
            ended
                .unwrap_or_else(|_| Err(Error::Generator("a thread that protects panicked".into())))
        })
    })?;
    Ok(Protection {
        psnr_db: (recipe.strength > 0.0).then(|| psnr(before, &data)),
        data,
        preparation_seconds: prepared,
        protection_seconds: started.elapsed().as_secs_f64(),
        notes: json!({ "generator": recipe.sha256, "strength": recipe.strength }),
    })
}

/// Protects images of three planes each, one after the other.
fn protect_images(
    generator: Generator,
    strength: f32,
    images: &mut [u8],
    [h, w]: [usize; 2],
) -> Result<()> {
    let protector =
        Protector::open(generator, ProtectorOptions::new().threads(1)).map_err(failed)?;
    let how = ProtectOptions::new().strength(Strength::new(strength).map_err(failed)?);
    for planes in images.chunks_mut(3 * h * w) {
        let mut pixels: Vec<u8> = (0..h * w)
            .flat_map(|i| [planes[i], planes[h * w + i], planes[2 * h * w + i]])
            .collect();
        let (width, height) = (w as u32, h as u32);
        let mut view =
            PixelsMut::new(&mut pixels, width, height, 3 * w, PixelLayout::Rgb8).map_err(failed)?;
        protector.protect_pixels(&mut view, &how).map_err(failed)?;
        for (i, pixel) in pixels.chunks(3).enumerate() {
            (0..3).for_each(|c| planes[c * h * w + i] = pixel[c]);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{data::Dataset, progress::Mode};

    #[test]
    fn many_images_are_protected_each_as_by_itself() {
        let n = 3000;
        let images = Dataset {
            name: "set".into(),
            classes: vec!["a".into(), "b".into()],
            height: 8,
            width: 8,
            images: (0..n * 192)
                .map(|i| (i / 192 % 200 + i % 7) as u8)
                .collect(),
            labels: (0..n).map(|i| (i % 2) as u8).collect(),
        };
        let folder = tempfile::tempdir().unwrap();
        let protected = |images: &Dataset| {
            let recipe = FileRecipe {
                path: None,
                strength: 1.0,
                sha256: String::new(),
            };
            let ground = Ground {
                images,
                apply_to: None,
                others: images,
                test: images,
                seed: 1,
                folder: folder.path(),
                mode: Mode::Silent,
            };
            protect(&recipe.with_hash().unwrap(), &ground).unwrap()
        };
        let all = protected(&images);
        assert!(
            (33.0..42.0).contains(&all.psnr_db.unwrap()),
            "{:?}",
            all.psnr_db
        );
        let last = protected(&images.range(n - 1..n).unwrap());
        assert_eq!(all.data.image(n - 1), last.data.image(0));
    }

    #[test]
    fn a_file_is_known_by_its_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("generator.onnx");
        let bundled = Generator::bundled().unwrap();
        std::fs::write(&path, bundled.bytes()).unwrap();
        let recipe = FileRecipe {
            path: Some(path.clone()),
            strength: 1.0,
            sha256: String::new(),
        };
        let read = recipe.clone().with_hash().unwrap();
        assert_eq!(read.sha256, bundled.sha256());
        let key = confounder::PersonalKey::new(&[7; 32]).unwrap();
        std::fs::write(&path, Generator::personal(&key).unwrap().bytes()).unwrap();
        let error = read.clone().with_hash().unwrap_err().to_string();
        assert!(error.contains("in place of"), "{error}");
        std::fs::write(&path, b"no generator").unwrap();
        assert!(recipe.clone().with_hash().is_err());
        assert_eq!(read.missing(), None);
        std::fs::remove_file(&path).unwrap();
        assert!(recipe.with_hash().is_err());
        assert_eq!(read.missing(), Some(path.as_path()));
        assert_eq!(read.clone().with_hash().unwrap(), read);
    }
}
