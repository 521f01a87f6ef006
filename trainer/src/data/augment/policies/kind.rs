//! Operations as policies name them.

use serde::Deserialize;

use super::ops::Op;
use crate::data::rng::Draw;

/// A kind of operation, by the name that the policies' authors give it.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) enum Kind {
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

impl Kind {
    /// The operation on images of `[height, width]`. `v` is what the operation takes, but for translations and squares, whose
    /// unit are the image's extents, and the width. Geometric operations go either way, squares anywhere.
    pub(super) fn operation(self, v: f32, [height, width]: [usize; 2], draw: &mut Draw) -> Op {
        let mut either = |x: f32| if draw.below(2) == 1 { -x } else { x };
        match self {
            Self::ShearX => Op::ShearX(either(v)),
            Self::ShearY => Op::ShearY(either(v)),
            Self::TranslateX => Op::TranslateX(either(v) * width as f32),
            Self::TranslateY => Op::TranslateY(either(v) * height as f32),
            Self::Rotate => Op::Rotate(either(v)),
            Self::AutoContrast => Op::AutoContrast,
            Self::Invert => Op::Invert,
            Self::Equalize => Op::Equalize,
            Self::Solarize => Op::Solarize(v.ceil() as u16),
            Self::Posterize => Op::Posterize(v as u8),
            Self::Contrast => Op::Contrast(v),
            Self::Color => Op::Colour(v),
            Self::Brightness => Op::Brightness(v),
            Self::Sharpness => Op::Sharpness(v),
            Self::Cutout => Op::Cutout {
                side: v * width as f32,
                centre: [height, width].map(|length| draw.between(0.0, length as f32)),
            },
        }
    }
}
