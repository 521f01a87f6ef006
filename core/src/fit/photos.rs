//! Fitting to photo files.

use std::path::Path;

use rayon::prelude::*;

use super::fitted::{Fitted, SkippedPhoto};
use super::{FitOptions, Fitter, Look};
use crate::error::{ErrorKind, Result};
use crate::protector::Protector;

/// A photo to fit a generator to: a file, or its bytes.
#[derive(Debug, Clone, Copy)]
pub struct FitPhoto<'a> {
    source: Source<'a>,
    label: Option<&'a str>,
}

#[derive(Debug, Clone, Copy)]
enum Source<'a> {
    File(&'a Path),
    Bytes(&'a [u8]),
}

impl<'a> FitPhoto<'a> {
    /// A photo file. It is read when its turn comes.
    pub fn file(path: &'a Path) -> Self {
        Self {
            source: Source::File(path),
            label: None,
        }
    }

    /// The bytes of a photo file.
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Self {
            source: Source::Bytes(bytes),
            label: None,
        }
    }

    /// Says what it shows.
    #[must_use]
    pub fn label(mut self, label: &'a str) -> Self {
        self.label = Some(label);
        self
    }
}

impl Fitter<'_> {
    /// Looks at a photo given as the bytes of a file.
    ///
    /// # Errors
    /// [`ErrorKind::UnsupportedFormat`], [`ErrorKind::Decode`], and those of [`look`](Self::look).
    pub fn look_bytes(&self, photo: &[u8]) -> Result<Look> {
        let options = &self.options;
        let image = self
            .protector
            .working_image_of(photo, &options.limits, &options.cancel)?;
        self.look_at(&image)
    }

    fn look_source(&self, source: Source<'_>) -> Result<Look> {
        match source {
            Source::Bytes(bytes) => self.look_bytes(bytes),
            Source::File(path) => {
                self.options.cancel.check()?;
                self.look_bytes(&crate::codec::read_file(path, &self.options.limits)?)
            }
        }
    }
}

impl Protector {
    /// Fits this protector's generator to photos: those that show the same kind of thing will get the same pattern, and
    /// each group another. A photo that cannot be read is skipped, and named in [`Fitted::skipped`].
    ///
    /// The same photos in the same order give the same file on any number of threads.
    ///
    /// ```no_run
    /// use confounder::{FitOptions, FitPhoto, Protector, ProtectorOptions};
    ///
    /// # #[cfg(feature = "bundled-generator")] {
    /// let files: Vec<_> = std::fs::read_dir("photos")?.map(|e| Ok(e?.path())).collect::<std::io::Result<_>>()?;
    /// let photos: Vec<_> = files.iter().map(|path| FitPhoto::file(path)).collect();
    /// let protector = Protector::bundled(ProtectorOptions::new())?;
    /// let fitted = protector.fit(&photos, &FitOptions::new())?;
    /// std::fs::write("mine.onnx", fitted.generator.bytes())?;
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`fitter`](Self::fitter) and [`Fitter::finish`], whose numbers of photos are those that could be read.
    pub fn fit(&self, photos: &[FitPhoto<'_>], options: &FitOptions) -> Result<Fitted> {
        let mut fitter = self.fitter(options.clone())?;
        let looks: Vec<Result<Look>> = self.install(|| {
            photos
                .par_iter()
                .map(|photo| fitter.look_source(photo.source))
                .collect()
        });
        let mut skipped = Vec::new();
        let mut places = Vec::new();
        for (place, look) in looks.into_iter().enumerate() {
            match look {
                Ok(look) => {
                    fitter.add(look, photos[place].label);
                    places.push(place);
                }
                Err(error) if error.kind() == ErrorKind::Cancelled => return Err(error),
                Err(error) => skipped.push(SkippedPhoto {
                    photo: place,
                    error,
                }),
            }
        }
        let fitted = fitter.finish()?;
        let mut all = vec![None; photos.len()];
        for (place, photo) in places.into_iter().zip(fitted.photos) {
            all[place] = photo;
        }
        Ok(Fitted {
            photos: all,
            skipped,
            ..fitted
        })
    }
}
