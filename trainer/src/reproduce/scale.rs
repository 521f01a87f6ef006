use std::{collections::BTreeMap, fs, path::Path};

use serde::{Deserialize, Serialize};

use super::photos::PhotosTable;
use crate::{
    data::Source,
    error::{Error, Result, within},
    nets::Architecture,
    recipe::{AdversaryRecipe, ClassifierRecipe, overridden},
    systems::System,
    train::DenoiserRecipe,
};

/// How large the experiments are: everything that a cell's result depends on beside the experiment itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scale {
    /// Its name in reports.
    pub name: String,
    /// Seed of everything that is random.
    pub seed: u64,
    /// How many victims, each of another seed, every cell has.
    #[serde(default = "one")]
    pub repeats: u64,
    /// The data sets that are mixed, relative to the folder given; none: the path given is one data set.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// Side in pixels that photos are squashed to.
    pub side: usize,
    /// Side in pixels of what victims see; 0: as large as the images.
    #[serde(default)]
    pub view: usize,
    /// Images that are protected and that victims learn from: the first so many (0: all but `others`).
    pub images: usize,
    /// Images for generators that never see the protected ones: the so many at the end.
    pub others: usize,
    /// Test images after each epoch but the last (0: all), taken from all over the set.
    pub peak_images: usize,
    /// The victim; its net and width are set by the experiment.
    pub victim: ClassifierRecipe,
    /// Width of each net.
    pub widths: BTreeMap<Architecture, usize>,
    /// The adaptive attacker's denoiser.
    pub denoiser: DenoiserRecipe,
    /// The search of victims that are trained adversarially; none: there are no such victims.
    #[serde(default)]
    pub adversary: Option<AdversaryRecipe>,
    /// Of how many draws of UEraser's augmentation its victim learns from the worst: 5 in APBench, 1 is UEraser-Lite.
    #[serde(default = "one_draw")]
    pub ueraser_draws: usize,
    /// Shares of protected images of Fig. 5, each above 0 and below 1.
    pub shares: Vec<f64>,
    /// Rows and columns of the photos' table.
    #[serde(default)]
    pub photos: PhotosTable,
    /// The systems by the names that the experiments use.
    pub systems: BTreeMap<String, System>,
}

fn one() -> u64 {
    1
}

fn one_draw() -> usize {
    1
}

const BUNDLED: [(&str, &str); 7] = [
    ("small", include_str!("../../recipes/reproduce-small.toml")),
    ("paper", include_str!("../../recipes/reproduce-paper.toml")),
    ("gpu", include_str!("../../recipes/reproduce-gpu.toml")),
    (
        "personal",
        include_str!("../../recipes/reproduce-personal.toml"),
    ),
    (
        "photos",
        include_str!("../../recipes/reproduce-photos.toml"),
    ),
    (
        "everyday",
        include_str!("../../recipes/reproduce-everyday.toml"),
    ),
    (
        "designs",
        include_str!("../../recipes/reproduce-designs.toml"),
    ),
];

impl Scale {
    /// `small`, `paper`, `gpu`, `photos`, `everyday`, `designs`, `personal`, or a TOML file of the same form, with `key=value` overrides such as
    /// `victim.epochs=60`.
    ///
    /// # Errors
    /// [`Error::Recipe`] for an unknown name or field, or a value out of range; [`Error::Io`].
    pub fn load(name_or_path: &str, overrides: &[String]) -> Result<Self> {
        let bundled = BUNDLED.iter().find(|(name, _)| *name == name_or_path);
        let text = match bundled {
            Some((_, text)) => (*text).to_owned(),
            None if Path::new(name_or_path).exists() => {
                fs::read_to_string(name_or_path).map_err(Error::io(name_or_path))?
            }
            None => {
                let names = BUNDLED.map(|(name, _)| name).join(", ");
                let text = format!("{name_or_path} is neither one of {names}, nor a file");
                return Err(Error::Recipe(text));
            }
        };
        let mut scale: Self = overridden(name_or_path, &text, overrides)?;
        scale.systems = std::mem::take(&mut scale.systems)
            .into_iter()
            .map(|(name, system)| {
                let system = system.checked().map_err(|error| match error {
                    Error::Recipe(text) => Error::Recipe(format!("systems.{name}: {text}")),
                    other => other,
                })?;
                Ok((name, system))
            })
            .collect::<Result<_>>()?;
        scale.victim.validate("victim")?;
        within("victim.epochs", scale.victim.epochs as f64, 1.0, 1e6)?;
        for (net, &width) in &scale.widths {
            if let Some(why) = net.refusal(width) {
                return Err(Error::Recipe(format!("widths: {why}")));
            }
        }
        scale.denoiser.validate()?;
        if scale.repeats == 0 {
            return Err(Error::Recipe(
                "repeats = 0: give each cell one victim at least".into(),
            ));
        }
        scale.photos.validate()?;
        if scale.ueraser_draws == 0 {
            return Err(Error::Recipe("ueraser_draws = 0: draw one at least".into()));
        }
        if let Some(adversary) = &scale.adversary {
            adversary.validate(&scale.name)?;
        }
        if scale.shares.iter().any(|p| !(*p > 0.0 && *p < 1.0)) {
            let text = format!("shares = {:?} must lie between 0 and 1", scale.shares);
            return Err(Error::Recipe(text));
        }
        Ok(scale)
    }

    /// The victim with a net.
    #[must_use]
    pub fn victim(&self, net: Architecture) -> ClassifierRecipe {
        let mut victim = self.victim.clone();
        victim.net = net;
        victim.width = self.widths.get(&net).copied().unwrap_or(victim.width);
        victim
    }

    /// Side in pixels of what victims see.
    pub(super) fn seen_side(&self) -> usize {
        match self.view {
            0 => self.side,
            view => view,
        }
    }

    /// A system by its name.
    ///
    /// # Errors
    /// [`Error::Recipe`] where the scale has none of that name.
    pub fn system(&self, name: &str) -> Result<System> {
        let missing = || Error::Recipe(format!("scale {} has no system {name}", self.name));
        self.systems.get(name).cloned().ok_or_else(missing)
    }

    /// Those of the systems named that it has.
    pub(super) fn those_of<'a>(
        &'a self,
        names: &'a [&'a str],
    ) -> impl Iterator<Item = (&'a str, &'a System)> {
        names
            .iter()
            .filter_map(|&name| Some((name, self.systems.get(name)?)))
    }
}
