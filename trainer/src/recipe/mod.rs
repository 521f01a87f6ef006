//! Recipes: everything that decides what a run does, as one TOML file.

mod adversary;
mod bundled;
mod groups;
mod overrides;
mod parts;

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use adversary::AdversaryRecipe;
pub use bundled::{BUNDLED, bundled};
pub use groups::GroupsRecipe;
pub use parts::{
    ClassifierRecipe, CodeRecipe, DataRecipe, EvaluationRecipe, GeneratorRecipe, Provenance,
    ResidualRecipe, Row, TrainingRecipe,
};

pub(crate) use overrides::overridden;

use crate::{
    error::{Error, Result},
    files::write_whole,
};

/// A whole run: data, surrogate f, generator G, its training, and the victims that measure it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Name in reports.
    pub name: String,
    /// One line on what it is for.
    pub about: String,
    /// Seed of everything that is random.
    pub seed: u64,
    /// Which images play which part.
    pub data: DataRecipe,
    /// The surrogate f; in recipe `code` also the recogniser inside G.
    pub surrogate: ClassifierRecipe,
    /// G's architecture.
    pub generator: GeneratorRecipe,
    /// G's training by Eq. 5.
    pub training: TrainingRecipe,
    /// The victims: fresh models that are trained on protected images.
    pub victim: ClassifierRecipe,
    /// What is measured.
    pub evaluation: EvaluationRecipe,
    /// Where a saved recipe was used; written by the trainer, ignored when read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
}

impl Recipe {
    /// A bundled recipe by its name, or a file by its path, with `key=value` overrides such as `victim.epochs=15`.
    ///
    /// # Errors
    /// [`Error::Recipe`] for an unknown name, an unknown field, or a value out of range; [`Error::Io`].
    pub fn load(name_or_path: &str, overrides: &[String]) -> Result<Self> {
        let text = match bundled(name_or_path) {
            Some(text) => text.to_owned(),
            None => read(name_or_path)?,
        };
        let recipe: Self = overridden(name_or_path, &text, overrides)?;
        recipe.validate()?;
        Ok(recipe)
    }

    /// Writes the recipe as it was used.
    pub fn save(&self, path: &Path, provenance: Provenance) -> Result<()> {
        let saved = Self {
            provenance: Some(provenance),
            ..self.clone()
        };
        let text = toml::to_string_pretty(&saved).map_err(|e| Error::Recipe(e.to_string()))?;
        write_whole(path, text.as_bytes())
    }

    /// SHA-256 over what decides the results of the parts given: files made under another recipe are never mixed up.
    pub fn fingerprint(&self, parts: &[&dyn erased::Part]) -> String {
        let mut hasher = Sha256::new();
        hasher.update(self.seed.to_le_bytes());
        parts
            .iter()
            .for_each(|part| hasher.update(part.text().as_bytes()));
        hasher
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn validate(&self) -> Result<()> {
        let fail = |text: String| Err(Error::Recipe(text));
        self.surrogate.validate("surrogate")?;
        self.victim.validate("victim")?;
        self.generator.validate()?;
        self.training.validate()?;
        if self.data.in_distribution > self.data.generator_images {
            return fail(format!(
                "data.in_distribution = {} is more than data.generator_images = {}",
                self.data.in_distribution, self.data.generator_images
            ));
        }
        let (side, crop_side) = (self.data.side, self.data.crop_side);
        if crop_side != 0 && crop_side < side {
            return fail(format!(
                "data.crop_side = {crop_side} is below data.side = {side}: crops would show less than whole pictures; \
                 give at least the side, or 0"
            ));
        }
        if crop_side > side && self.surrogate.augment.resized_crop.is_none() {
            return fail(format!(
                "data.crop_side = {crop_side} is above data.side = {side} and surrogate.augment.resized_crop is not set: \
                 no crop would be taken; set both or neither"
            ));
        }
        if self.evaluation.rows.is_empty() {
            return fail("evaluation.rows is empty; name at least one of natural, class-wise-noise, in-distribution, out-of-distribution, shuffled".into());
        }
        Ok(())
    }
}

/// Parts of a recipe that can be hashed.
pub mod erased {
    use serde::Serialize;

    /// Anything with a canonical text.
    pub trait Part {
        /// JSON with a fixed field order.
        fn text(&self) -> String;
    }

    impl<T: Serialize> Part for T {
        fn text(&self) -> String {
            serde_json::to_string(self).unwrap_or_default()
        }
    }
}

fn read(path: &str) -> Result<String> {
    if !Path::new(path).exists() {
        let names: Vec<&str> = BUNDLED.iter().map(|(name, _)| *name).collect();
        let text = format!(
            "{path} is neither a file nor one of the bundled recipes: {}",
            names.join(", ")
        );
        return Err(Error::Recipe(text));
    }
    fs::read_to_string(path).map_err(Error::io(path))
}
