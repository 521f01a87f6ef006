//! Decoding a photo to pixels from our own coefficients: right for every layout that the standard allows.

use super::colour::{ColourModel, from_ycbcr, rounded};
use super::full;
use super::layout::Layout;
use super::planes::Plane;
use crate::cancel::CancelToken;
use crate::codec::memory::filled;
use crate::error::Result;

/// Decoded samples: rows without padding.
pub(in crate::codec::jpeg) enum Samples {
    Gray(Vec<u8>),
    Rgb(Vec<u8>),
    /// Cyan, magenta, yellow, black. `inverted`: 255 is no ink.
    Cmyk {
        samples: Vec<u8>,
        inverted: bool,
    },
}

/// Decodes a photo.
///
/// # Errors
/// [`ErrorKind::Decode`](crate::ErrorKind::Decode) where not all of it can be read; `LimitExceeded` where memory ends;
/// `Cancelled`.
pub(super) fn decode(
    layout: &Layout<'_>,
    model: ColourModel,
    cancel: &CancelToken,
) -> Result<Samples> {
    let coefficients = full::read(layout, cancel)?;
    let mut planes = Vec::new();
    for (component, blocks) in layout.components.iter().zip(coefficients) {
        planes.push(Plane::new(layout, component, &blocks, cancel)?);
    }
    let count = planes.len();
    let mut pixels = filled(0u8, layout.width * layout.height * count)?;
    let mut lines = filled(0u8, layout.width * count)?;
    for (y, out) in pixels.chunks_exact_mut(layout.width * count).enumerate() {
        cancel.check()?;
        for (plane, line) in planes.iter().zip(lines.chunks_exact_mut(layout.width)) {
            plane.row(y, line);
        }
        for (x, pixel) in out.chunks_exact_mut(count).enumerate() {
            for (component, value) in pixel.iter_mut().enumerate() {
                *value = lines[component * layout.width + x];
            }
            convert(model, pixel);
        }
    }
    Ok(match model {
        ColourModel::Gray => Samples::Gray(pixels),
        ColourModel::Rgb | ColourModel::YCbCr => Samples::Rgb(pixels),
        ColourModel::Cmyk { inverted } => Samples::Cmyk {
            samples: pixels,
            inverted,
        },
        ColourModel::Ycck => Samples::Cmyk {
            samples: pixels,
            inverted: true,
        },
    })
}

/// One pixel from a photo's components to red, green and blue, or to inks.
#[inline]
fn convert(model: ColourModel, pixel: &mut [u8]) {
    let (ColourModel::YCbCr | ColourModel::Ycck, [a, b, c, ..]) = (model, pixel) else {
        return;
    };
    let rgb = from_ycbcr([*a, *b, *c].map(f32::from)).map(rounded);
    let turn = if model == ColourModel::Ycck { 255 } else { 0 };
    [*a, *b, *c] = rgb.map(|value| value ^ turn);
}
