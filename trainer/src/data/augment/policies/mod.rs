//! Policies of operations that were searched for: a random pair of them for each image.

mod auto_augment;
mod fast_autoaugment;
mod kind;
mod ops;

use serde::{Deserialize, Serialize};

use crate::data::rng::Draw;

/// A searched policy for CIFAR-10. `true` in files stands for AutoAugment's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "InFiles", into = "InFiles")]
pub enum Policy {
    /// AutoAugment's 25 pairs (Cubuk et al. 2019).
    AutoAugment,
    /// Fast AutoAugment's 493 pairs, searched on a part of CIFAR-10 (Lim et al. 2019).
    FastAutoAugment,
}

const FAST: &str = "fast-autoaugment";

#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum InFiles {
    Flag(bool),
    Name(String),
}

impl TryFrom<InFiles> for Policy {
    type Error = String;

    fn try_from(value: InFiles) -> Result<Self, String> {
        match value {
            InFiles::Flag(true) => Ok(Self::AutoAugment),
            InFiles::Name(name) if name == FAST => Ok(Self::FastAutoAugment),
            InFiles::Name(name) => Err(format!(
                "policy = {name:?} is neither true, for AutoAugment's, nor {FAST:?}"
            )),
            InFiles::Flag(false) => Err("policy = false: leave it out".into()),
        }
    }
}

impl From<Policy> for InFiles {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::AutoAugment => Self::Flag(true),
            Policy::FastAutoAugment => Self::Name(FAST.into()),
        }
    }
}

impl Policy {
    /// Applies a random pair of the policy to a planar image of `[height, width]`.
    pub(super) fn apply(self, image: &mut [u8], size: [usize; 2], draw: &mut Draw) {
        match self {
            Self::AutoAugment => auto_augment::apply(image, size, draw),
            Self::FastAutoAugment => fast_autoaugment::apply(image, size, draw),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde::Deserialize;

    use super::{ops::Op, *};

    /// What `reference.py` writes.
    #[derive(Deserialize)]
    struct Reference {
        size: [usize; 2],
        operations: Vec<Applied>,
    }

    #[derive(Deserialize)]
    struct Applied {
        name: String,
        magnitudes: Vec<f32>,
        before: Vec<u8>,
        after: Vec<u8>,
    }

    fn operation(name: &str, magnitudes: &[f32]) -> Op {
        match (name, magnitudes) {
            ("ShearX", &[v]) => Op::ShearX(v),
            ("ShearY", &[v]) => Op::ShearY(v),
            ("TranslateX", &[v]) => Op::TranslateX(v),
            ("TranslateY", &[v]) => Op::TranslateY(v),
            ("Rotate", &[v]) => Op::Rotate(v),
            ("AutoContrast", []) => Op::AutoContrast,
            ("Invert", []) => Op::Invert,
            ("Equalize", []) => Op::Equalize,
            ("Solarize", &[v]) => Op::Solarize(v as u16),
            ("Posterize", &[v]) => Op::Posterize(v as u8),
            ("Contrast", &[v]) => Op::Contrast(v),
            ("Color", &[v]) => Op::Colour(v),
            ("Brightness", &[v]) => Op::Brightness(v),
            ("Sharpness", &[v]) => Op::Sharpness(v),
            ("Cutout", &[side, row, column]) => Op::Cutout {
                side,
                centre: [row, column],
            },
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn operations_are_what_pillow_makes_of_an_image() {
        let reference: Reference = serde_json::from_str(include_str!("reference.json")).unwrap();
        assert_eq!(reference.operations.len(), 60);
        for one in reference.operations {
            let mut image = one.before;
            operation(&one.name, &one.magnitudes).apply(&mut image, reference.size);
            assert_eq!(image, one.after, "{} {:?}", one.name, one.magnitudes);
        }
    }

    #[test]
    fn policies_are_read_as_they_are_written() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct File {
            policy: Policy,
        }
        for (policy, text) in [
            (Policy::AutoAugment, "policy = true"),
            (Policy::FastAutoAugment, "policy = \"fast-autoaugment\""),
        ] {
            let file = File { policy };
            assert_eq!(toml::to_string(&file).unwrap().trim(), text);
            assert_eq!(toml::from_str::<File>(text).unwrap(), file);
        }
        for text in ["policy = \"autoaugment\"", "policy = false", "policy = 1"] {
            assert!(toml::from_str::<File>(text).is_err(), "{text}");
        }
    }
}
