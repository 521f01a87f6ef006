use std::path::Path;

use serde::{Deserialize, Serialize};

use super::overridden;
use crate::{
    bank::{BankKind, Hues},
    error::{Error, Result, within},
    nets::IMAGENET_GROUPS,
};

/// A generator that is put together of published weights, see [`crate::nets::GroupGenerator`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupsRecipe {
    /// Name of the generator.
    pub name: String,
    /// One line on what it is for.
    pub about: String,
    /// Side in pixels that photos are squashed to.
    pub side: usize,
    /// Side in pixels of the middle that is looked at.
    pub view: usize,
    /// Divides the logits: below 1 sharper codes.
    pub temperature: f32,
    /// Side of the pattern grid.
    pub grid: usize,
    /// Bound of the residual, in 255ths of the sample range.
    pub epsilon: f32,
    /// Photos protected at strength 1 have this PSNR in dB in the mean.
    pub target_psnr: f64,
    /// The photos, relative to the folder given, in any format that the trainer reads.
    pub photos: Vec<String>,
    /// One pattern for each group.
    pub bank: Hues,
}

const EVERYDAY: &str = include_str!("../../recipes/everyday.toml");

impl GroupsRecipe {
    /// `everyday`, or a TOML file of the same form, with `key=value` overrides such as `view=200`.
    ///
    /// # Errors
    /// [`Error::Recipe`] for an unknown name or field, or a value out of range; [`Error::Io`].
    pub fn load(name_or_path: &str, overrides: &[String]) -> Result<Self> {
        let text = match name_or_path {
            "everyday" => EVERYDAY.to_owned(),
            path if Path::new(path).exists() => {
                std::fs::read_to_string(path).map_err(Error::io(path))?
            }
            other => {
                let text = format!("{other} is neither everyday nor a file");
                return Err(Error::Recipe(text));
            }
        };
        let recipe: Self = overridden(name_or_path, &text, overrides)?;
        recipe.validate()?;
        Ok(recipe)
    }

    fn validate(&self) -> Result<()> {
        within("side", self.side as f64, 32.0, 1024.0)?;
        within("view", self.view as f64, 32.0, self.side as f64)?;
        within("temperature", f64::from(self.temperature), 0.01, 100.0)?;
        within("grid", self.grid as f64, 1.0, 64.0)?;
        within("epsilon", f64::from(self.epsilon), 0.1, 64.0)?;
        within("target_psnr", self.target_psnr, 1.0, 100.0)?;
        BankKind::Hues(self.bank.clone())
            .validate(self.grid)
            .map_err(Error::Recipe)?;
        let (codes, groups) = (self.bank.codes(), IMAGENET_GROUPS);
        if codes != groups {
            let text =
                format!("bank has {codes} patterns; there are {groups} groups: give each its own");
            return Err(Error::Recipe(text));
        }
        if self.photos.is_empty() {
            let text = "photos is empty; name some: they say how strong a mixture of patterns is";
            return Err(Error::Recipe(text.into()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_bundled_recipe_is_valid_and_a_wrong_value_is_named() {
        assert_eq!(
            GroupsRecipe::load("everyday", &[]).unwrap().name,
            "everyday"
        );
        let wrong = |set: &str| {
            let error = GroupsRecipe::load("everyday", &[set.into()]).unwrap_err();
            error.to_string()
        };
        assert!(wrong("view=400").contains("view"), "{}", wrong("view=400"));
        assert!(wrong("bank.hues=5").contains("20 patterns"));
    }
}
