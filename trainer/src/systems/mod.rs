//! The systems that the paper compares: ways to change a data set so that models learn little from it.

mod class_chroma;
mod confounder;
mod emn;
mod enlarged;
mod file;
mod lsp;
mod ops;
mod patches;
mod personal;

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::Digest;

pub use class_chroma::ClassChromaRecipe;
pub use confounder::{ConfounderRecipe, LearnFrom};
pub use emn::{EmnRecipe, Granularity};
pub use file::FileRecipe;
pub use lsp::LspRecipe;
pub use patches::{ClassNoiseRecipe, ClassPatchRecipe};

use crate::{
    data::Dataset,
    error::{Error, Result, within},
    progress::Mode,
};

/// A system, with everything that decides its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum System {
    /// Nothing is changed.
    None,
    /// ConfounderGAN, the paper's or ours.
    Confounder(ConfounderRecipe),
    /// Error-minimising noise (Huang et al. 2021).
    Emn(EmnRecipe),
    /// Random noise, the same for all images of a class: the paper's CWN.
    ClassNoise(ClassNoiseRecipe),
    /// A random patch, the same for all images of a class: the paper's CWP.
    ClassPatch(ClassPatchRecipe),
    /// A coarse chroma pattern of each class: what a recogniser that is never wrong would give.
    ClassChroma(ClassChromaRecipe),
    /// A generator file.
    File(FileRecipe),
    /// Another system on small copies of the photos.
    Enlarged {
        /// Side of the copies in pixels.
        side: usize,
        /// The system.
        of: Box<System>,
    },
    /// Linearly separable perturbations (Yu et al. 2022).
    Lsp(LspRecipe),
    /// One-pixel shortcut (Wu et al. 2023).
    Ops,
    /// Personal mode: every label is a user with a key.
    Personal,
    /// Personal mode, after an attacker has subtracted the mean of so many of each user's photos.
    Averaged {
        /// Photos of each user.
        photos: usize,
    },
}

/// What a system may use.
pub struct Ground<'a> {
    /// The images that are protected, and that a system may learn from.
    pub images: &'a Dataset,
    /// What a trained generator is put to instead: other images of its owner's. Other systems refuse it.
    pub apply_to: Option<&'a Dataset>,
    /// Other labelled images, for generators that never see those that they protect.
    pub others: &'a Dataset,
    /// Clean test images.
    pub test: &'a Dataset,
    /// Seed of all that is random.
    pub seed: u64,
    /// Folder for checkpoints.
    pub folder: &'a Path,
    /// How progress is shown.
    pub mode: Mode,
}

impl Ground<'_> {
    /// The checkpoint of a training, named after what decides its result.
    fn checkpoint(&self, name: &str, fingerprint: &str) -> std::path::PathBuf {
        let digest = sha2::Sha256::digest(fingerprint);
        let short: String = digest[..8]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.folder.join(format!("{name}-{short}.checkpoint"))
    }
}

/// A protected data set.
pub struct Protection {
    /// The images, in the order that they were given in.
    pub data: Dataset,
    /// PSNR against them in dB; `None` where nothing was changed.
    pub psnr_db: Option<f64>,
    /// Seconds of training before the first image could be protected.
    pub preparation_seconds: f64,
    /// Seconds of protecting all images.
    pub protection_seconds: f64,
    /// What else was measured, such as recognition or rounds.
    pub notes: serde_json::Value,
}

impl System {
    /// With the SHA-256 of every file that it names.
    ///
    /// # Errors
    /// As [`FileRecipe::with_hash`]; [`Error::Recipe`] for a value out of range.
    pub fn checked(self) -> Result<Self> {
        self.validate()?;
        Ok(match self {
            Self::File(recipe) => Self::File(recipe.with_hash()?),
            Self::Enlarged { side, of } => Self::Enlarged {
                side,
                of: Box::new(of.checked()?),
            },
            other => other,
        })
    }

