//! AutoAugment's policy for CIFAR-10 (Cubuk et al. 2019, appendix): 25 pairs of operations, one drawn per image.

use super::kind::Kind;
use crate::data::rng::Draw;

/// An operation's kind, the probability that it is applied in tenths, and its magnitude 0 to 9.
type Step = (Kind, u8, u8);

use Kind::{
    AutoContrast, Brightness, Color, Contrast, Equalize, Invert, Posterize, Rotate, Sharpness,
    ShearY, Solarize, TranslateX, TranslateY,
};

const POLICY: [[Step; 2]; 25] = [
    [(Invert, 1, 7), (Contrast, 2, 6)],
    [(Rotate, 7, 2), (TranslateX, 3, 9)],
    [(Sharpness, 8, 1), (Sharpness, 9, 3)],
    [(ShearY, 5, 8), (TranslateY, 7, 9)],
    [(AutoContrast, 5, 8), (Equalize, 9, 2)],
    [(ShearY, 2, 7), (Posterize, 3, 7)],
    [(Color, 4, 3), (Brightness, 6, 7)],
    [(Sharpness, 3, 9), (Brightness, 7, 9)],
    [(Equalize, 6, 5), (Equalize, 5, 1)],
    [(Contrast, 6, 7), (Sharpness, 6, 5)],
    [(Color, 7, 7), (TranslateX, 5, 8)],
    [(Equalize, 3, 7), (AutoContrast, 4, 8)],
    [(TranslateY, 4, 3), (Sharpness, 2, 6)],
    [(Brightness, 9, 6), (Color, 2, 8)],
    [(Solarize, 5, 2), (Invert, 0, 3)],
    [(Equalize, 2, 0), (AutoContrast, 6, 0)],
    [(Equalize, 2, 8), (Equalize, 6, 4)],
    [(Color, 9, 9), (Equalize, 6, 6)],
    [(AutoContrast, 8, 4), (Solarize, 2, 8)],
    [(Brightness, 1, 3), (Color, 7, 0)],
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
            kind.operation(scaled(kind, magnitude), size, draw)
                .apply(image, size);
        }
    }
}

/// The authors' scaling of magnitudes.
fn scaled(kind: Kind, magnitude: u8) -> f32 {
    let share = f32::from(magnitude) / 10.0;
    let whole = |most: f32| (share * most).floor();
    match kind {
        Kind::ShearX | ShearY => share * 0.3,
        // Ten pixels of 32.
        TranslateX | TranslateY => whole(10.0) / 32.0,
        Rotate => whole(30.0),
        Solarize => 256.0 - whole(256.0),
        Posterize => 4.0 - whole(4.0),
        Contrast | Color | Brightness | Sharpness => share * 1.8 + 0.1,
        AutoContrast | Invert | Equalize | Kind::Cutout => 0.0,
    }
}
