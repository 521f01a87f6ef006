use serde::{Deserialize, Serialize};

use super::AdversaryRecipe;
use crate::{
    bank::BankKind,
    data::{Augment, Source},
    error::{Error, Result, within},
    losses::{ConfounderInput, LossWeights},
    nets::{Architecture, Pretrained},
};

/// Which images play which part, counted in the order of the training split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataRecipe {
    /// Side in pixels that photos are squashed to (CIFAR-10 is always 32).
    pub side: usize,
    /// Side that pictures are kept at for the random crops that f learns from, so that a crop shows as much detail as a
    /// whole picture; 0: `side`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub crop_side: usize,
    /// f and G are trained on the first so many images (0: on all).
    pub generator_images: usize,
    /// In-distribution victims learn from the first so many of those (0: none).
    pub in_distribution: usize,
    /// Out-of-distribution victims learn from the so many images that follow the generator's.
    pub out_of_distribution: usize,
    /// Whether images are put in a seeded random order first: folder trees come sorted by class.
    #[serde(default)]
    pub shuffle: bool,
    /// The data sets that are mixed, relative to the folder given; none: the folder is one data set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<Source>,
}

/// A classifier and its training: f, or a victim.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierRecipe {
    /// The architecture.
    #[serde(default, skip_serializing_if = "Architecture::is_default")]
    pub net: Architecture,
    /// Channels of the net's first stage (64 in the paper).
    pub width: usize,
    /// Stride of its stem.
    #[serde(default = "one")]
    pub stem_stride: usize,
    /// What it starts from, in place of chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<Pretrained>,
    /// The first part of the net (EfficientNet-Lite: stem and five blocks) stays as it starts: steps take half the time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub frozen_trunk: bool,
    /// Passes over the images.
    pub epochs: u64,
    /// Images a step, over all replicas.
    pub batch: usize,
    /// Parts of the batch that are computed side by side, each with its own batch statistics.
    #[serde(default = "one")]
    pub replicas: usize,
    /// Highest learning rate.
    pub rate: f32,
    /// Share of the steps over which the rate rises linearly to its highest; then it falls as a cosine to 0.
    #[serde(default)]
    pub warm_up: f32,
    /// Momentum (Nesterov).
    pub momentum: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Share of the target that is spread over all classes.
    #[serde(default)]
    pub label_smoothing: f32,
    /// Augmentation.
    #[serde(default)]
    pub augment: Augment,
    /// Of so many augmentations of an image a step learns from the one with the largest loss; batch norm takes each draw of
    /// the batch by itself.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub worst_of: usize,
    /// How many epochs at the end see the images as they are: a recogniser learns those very images.
    #[serde(default)]
    pub plain_epochs: u64,
    /// Adversarial training: it learns from the worst images near its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adversary: Option<AdversaryRecipe>,
}

/// G's architecture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum GeneratorRecipe {
    /// Recipe `paper`: image to image.
    Residual(ResidualRecipe),
    /// Recipe `code`: recogniser and pattern bank.
    Code(CodeRecipe),
}

/// Recipe `paper`'s generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResidualRecipe {
    /// Bound of the residual, in 255ths of the sample range.
    pub epsilon: f32,
    /// Channels at full, half and quarter size.
    pub channels: [usize; 3],
    /// Residual blocks at quarter size.
    pub blocks: usize,
}

/// Recipe `code`'s generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRecipe {
    /// Bound of the residual, in 255ths of the sample range.
    pub epsilon: f32,
    /// Side of the pattern grid.
    pub grid: usize,
    /// How the patterns are chosen.
    #[serde(default, skip_serializing_if = "BankKind::is_default")]
    pub bank: BankKind,
    /// Whether patterns are given to classes so that the images of each show little of it, see [`crate::bank::contrary`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contrary: bool,
    /// Divides the recogniser's logits: below 1 sharper codes.
    pub temperature: f32,
    /// Whether the residual is weaker where a photo is smooth or bright, and stronger elsewhere: see
    /// [`crate::nets::VisibilityMap`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub visibility: bool,
    /// The bank's amplitude is set so that protected training images have this PSNR (dB), as far as epsilon allows.
    pub target_psnr: f64,
}

/// G's training by Eq. 5.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecipe {
    /// Passes over the generator's images. Recipe `code` works with 0: the recogniser is f and the bank is fixed.
    pub epochs: u64,
    /// Images a step, over all replicas.
    pub batch: usize,
    /// Parts of the batch that are computed side by side.
    #[serde(default = "one")]
    pub replicas: usize,
    /// Adam's learning rate, of G and of D.
    pub rate: f32,
    /// Weights of Eq. 5's terms. Algorithm 1 taken literally: `adversarial = 0`.
    pub weights: LossWeights,
    /// What f is shown in Eq. 3.
    pub confounder: ConfounderInput,
    /// Bound c of Eq. 4 as a share of epsilon sqrt(C H W); 0.577 is the norm of uniform noise within the bound.
    pub hinge_share: f32,
}

/// What is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationRecipe {
    /// The rows of the table.
    pub rows: Vec<Row>,
    /// Test images for the accuracy after each epoch but the last (0: all); the last is measured on all.
    pub peak_images: usize,
    /// PSNR (dB) of class-wise noise, which is the same for every recipe with this value and seed.
    pub class_wise_psnr: f64,
}

