//! Fast AutoAugment's policy for CIFAR-10 (Lim et al. 2019): 493 pairs of operations, one drawn per image.

use std::sync::LazyLock;

use serde::{Deserialize, de::IntoDeserializer, de::value::Error};

use super::kind::Kind;
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

fn pair(line: &str) -> Option<[Step; 2]> {
    let mut words = line.split_whitespace();
    let mut step = || {
        let name = IntoDeserializer::<Error>::into_deserializer(words.next()?);
        Some(Step {
            kind: Kind::deserialize(name).ok()?,
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
            let operation = step.kind.operation(scaled(step), size, draw);
            operation.apply(image, size);
        }
    }
}

/// The level within the authors' range, which for geometric operations is from one way to the other.
fn scaled(Step { kind, level, .. }: Step) -> f32 {
    let [low, high] = match kind {
        Kind::ShearX | Kind::ShearY => [-0.3, 0.3],
        Kind::TranslateX | Kind::TranslateY => [-0.45, 0.45],
        Kind::Rotate => [-30.0, 30.0],
        Kind::Solarize => [0.0, 256.0],
        Kind::Posterize => [4.0, 8.0],
        Kind::Contrast | Kind::Color | Kind::Brightness | Kind::Sharpness => [0.1, 1.9],
        Kind::Cutout => [0.0, 0.2],
        Kind::AutoContrast | Kind::Invert | Kind::Equalize => [0.0, 1.0],
    };
    level * (high - low) + low
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

    #[test]
    fn levels_lie_within_the_authors_ranges() {
        let at = |kind, level| {
            scaled(Step {
                kind,
                level,
                probability: 1.0,
            })
        };
        for (kind, level, wanted) in [
            (Kind::ShearX, 0.0, -0.3),
            (Kind::TranslateY, 1.0, 0.45),
            (Kind::Rotate, 0.75, 15.0),
            (Kind::Solarize, 0.5, 128.0),
            (Kind::Posterize, 0.25, 5.0),
            (Kind::Color, 0.5, 1.0),
            (Kind::Cutout, 0.5, 0.1),
        ] {
            let found = at(kind, level);
            assert!((found - wanted).abs() < 1e-5, "{kind:?}: {found}");
        }
    }
}
