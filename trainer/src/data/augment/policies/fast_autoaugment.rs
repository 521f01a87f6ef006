//! Fast AutoAugment's policy for CIFAR-10 (Lim et al. 2019): 493 pairs of operations, one drawn per image.

use std::{str::FromStr, sync::LazyLock};

use super::{Op, either};
use crate::data::rng::Draw;

static POLICY: LazyLock<Vec<[Step; 2]>> = LazyLock::new(|| {
    let lines = include_str!("fast_autoaugment.txt").lines();
    let pairs = lines.filter(|line| !line.starts_with('#'));
    pairs.filter_map(pair).collect()
});

#[derive(Debug, Clone, Copy, PartialEq)]
struct Step {
    kind: Kind,
    probability: f32,
    level: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    ShearX,
    ShearY,
    TranslateX,
    TranslateY,
    Rotate,
    AutoContrast,
    Invert,
    Equalize,
    Solarize,
    Posterize,
    Contrast,
    Color,
    Brightness,
    Sharpness,
    Cutout,
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        Ok(match name {
            "ShearX" => Self::ShearX,
            "ShearY" => Self::ShearY,
            "TranslateX" => Self::TranslateX,
            "TranslateY" => Self::TranslateY,
            "Rotate" => Self::Rotate,
            "AutoContrast" => Self::AutoContrast,
            "Invert" => Self::Invert,
            "Equalize" => Self::Equalize,
            "Solarize" => Self::Solarize,
            "Posterize" => Self::Posterize,
            "Contrast" => Self::Contrast,
            "Color" => Self::Color,
            "Brightness" => Self::Brightness,
            "Sharpness" => Self::Sharpness,
            "Cutout" => Self::Cutout,
            _ => return Err(()),
        })
    }
}

fn pair(line: &str) -> Option<[Step; 2]> {
    let mut words = line.split_whitespace();
    let mut step = || {
        Some(Step {
            kind: words.next()?.parse().ok()?,
            probability: words.next()?.parse().ok()?,
            level: words.next()?.parse().ok()?,
        })
    };
    Some([step()?, step()?])
}

/// Applies a random pair of the policy.
pub(super) fn apply(image: &mut [u8], size: [usize; 2], draw: &mut Draw) {
    for step in POLICY[draw.below(POLICY.len())] {
        if draw.unit() <= step.probability {
            operation(step, size, draw).apply(image, size);
        }
    }
}

/// The authors' ranges. Geometric operations go either way, and their range is from one way to the other.
fn operation(Step { kind, level, .. }: Step, [height, width]: [usize; 2], draw: &mut Draw) -> Op {
    let range = |low: f32, high: f32| level * (high - low) + low;
    let enhance = range(0.1, 1.9);
    let mut both = |bound: f32| either(range(-bound, bound), draw);
    match kind {
        Kind::ShearX => Op::ShearX(both(0.3)),
        Kind::ShearY => Op::ShearY(both(0.3)),
        Kind::TranslateX => Op::TranslateX(both(0.45) * width as f32),
        Kind::TranslateY => Op::TranslateY(both(0.45) * height as f32),
        Kind::Rotate => Op::Rotate(both(30.0)),
        Kind::AutoContrast => Op::AutoContrast,
        Kind::Invert => Op::Invert,
        Kind::Equalize => Op::Equalize,
        Kind::Solarize => Op::Solarize(range(0.0, 256.0).ceil() as u16),
        Kind::Posterize => Op::Posterize(range(4.0, 8.0) as u8),
        Kind::Contrast => Op::Contrast(enhance),
        Kind::Color => Op::Colour(enhance),
        Kind::Brightness => Op::Brightness(enhance),
        Kind::Sharpness => Op::Sharpness(enhance),
        Kind::Cutout => Op::Cutout {
            side: range(0.0, 0.2) * width as f32,
            centre: [height, width].map(|length| draw.between(0.0, length as f32)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_policy_is_a_pair_within_bounds() {
        let text = include_str!("fast_autoaugment.txt").lines();
        assert_eq!(text.filter(|line| !line.starts_with('#')).count(), 493);
        assert_eq!(POLICY.len(), 493);
        let within = |x: f32| (0.0..=1.0).contains(&x);
        let steps = || POLICY.iter().flatten();
        assert!(steps().all(|s| within(s.probability) && within(s.level)));
        // Of the authors' list: the first pair, and how often two operations are in it.
        let of = |kind| steps().filter(|s| s.kind == kind).count();
        assert_eq!((of(Kind::Cutout), of(Kind::Solarize)), (79, 48));
        let first = POLICY[0].map(|s| (s.kind, s.probability, s.level));
        let wanted = [
            (Kind::Contrast, 0.83207, 0.49884),
            (Kind::TranslateX, 0.4185, 0.39402),
        ];
        assert_eq!(first, wanted);
    }
}