/// One way to prepare the images that a victim learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// Unprotected images.
    Natural,
    /// One fixed pattern per true class: what a recogniser that is never wrong would give.
    ClassWiseNoise,
    /// Protected images that the generator was trained on.
    InDistribution,
    /// Protected images that the generator never saw.
    OutOfDistribution,
    /// Out-of-distribution images with each other's residuals: shows that the link to the content protects, not noise.
    Shuffled,
}

impl Row {
    /// The row's name in `scores`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Natural => "natural",
            Self::ClassWiseNoise => "class_wise_noise",
            Self::InDistribution => "in_distribution",
            Self::OutOfDistribution => "out_of_distribution",
            Self::Shuffled => "shuffled",
        }
    }
}

/// Where a saved recipe was used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// SHA-256 of the training images and labels.
    pub train_sha256: String,
    /// SHA-256 of the test images and labels.
    pub test_sha256: String,
    /// The trainer's version.
    pub trainer: String,
    /// ONNX Runtime's version.
    pub onnxruntime: String,
}

fn one() -> usize {
    1
}

fn is_one(x: &usize) -> bool {
    *x == 1
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl ClassifierRecipe {
    pub(crate) fn validate(&self, section: &str) -> Result<()> {
        let fail = |text: String| Err(Error::Recipe(format!("{section}.{text}")));
        let positive = [
            ("stem_stride", self.stem_stride),
            ("worst_of", self.worst_of),
        ];
        if let Some((name, _)) = positive.iter().find(|(_, value)| *value == 0) {
            return fail(format!("{name} = 0; it must be at least 1"));
        }
        if let Some(why) = self.net.refusal(self.width) {
            return fail(why);
        }
        if let Some(initial) = self.initial {
            initial.check(self.net, self.width)?;
        } else if self.frozen_trunk {
            return fail("frozen_trunk is set and initial is not: the trunk would stay as chance made it; set both".into());
        }
        divides(section, self.batch, self.replicas)?;
        let mixed = self.augment.mix_up > 0.0 || self.augment.cut_mix > 0.0;
        let others = [
            ("frozen_trunk", self.frozen_trunk),
            ("replicas", self.replicas > 1),
            ("adversary", self.adversary.is_some()),
            ("augment.mix_up or augment.cut_mix", mixed),
        ];
        if self.worst_of > 1
            && let Some((other, _)) = others.iter().find(|(_, set)| *set)
        {
            return fail(format!(
                "worst_of and {other} are both set: the worst draws teach a whole net, on one replica, unmixed and undisturbed"
            ));
        }
        if !(self.rate > 0.0 && self.rate.is_finite()) {
            return fail(format!("rate = {}; it must be positive", self.rate));
        }
        if !(0.0..1.0).contains(&self.warm_up) || !(0.0..1.0).contains(&self.label_smoothing) {
            return fail(format!(
                "warm_up = {} and label_smoothing = {} must lie in 0..1",
                self.warm_up, self.label_smoothing
            ));
        }
        if let Some(adversary) = &self.adversary {
            adversary.validate(section)?;
            if self.frozen_trunk {
                return fail("adversary and frozen_trunk are both set: adversarial training changes the whole net".into());
            }
        }
        self.augment.validate()
    }
}

/// Every replica gets as many images of a batch as the others, and one at least.
fn divides(section: &str, batch: usize, replicas: usize) -> Result<()> {
    if batch > 0 && replicas > 0 && batch.is_multiple_of(replicas) {
        return Ok(());
    }
    Err(Error::Recipe(format!(
        "{section}.batch = {batch} does not divide by {section}.replicas = {replicas}, or one of them is 0"
    )))
}

impl TrainingRecipe {
    pub(crate) fn validate(&self) -> Result<()> {
        divides("training", self.batch, self.replicas)?;
        within("training.rate", f64::from(self.rate), 1e-9, 1e3)?;
        within(
            "training.hinge_share",
            f64::from(self.hinge_share),
            0.0,
            1e3,
        )
    }
}

impl GeneratorRecipe {
    /// Bound of the residual, in units of the sample range 0..1.
    pub fn epsilon(&self) -> f32 {
        match self {
            Self::Residual(recipe) => recipe.epsilon / 255.0,
            Self::Code(recipe) => recipe.epsilon / 255.0,
        }
    }

    pub(crate) fn validate(&self) -> Result<()> {
        let fail = |text: String| Err(Error::Recipe(format!("generator.{text}")));
        let epsilon = self.epsilon() * 255.0;
        if !(epsilon > 0.0 && epsilon <= 64.0) {
            return fail(format!(
                "epsilon = {epsilon}; it must lie in 0..=64 (255ths)"
            ));
        }
        if let Self::Residual(ResidualRecipe { channels, .. }) = self
            && channels.contains(&0)
        {
            return fail(format!("channels = {channels:?}; each must be at least 1"));
        }
        if let Self::Code(code) = self {
            within("generator.target_psnr", code.target_psnr, 1.0, 100.0)?;
            within("generator.grid", code.grid as f64, 1.0, 64.0)?;
            code.bank.validate(code.grid).or_else(fail)?;
            if !(code.temperature > 0.0 && code.temperature.is_finite()) {
                return fail(format!(
                    "temperature = {}; it must be positive",
                    code.temperature
                ));
            }
        }
        Ok(())
    }
}
