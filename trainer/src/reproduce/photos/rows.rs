//! What happens to photos between their protection and a victim's training, and what an attacker tries.

use crate::{
    data::{Augment, Ueraser},
    nets::{Architecture, Pretrained},
    recipe::ClassifierRecipe,
    reproduce::{Change, Keep, Mix, Scale},
};

/// A row of the table.
pub(super) struct Row {
    /// Its name.
    pub(super) name: &'static str,
    /// What is done to the photos.
    pub(super) change: Change,
    /// Which of the photos are protected.
    pub(super) mix: Mix,
    /// Who learns.
    pub(super) learner: Learner,
    /// Which columns it has.
    pub(super) columns: Columns,
}

/// Who learns from the photos.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Learner {
    /// The scale's victim.
    Plain,
    /// The same with colour jitter of 0.4 and a fifth of the photos in gray.
    Jittered,
    /// The same with UEraser's changes of light, channels and shape.
    Erasing,
    /// One that is trained adversarially.
    Adversarial,
    /// One that starts from what the first blocks of EfficientNet-Lite0 learned from ImageNet.
    Pretrained,
}

/// Which systems a row has.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Columns {
    /// Ours alone.
    Ours,
    /// Unprotected photos too.
    Clean,
    /// Unprotected ones and rivals.
    Rivals,
    /// Unprotected ones, rivals, and photos that the generator never saw.
    All,
}

pub(super) const UNCHANGED: &str = "as protected";
pub(super) const FEED: &str = "feed: JPEG 85, x0.72, JPEG 75";
pub(super) const GRAY: &str = "grayscale";
pub(super) const JITTER: &str = "colour jitter in training";

/// The shares that are protected where an attacker also has unprotected photos of the same kinds.
const DILUTED: [(&str, f64); 3] = [
    ("a fifth unprotected", 0.8),
    ("a tenth unprotected", 0.9),
    ("a twentieth unprotected", 0.95),
];

/// A pretrained victim's epochs and rate, as parts of the plain one's.
const FINE_TUNING: (u64, f32) = (4, 0.4);

/// All rows.
pub(super) fn all(scale: &Scale) -> Vec<Row> {
    let jpeg = |quality| Change::Jpeg { quality };
    let webp = |quality| Change::Webp { quality };
    let scaled = |factor| Change::Scale { factor };
    let chain = |steps: &[Change]| Change::Chain {
        steps: steps.to_vec(),
    };
    let feed = [jpeg(85), scaled(0.72), jpeg(75)];
    let row = |name, change, columns| Row {
        name,
        change,
        mix: Mix::WHOLE,
        learner: Learner::Plain,
        columns,
    };
    let sent = |name, change| row(name, change, Columns::Rivals);
    let mut rows = vec![
        row(UNCHANGED, Change::None, Columns::All),
        sent("JPEG 95", jpeg(95)),
        sent("JPEG 85", jpeg(85)),
        sent("JPEG 75", jpeg(75)),
        sent("JPEG 50", jpeg(50)),
        sent("WebP 80", webp(80)),
        row(FEED, chain(&feed), Columns::All),
        sent(
            "the feed, downloaded and posted again",
            chain(&[&feed[..], &feed[..]].concat()),
        ),
        sent(
            "messenger: x0.53, JPEG 70",
            chain(&[scaled(0.53), jpeg(70)]),
        ),
        sent("screenshot: x0.9", scaled(0.9)),
        sent("crop to 80 %", Change::Crop { share: 0.8 }),
        sent("blur, 2 px", Change::Blur { sigma: 2.0 }),
        sent("automatic white balance", Change::WhiteBalance),
        sent(GRAY, Change::Grayscale),
        Row {
            learner: Learner::Jittered,
            ..sent(JITTER, Change::None)
        },
        Row {
            learner: Learner::Erasing,
            ..row("UEraser in training", Change::None, Columns::Clean)
        },
        Row {
            learner: Learner::Adversarial,
            ..row("adversarial training", Change::None, Columns::Clean)
        },
        Row {
            learner: Learner::Pretrained,
            ..row("a victim that knows ImageNet", Change::None, Columns::Clean)
        },
        row(
            "a denoiser trained on pairs",
            Change::Denoised(scale.denoiser.clone()),
            Columns::Ours,
        ),
    ];
    rows.extend(DILUTED.map(|(name, share)| Row {
        mix: Mix {
            share,
            keep: Keep::All,
        },
        ..row(name, Change::None, Columns::Clean)
    }));
    rows.retain(|row| row.learner != Learner::Adversarial || scale.adversary.is_some());
    rows
}

impl Row {
    /// Which images a system's victim learns from: of unprotected photos it has those alone that nobody protected.
    pub(super) fn mix_of(&self, protected: bool) -> Mix {
        match protected || self.mix == Mix::WHOLE {
            true => self.mix,
            false => Mix {
                keep: Keep::Clean,
                ..self.mix
            },
        }
    }

    /// The victim. One of unprotected photos alone, where there are few, trains as long as one that has the others too.
    pub(super) fn victim(&self, scale: &Scale, protected: bool) -> ClassifierRecipe {
        let mut plain = scale.victim(Architecture::Resnet18);
        plain.epochs = self.mix_of(protected).as_long(plain.epochs);
        match self.learner {
            Learner::Plain => plain,
            Learner::Jittered => ClassifierRecipe {
                augment: Augment {
                    colour_jitter: 0.4,
                    grayscale: 0.2,
                    ..plain.augment.clone()
                },
                ..plain
            },
            Learner::Erasing => ClassifierRecipe {
                augment: Augment {
                    ueraser: Some(Ueraser::for_side(scale.seen_side())),
                    ..plain.augment.clone()
                },
                worst_of: scale.ueraser_draws,
                ..plain
            },
            Learner::Adversarial => ClassifierRecipe {
                adversary: scale.adversary,
                ..plain
            },
            Learner::Pretrained => {
                let (part, rate) = FINE_TUNING;
                ClassifierRecipe {
                    net: Architecture::EfficientnetLite,
                    width: 32,
                    initial: Some(Pretrained::EfficientnetLite0),
                    epochs: plain.epochs.div_ceil(part),
                    rate: plain.rate * rate,
                    ..plain
                }
            }
        }
    }
}
