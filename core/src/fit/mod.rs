//! Fitting a generator to one's own photos: what they show is sorted into groups by the generator's own features, and a new
//! head is written into its file that tells these groups apart. Nothing is trained.

mod anatomy;
mod axes;
mod cells;
mod dealing;
mod fitted;
mod jacobi;
mod kmeans;
mod names;
mod options;
mod parts;
#[cfg(feature = "codecs")]
mod photos;
mod random;
mod record;
mod ridge;
mod rows;
mod space;
mod splice;
mod template;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, ErrorKind, Result};
use crate::generator::InputShape;
use crate::orientation::Orientation;
use crate::pixels::Pixels;
use crate::protector::Protector;
use anatomy::Anatomy;
use parts::Part;

pub use fitted::{Fitted, FittedGroup, FittedPhoto, SkippedPhoto};
pub(crate) use names::HeadNames;
pub use options::{FitOptions, PhotoHook};
#[cfg(feature = "codecs")]
pub use photos::FitPhoto;
pub use record::{FitRecord, GroupRecord};

/// Fits a generator to photos that are handed in one by one: [`Protector::fitter`] makes it.
///
/// Looking at a photo takes nearly all of the time, and several threads may look at once.
///
/// ```no_run
/// use confounder::{FitOptions, Orientation, PixelLayout, Pixels, Protector, ProtectorOptions};
///
/// # fn photos() -> Vec<Vec<u8>> { Vec::new() }
/// # #[cfg(feature = "bundled-generator")] {
/// let protector = Protector::bundled(ProtectorOptions::new())?;
/// let mut fitter = protector.fitter(FitOptions::new())?;
/// for photo in photos() {
///     let pixels = Pixels::new(&photo, 640, 480, 640 * 4, PixelLayout::Rgba8)?;
///     let look = fitter.look(&pixels, Orientation::Upright)?;
///     fitter.add(look, None);
/// }
/// let fitted = fitter.finish()?;
/// let own = Protector::open(fitted.generator, ProtectorOptions::new())?;
/// # }
/// # Ok::<(), confounder::Error>(())
/// ```
pub struct Fitter<'a> {
    protector: &'a Protector,
    options: FitOptions,
    names: HeadNames,
    trunk: Part,
    head: Part,
    looked_at: AtomicUsize,
    seen: Vec<(Look, Option<String>)>,
}

/// What a generator sees in a photo: a few kilobytes, of which the photo cannot be made again.
#[derive(Debug, Clone)]
pub struct Look {
    features: Vec<f32>,
    /// What the present head makes of them.
    code: Vec<f32>,
}

impl Protector {
    /// Begins to fit this protector's generator to photos.
    ///
    /// # Errors
    /// [`ErrorKind::GeneratorInvalid`] for a generator whose head cannot be replaced, such as one that was made for certain
    /// kinds of photos; [`ErrorKind::InvalidOptions`]; [`ErrorKind::Engine`].
    pub fn fitter(&self, options: FitOptions) -> Result<Fitter<'_>> {
        options.check()?;
        let generator = self.generator();
        let names = generator.head().ok_or_else(|| {
            invalid("the generator has no head that can be replaced (confounder.head); use one that has")
        })?;
        let InputShape::Fixed { width, height } = generator.input_shape() else {
            return Err(invalid(
                "the generator takes photos of any size; only one with a fixed input can be fitted",
            ));
        };
        let model = generator.model()?;
        let anatomy = Anatomy::of(graph_of(&model)?, names)?;
        let image = [1, 3, height, width];
        let trunk = anatomy::part(&model, &anatomy.trunk, ("image", &image), &names.features);
        let trunk = Part::new(&trunk, &image)?;
        let features = [1, trunk.run(&vec![0.5; 3 * width * height])?.len()];
        let head = anatomy::part(
            &model,
            &anatomy.head,
            (&names.features, &features),
            &names.code,
        );
        Ok(Fitter {
            protector: self,
            names: names.clone(),
            trunk,
            head: Part::new(&head, &features)?,
            options,
            looked_at: AtomicUsize::new(0),
            seen: Vec::new(),
        })
    }
}

impl Fitter<'_> {
    /// Looks at a photo whose pixels are stored in the orientation given.
    ///
    /// # Errors
    /// [`ErrorKind::LimitExceeded`] beyond [`FitOptions::limits`]; [`ErrorKind::Engine`]; [`ErrorKind::Cancelled`].
    pub fn look(&self, pixels: &Pixels<'_>, orientation: Orientation) -> Result<Look> {
        let size = (pixels.width(), pixels.height());
        crate::protector::check_limits(size, &self.options.limits)?;
        let cancel = &self.options.cancel;
        let image = self
            .protector
            .working_image(pixels, orientation, None, cancel)?;
        self.look_at(&image.0)
    }

    fn look_at(&self, image: &[f32]) -> Result<Look> {
        self.options.cancel.check()?;
        let features = self.trunk.run(image)?;
        let code = self.head.run(&features)?;
        if !features.iter().chain(&code).all(|x| x.is_finite()) {
            let message = "the generator made no finite features of the photo; leave the photo out";
            return Err(Error::new(ErrorKind::Engine, message));
        }
        let looked_at = 1 + self.looked_at.fetch_add(1, Ordering::Relaxed);
        self.options.on_photo.tell(looked_at)?;
        Ok(Look { features, code })
    }

    /// Adds a photo, with what it shows where that is known: all photos have a label, or none has.
    pub fn add(&mut self, look: Look, label: Option<&str>) {
        self.seen.push((look, label.map(str::to_owned)));
    }

    /// Number of photos that were added.
    pub fn len(&self) -> usize {
        self.seen.len()
    }

    /// Whether no photo was added.
    pub fn is_empty(&self) -> bool {
        self.seen.is_empty()
    }

    /// Sorts the photos into groups and makes the generator that tells them apart.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`] for fewer than 8 photos, for more groups than photos, for photos of which only some have
    /// a label or all have the same, and for groups to split or merge that there are not; [`ErrorKind::LimitExceeded`]
    /// where the file would be too large; [`ErrorKind::Cancelled`].
    pub fn finish(self) -> Result<Fitted> {
        let protector = self.protector;
        protector.install(|| fitted::fitted(protector.generator(), self))
    }
}

impl std::fmt::Debug for Fitter<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fitter")
            .field("photos", &self.seen.len())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::GeneratorInvalid, message)
}

fn graph_of(model: &crate::onnx::ModelProto) -> Result<&crate::onnx::GraphProto> {
    let graph = model.graph.as_ref();
    graph.ok_or_else(|| invalid("the file holds no graph"))
}
