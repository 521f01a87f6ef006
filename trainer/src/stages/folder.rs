use std::{
    fs,
    path::{Path, PathBuf},
};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use serde::de::IgnoredAny;
use sha2::{Digest, Sha256};

use crate::{
    checkpoint,
    data::{self, Dataset, Spec},
    error::{Error, Result},
    recipe::{Provenance, Recipe, erased::Part},
    runtime,
    train::into_kinds,
};

/// A recipe, its data, and the folder that holds everything made from them.
pub struct Run {
    /// What is done.
    pub recipe: Recipe,
    /// Where its files are.
    pub folder: PathBuf,
    /// What G learns from.
    pub generator_images: Dataset,
    /// The same at the size that f's crops are taken from, where that is another.
    pub crop_images: Option<Dataset>,
    /// What in-distribution victims learn from, before protection.
    pub in_distribution: Dataset,
    /// What out-of-distribution victims learn from, before protection.
    pub out_of_distribution: Dataset,
    /// What victims are tested on.
    pub test: Dataset,
    /// Hash of training and test images.
    pub data_sha256: [String; 2],
}

impl Run {
    /// Reads the data, shares it out as the recipe says, and saves the recipe as used to `recipe.toml` in the folder.
    ///
    /// # Errors
    /// [`Error::Data`] for damaged data, [`Error::Recipe`] where the recipe wants more images than there are,
    /// [`Error::Checkpoint`] where the folder holds what another recipe trained; `recipe.toml` is then left as it is.
    pub fn open(recipe: Recipe, data_path: &Path, folder: &Path) -> Result<Self> {
        let side = recipe.data.side;
        let spec = Spec {
            side: side.max(recipe.data.crop_side),
            ..Spec::default()
        };
        let splits = match &recipe.data.sources[..] {
            [] => data::open(data_path, &spec)?,
            sources => data::mix(data_path, sources, &spec, recipe.seed, into_kinds)?,
        };
        let data_sha256 = [splits.train.sha256(), splits.test.sha256()];
        let train = if recipe.data.shuffle {
            shuffled(&splits.train, recipe.seed)?
        } else {
            splits.train
        };
        let part = &recipe.data;
        let all = if part.generator_images == 0 {
            train.len()
        } else {
            part.generator_images
        };
        let wanted = all + part.out_of_distribution;
        if wanted > train.len() || part.in_distribution > all {
            let text = format!(
                "{} has {} images; data.generator_images, data.in_distribution and data.out_of_distribution ask for {wanted}",
                train.name,
                train.len()
            );
            return Err(Error::Recipe(text));
        }
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let larger = spec.side > side;
        let shown = |data: Dataset| match larger {
            true => data.resized(side, side),
            false => Ok(data),
        };
        let generator_images = train.range(0..all)?;
        let run = Self {
            crop_images: larger.then(|| generator_images.clone()),
            generator_images: shown(generator_images)?,
            in_distribution: shown(train.range(0..part.in_distribution)?)?,
            out_of_distribution: shown(train.range(all..wanted)?)?,
            test: shown(splits.test)?,
            folder: folder.to_owned(),
            recipe,
            data_sha256,
        };
        for (path, print) in [run.surrogate(), run.generator()] {
            checkpoint::load::<IgnoredAny>(&path, &print)?;
        }
        run.recipe
            .save(&run.path("recipe.toml"), run.provenance()?)?;
        Ok(run)
    }

    /// A file of the run.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The checkpoint of f, and the fingerprint of what it is trained by.
    pub(super) fn surrogate(&self) -> (PathBuf, String) {
        let print = self.fingerprint(&[&self.recipe.data, &self.recipe.surrogate]);
        (self.path("surrogate.checkpoint"), print)
    }

    /// The checkpoint of G, and the fingerprint of what it is trained by.
    pub(super) fn generator(&self) -> (PathBuf, String) {
        let print = self.fingerprint(&[
            &self.recipe.data,
            &self.recipe.surrogate,
            &self.recipe.generator,
            &self.recipe.training,
        ]);
        (self.path("generator.checkpoint"), print)
    }

    /// Hash of everything that decides a stage's result: the data, the seed, and the recipe's parts named.
    pub fn fingerprint(&self, parts: &[&dyn Part]) -> String {
        let mut hasher = Sha256::new();
        self.data_sha256.iter().for_each(|hash| hasher.update(hash));
        hasher.update(self.recipe.fingerprint(parts));
        hasher
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn provenance(&self) -> Result<Provenance> {
        let [train_sha256, test_sha256] = self.data_sha256.clone();
        Ok(Provenance {
            train_sha256,
            test_sha256,
            trainer: env!("CARGO_PKG_VERSION").into(),
            onnxruntime: runtime::init()?.version.unwrap_or_else(|| "unknown".into()),
        })
    }
}

fn shuffled(data: &Dataset, seed: u64) -> Result<Dataset> {
    let mut order: Vec<usize> = (0..data.len()).collect();
    order.shuffle(&mut rand_chacha::ChaCha8Rng::seed_from_u64(seed));
    data.subset(&order)
}
