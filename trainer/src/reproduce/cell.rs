use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Change;
use crate::{recipe::ClassifierRecipe, runtime::Device, systems::System, train::Epoch};

/// One independent run: a victim that learns from images protected in one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// How images are protected.
    pub system: System,
    /// Which images take part.
    #[serde(default, skip_serializing_if = "Part::is_default")]
    pub part: Part,
    /// Which of them are protected.
    pub mix: Mix,
    /// What the victim's owner does to all images first.
    pub change: Change,
    /// The victim.
    pub victim: ClassifierRecipe,
    /// Whether gradients on clean and protected images are compared after each epoch.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gradients: bool,
    /// Which of several victims: its seed is the scale's and this. What is protected, and how, is the same for all.
    #[serde(default, skip_serializing_if = "is_first")]
    pub repeat: u64,
}

fn is_first(repeat: &u64) -> bool {
    *repeat == 0
}

/// Which images are protected and learned from, and which test the victim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The scale's first images, tested on the data set's test split.
    #[default]
    First,
    /// The scale's others and the test split, tested on the first: no generator that learned from the first has seen them.
    Held,
    /// All of the training split that are of the scale's unseen classes, tested on those of the test split.
    Unseen,
}

impl Part {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Which images are protected, and which the victim learns from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mix {
    /// The share that is protected, chosen at random.
    pub share: f64,
    /// Which images are learned from.
    pub keep: Keep,
}

/// Which images a victim learns from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// All.
    All,
    /// Only those that are not protected.
    Clean,
}

impl Mix {
    /// All images are protected and learned from.
    pub const WHOLE: Self = Self {
        share: 1.0,
        keep: Keep::All,
    };

    /// Epochs in which a victim of the images that are left trains as long as one of all does in `epochs`.
    pub(super) fn as_long(&self, epochs: u64) -> u64 {
        match self.keep {
            Keep::All => epochs,
            Keep::Clean => (epochs as f64 / (1.0 - self.share)).round() as u64,
        }
    }
}

/// Gradients of a victim's parameters after an epoch, on a batch of clean images and on the same ones protected.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Probe {
    /// Norm on clean images.
    pub clean_norm: f64,
    /// Norm on protected images.
    pub protected_norm: f64,
    /// Cosine of the angle between the two.
    pub cosine: f64,
}

/// What a cell gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CellResult {
    /// The cell.
    pub cell: Cell,
    /// Seed.
    pub seed: u64,
    /// Hash of training and test images.
    pub data_sha256: [String; 2],
    /// Clean-test accuracy after the last epoch, in percent.
    pub last: f64,
    /// Highest clean-test accuracy after any epoch, in percent.
    pub peak: f64,
    /// Accuracy on the images that it learned from, in the last epoch and as augmented, in percent.
    pub train: f64,
    /// PSNR of the protected images in dB, where they were changed.
    pub psnr_db: Option<f64>,
    /// Its epochs.
    pub epochs: Vec<Epoch>,
    /// Gradients after each epoch, where they were compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub probes: Vec<Probe>,
    /// What it was computed on.
    #[serde(default = "cpu", skip_serializing_if = "is_cpu")]
    pub device: String,
    /// Seconds of training the victim, since it was last resumed.
    pub victim_seconds: f64,
    /// Seconds of the system before it could protect the first image; the same for all cells that share it. Without what
    /// another system had trained already, such as f where two generators share it.
    pub preparation_seconds: f64,
    /// Seconds of protecting all images.
    pub protection_seconds: f64,
    /// What else the system measured.
    pub notes: serde_json::Value,
}

/// What all cells before there was a choice were computed on.
fn cpu() -> String {
    Device::Cpu.to_string()
}

fn is_cpu(device: &str) -> bool {
    device == Device::Cpu.name()
}

/// The name of a cell's files: a hash of all that decides its result.
pub(super) fn key(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    digest[..10].iter().map(|b| format!("{b:02x}")).collect()
}
