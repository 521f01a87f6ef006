//! Operands of `Resize`.

use super::axis::Axis;
use super::operands::Operands;
use super::reader::Reader;
use crate::error::Result;

/// Most that a side may grow by.
const MAX_SCALE: f32 = 65536.0;

#[derive(Debug, Clone)]
pub(crate) struct Resize {
    pub(crate) x: String,
    size: Size,
    /// Those that `size` speaks of; `None`: all of them.
    axes: Option<Vec<Axis>>,
    pub(crate) filter: Filter,
    pub(crate) coordinates: Coordinates,
    /// Whether the window grows where pictures shrink.
    pub(crate) antialias: bool,
    /// Whether weights outside are dropped and the others made larger.
    pub(crate) exclude_outside: bool,
}

#[derive(Debug, Clone)]
enum Size {
    Scales(Vec<f32>),
    Sides(Vec<usize>),
}

/// How numbers between numbers are found.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Filter {
    Nearest(Nearest),
    Linear,
    /// With ONNX's `cubic_coeff_a`.
    Cubic(f32),
}

/// Which of two neighbours is nearest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nearest {
    Floor,
    Ceil,
    RoundPreferFloor,
    RoundPreferCeil,
}

/// Where a place of the result lies in the picture; names are ONNX's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coordinates {
    HalfPixel,
    HalfPixelSymmetric,
    PytorchHalfPixel,
    AlignCorners,
    Asymmetric,
}

/// What becomes of one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scaled {
    pub(crate) scale: f32,
    pub(crate) to: usize,
}

impl Operands for Resize {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let nearest = node.choice(
            "nearest_mode",
            &[
                ("round_prefer_floor", Nearest::RoundPreferFloor),
                ("round_prefer_ceil", Nearest::RoundPreferCeil),
                ("floor", Nearest::Floor),
                ("ceil", Nearest::Ceil),
            ],
        )?;
        node.choice("keep_aspect_ratio_policy", &[("stretch", ())])?;
        let axes = node.ints("axes").filter(|_| node.opset() >= 18);
        Ok(Self {
            x: node.operand(0)?,
            size: size(node)?,
            axes: axes.map(|axes| axes.iter().copied().map(Axis).collect()),
            filter: node.choice(
                "mode",
                &[
                    ("nearest", Filter::Nearest(nearest)),
                    ("linear", Filter::Linear),
                    ("cubic", Filter::Cubic(node.float("cubic_coeff_a", -0.75))),
                ],
            )?,
            coordinates: node.choice(
                "coordinate_transformation_mode",
                &[
                    ("half_pixel", Coordinates::HalfPixel),
                    ("half_pixel_symmetric", Coordinates::HalfPixelSymmetric),
                    ("pytorch_half_pixel", Coordinates::PytorchHalfPixel),
                    ("align_corners", Coordinates::AlignCorners),
                    ("asymmetric", Coordinates::Asymmetric),
                ],
            )?,
            antialias: node.flag("antialias"),
            exclude_outside: node.flag("exclude_outside"),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

/// Scales, or else sides.
fn size(node: &Reader<'_>) -> Result<Size> {
    if let Some(scales) = node.floats(2)?.filter(|scales| !scales.is_empty()) {
        let fits = |&scale: &f32| scale > 0.0 && scale <= MAX_SCALE;
        return match scales.iter().all(fits) {
            true => Ok(Size::Scales(scales)),
            false => Err(node.refuse(format!("its scales are {scales:?}"))),
        };
    }
    let sides = node.integers(3)?;
    let sides = sides.ok_or_else(|| node.refuse("it has neither scales nor sizes"))?;
    let whole: Option<Vec<usize>> = sides.iter().map(|&side| side.try_into().ok()).collect();
    whole
        .map(Size::Sides)
        .ok_or_else(|| node.refuse(format!("its sizes are {sides:?}")))
}

impl Resize {
    /// What becomes of each axis of `from`; `None` where the file has another number of axes, or a side becomes 0.
    pub(crate) fn along(&self, from: &[usize]) -> Option<Vec<Scaled>> {
        let axes = match &self.axes {
            Some(axes) => Axis::all(axes, from.len())?,
            None => (0..from.len()).collect(),
        };
        let same = |&to: &usize| Scaled { scale: 1.0, to };
        let mut all: Vec<Scaled> = from.iter().map(same).collect();
        let told = match &self.size {
            Size::Scales(scales) => scales.len(),
            Size::Sides(sides) => sides.len(),
        };
        for (i, &axis) in axes.iter().enumerate().take(told) {
            let side = from[axis] as f32;
            all[axis] = match &self.size {
                Size::Scales(scales) => Scaled {
                    scale: scales[i],
                    to: (side * scales[i]).floor() as usize,
                },
                Size::Sides(sides) => Scaled {
                    scale: sides[i] as f32 / side,
                    to: sides[i],
                },
            };
        }
        let whole = from.iter().all(|&side| side > 0) && all.iter().all(|axis| axis.to > 0);
        (axes.len() == told && whole).then_some(all)
    }
}
