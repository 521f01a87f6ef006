use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A table, a figure, or a measurement around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Experiment {
    /// Four victims, each on clean images, EMN's and ours.
    Table1,
    /// Augmentations, each on clean images, EMN's and ours.
    Table2,
    /// Class-wise patch and class-wise noise.
    Fig2,
    /// Accuracy per epoch where all images are protected.
    Fig4,
    /// Accuracy where a share of the images is protected.
    Fig5,
    /// Images and residuals as pictures.
    Fig6,
    /// Gradients on protected images against those on clean ones.
    Gradients,
    /// Last and highest accuracy.
    EarlyStopping,
    /// An attacker who has the generator trains a denoiser.
    Adaptive,
    /// Milliseconds per image.
    Cost,
    /// Every system on ResNet-18.
    Systems,
    /// What is done to images before and during training to get at their content: compression, grayscale, adversarial training.
    Changes,
    /// Systems as rows and APBench's defenses as columns.
    Apbench,
    /// The bundled generator on photos, after what feeds and messengers do to them; with `--scale photos`.
    Photos,
    /// Whose photo is it? Personal mode, and the attacker who averages; with `--scale personal`.
    Personal,
}

impl Experiment {
    /// The name of its files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table1 => "table1",
            Self::Table2 => "table2",
            Self::Fig2 => "fig2",
            Self::Fig4 => "fig4",
            Self::Fig5 => "fig5",
            Self::Fig6 => "fig6",
            Self::Gradients => "gradients",
            Self::EarlyStopping => "early-stopping",
            Self::Adaptive => "adaptive",
            Self::Cost => "cost",
            Self::Systems => "systems",
            Self::Changes => "changes",
            Self::Apbench => "apbench",
            Self::Photos => "photos",
            Self::Personal => "personal",
        }
    }

    /// What a reader sees above it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Table1 => "Table 1: clean-test accuracy of four victims, %",
            Self::Table2 => "Table 2: clean-test accuracy under augmentations, %",
            Self::Fig2 => "Fig. 2: class-wise patch (CWP) and class-wise noise (CWN), %",
            Self::Fig4 => "Fig. 4: accuracy per epoch, all images protected, %",
            Self::Fig5 => "Fig. 5: accuracy by the share of protected images, %",
            Self::Fig6 => "Fig. 6: images, protected images, and residuals",
            Self::Gradients => "Gradients: protected images against clean ones",
            Self::EarlyStopping => "Early stopping: the highest accuracy of any epoch, %",
            Self::Adaptive => "Adaptive attacker: DnCNN trained on pairs, %",
            Self::Cost => "Cost: milliseconds of one core per image",
            Self::Systems => "Every system on ResNet-18, %",
            Self::Changes => "Changes to images before and during training, %",
            Self::Apbench => "Systems under APBench's defenses, %",
            Self::Photos => "Photos, by what happens between protection and training, %",
            Self::Personal => "Whose photo is it? A key for each of 28 users, %",
        }
    }
}
