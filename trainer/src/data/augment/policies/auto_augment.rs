//! AutoAugment's policy for CIFAR-10 (Cubuk et al. 2019, appendix): 25 pairs of operations, one drawn per image.

use super::{Op, either};
use crate::data::rng::Draw;

/// An operation's kind, the probability that it is applied in tenths, and its magnitude 0 to 9.
type Step = (Kind, u8, u8);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
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
    Colour,
    Brightness,
    Sharpness,
}

use Kind::{
    AutoContrast, Brightness, Colour, Contrast, Equalize, Invert, Posterize, Rotate, Sharpness,
    ShearY, Solarize, TranslateX, TranslateY,
};

const POLICY: [[Step; 2]; 25] = [
    [(Invert, 1, 7), (Contrast, 2, 6)],
    [(Rotate, 7, 2), (TranslateX, 3, 9)],
    [(Sharpness, 8, 1), (Sharpness, 9, 3)],
    [(ShearY, 5, 8), (TranslateY, 7, 9)],
    [(AutoContrast, 5, 8), (Equalize, 9, 2)],
    [(ShearY, 2, 7), (Posterize, 3, 7)],
    [(Colour, 4, 3), (Brightness, 6, 7)],
    [(Sharpness, 3, 9), (Brightness, 7, 9)],
    [(Equalize, 6, 5), (Equalize, 5, 1)],
    [(Contrast, 6, 7), (Sharpness, 6, 5)],
    [(Colour, 7, 7), (TranslateX, 5, 8)],
    [(Equalize, 3, 7), (AutoContrast, 4, 8)],
    [(TranslateY, 4, 3), (Sharpness, 2, 6)],
    [(Brightness, 9, 6), (Colour, 2, 8)],
    [(Solarize, 5, 2), (Invert, 0, 3)],
    [(Equalize, 2, 0), (AutoContrast, 6, 0)],
    [(Equalize, 2, 8), (Equalize, 6, 4)],
    [(Colour, 9, 9), (Equalize, 6, 6)],
    [(AutoContrast, 8, 4), (Solarize, 2, 8)],
    [(Brightness, 1, 3), (Colour, 7, 0)],
    [(Solarize, 4, 5), (AutoContrast, 9, 3)],
    [(TranslateY, 9, 9), (TranslateY, 7, 9)],
    [(AutoContrast, 9, 2), (Solarize, 8, 3)],
    [(Equalize, 8, 8), (Invert, 1, 3)],
    [(TranslateY, 7, 9), (AutoContrast, 9, 1)],
];

/// Applies a random pair of the policy.
pub(super) fn apply(image: &mut [u8], size: [usize; 2], draw: &mut Draw) {
    for (kind, tenths, magnitude) in POLICY[draw.below(POLICY.len())] {
        if draw.unit() * 10.0 < f32::from(tenths) {
            operation(kind, magnitude, size, draw).apply(image, size);
        }
    }
}

/// The authors' scaling of magnitudes; geometric operations go either way.
fn operation(kind: Kind, magnitude: u8, [height, width]: [usize; 2], draw: &mut Draw) -> Op {
    let share = f32::from(magnitude) / 10.0;
    let whole = |most: f32| (share * most).floor();
    let enhance = share * 1.8 + 0.1;
    let mut either = |x| either(x, draw);
    // Ten pixels of 32.
    let pixels = |side: usize| whole(10.0) * side as f32 / 32.0;
    match kind {
        ShearY => Op::ShearY(either(share * 0.3)),
        TranslateX => Op::TranslateX(either(pixels(width))),
        TranslateY => Op::TranslateY(either(pixels(height))),
        Rotate => Op::Rotate(either(whole(30.0))),
        AutoContrast => Op::AutoContrast,
        Invert => Op::Invert,
        Equalize => Op::Equalize,
        Solarize => Op::Solarize(256 - whole(256.0) as u16),
        Posterize => Op::Posterize(4 - whole(4.0) as u8),
        Contrast => Op::Contrast(enhance),
        Colour => Op::Colour(enhance),
        Brightness => Op::Brightness(enhance),
        Sharpness => Op::Sharpness(enhance),
    }
}