    fn validate(&self) -> Result<()> {
        match self {
            Self::Confounder(recipe) => recipe.validate(),
            Self::Emn(recipe) => recipe.validate(),
            Self::ClassNoise(ClassNoiseRecipe { epsilon }) => {
                within("epsilon", f64::from(*epsilon), 0.0, 255.0)
            }
            Self::ClassPatch(ClassPatchRecipe { share }) => {
                within("share", f64::from(*share), 0.0, 1.0)
            }
            Self::ClassChroma(recipe) => recipe.validate(),
            Self::File(recipe) => recipe.validate(),
            Self::Enlarged { side, of } => {
                within("side", *side as f64, 1.0, 65_536.0)?;
                of.validate()
            }
            Self::Lsp(recipe) => recipe.validate(),
            Self::Averaged { photos } => within("photos", *photos as f64, 1.0, 1e9),
            Self::None | Self::Ops | Self::Personal => Ok(()),
        }
    }

    /// Whether it can be put to other images than those that it learned from.
    fn is_a_generator(&self) -> bool {
        match self {
            Self::None | Self::Confounder(_) | Self::File(_) => true,
            Self::Enlarged { of, .. } => of.is_a_generator(),
            _ => false,
        }
    }

    /// A file that it needs and that is not there.
    #[must_use]
    pub fn missing(&self) -> Option<&Path> {
        match self {
            Self::File(recipe) => recipe.missing(),
            Self::Enlarged { of, .. } => of.missing(),
            _ => None,
        }
    }

    /// Protects the images of `ground`.
    ///
    /// # Errors
    /// [`Error::Interrupted`] after Ctrl-C, with a checkpoint written where the system trains something; [`Error::Recipe`]
    /// where it is to be put to other images and is no generator.
    pub fn protect(&self, ground: &Ground<'_>) -> Result<Protection> {
        if ground.apply_to.is_some() && !self.is_a_generator() {
            let text = "a system that searches noise for given images, or takes their labels, protects no others: \
                        name a generator (confounder, file)";
            return Err(Error::Recipe(text.into()));
        }
        let images = ground.images;
        let started = std::time::Instant::now();
        let whole = |(data, psnr): (Dataset, f64)| Protection {
            data,
            psnr_db: Some(psnr),
            preparation_seconds: 0.0,
            protection_seconds: started.elapsed().as_secs_f64(),
            notes: serde_json::Value::Null,
        };
        Ok(match self {
            Self::None => Protection {
                psnr_db: None,
                ..whole((ground.apply_to.unwrap_or(images).clone(), 0.0))
            },
            Self::Confounder(recipe) => confounder::protect(recipe, ground)?,
            Self::Emn(recipe) => emn::protect(recipe, ground)?,
            Self::ClassNoise(recipe) => whole(patches::class_noise(recipe, images, ground.seed)?),
            Self::ClassPatch(recipe) => whole(patches::class_patch(recipe, images, ground.seed)),
            Self::File(recipe) => file::protect(recipe, ground)?,
            Self::Enlarged { side, of } => enlarged::protect(*side, of, ground)?,
            Self::ClassChroma(recipe) => {
                let residuals = recipe.residuals(images, ground.seed);
                whole(crate::protect::apply(images, &residuals)?)
            }
            Self::Lsp(recipe) => whole(lsp::protect(recipe, images, ground.seed)?),
            Self::Ops => whole(ops::protect(images)?),
            Self::Personal => whole(personal::protect(images, ground.seed)?),
            Self::Averaged { photos } => whole(personal::averaged(
                images,
                ground.test,
                *photos,
                ground.seed,
            )?),
        })
    }
}

/// PSNR of `after` against `before` in dB.
fn psnr(before: &Dataset, after: &Dataset) -> f64 {
    let pairs = before.images.iter().zip(&after.images);
    let squared: u64 = pairs.map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2)).sum();
    crate::protect::psnr_db(squared, before.images.len())
}
