//! Adding a coarse residual to a full-size photo: bilinear enlargement, dithering, addition and clamping in one pass.

pub(crate) mod coarse;
pub(crate) mod row;

use rayon::prelude::*;

use crate::cancel::CancelToken;
use crate::dither;
use crate::error::Result;
use crate::options::Strength;
use crate::pixels::{PixelLayout, PixelsMut};
use crate::residual::Residual;
use crate::sample::Stored;

use coarse::Coarse;

/// Rec. 601 luma of R, G and B.
const LUMA: [f64; 3] = [0.299, 0.587, 0.114];

/// How far a photo was changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Sum over all colour samples of (protected - original)^2, in units of the photo's own steps.
    pub squared: u64,
    /// How many colour samples there are: 3 a pixel, 1 where the photo is gray. Fully transparent pixels count too.
    pub samples: u64,
    /// The largest value of a sample: 255, or 65,535 for 16 bits.
    pub peak: u16,
}

impl Change {
    /// Peak signal-to-noise ratio in decibels, 10 log10(peak^2 / mean squared change); `None` where nothing changed.
    /// Ratios of 8-bit and 16-bit photos compare.
    pub fn psnr_db(self) -> Option<f64> {
        let peak = f64::from(self.peak);
        (self.squared > 0)
            .then(|| 10.0 * (peak * peak * self.samples as f64 / self.squared as f64).log10())
    }
}

/// Adds a residual to a photo in place.
///
/// The residual is enlarged over the whole photo (bilinear, half-pixel centres, clamped edges, as ONNX `Resize` does
/// it), scaled by the strength, dithered to the photo's depth and added; sums are clamped to 0..=peak, where the peak
/// is 255 or, for 16 bits, 65,535. Gray photos get the residual's luma (Rec. 601). The residual lies as the photo is
/// stored; alpha is untouched, and so is the colour of pixels whose alpha is 0.
///
/// With d = peak * strength * residual at a sample, the sample becomes floor(sample + d + t) with a fixed threshold
/// 0 <= t < 1 that depends on the position only. So no sample changes by more than ceil(peak * epsilon * strength),
/// a residual finer than one step keeps its mean, and the result is the same bytes on any number of threads and, being
/// computed in integers, on any machine.
///
/// # Errors
/// [`ErrorKind::Cancelled`](crate::ErrorKind::Cancelled), between two rows.
pub(crate) fn blend(
    pixels: &mut PixelsMut<'_>,
    residual: &Residual,
    strength: Strength,
    cancel: &CancelToken,
) -> Result<Change> {
    use PixelLayout::{Bgra8, Gray8, Gray16, GrayAlpha8, GrayAlpha16, Rgb8, Rgb16, Rgba8, Rgba16};
    let layout = pixels.layout();
    let blend = match layout {
        Gray8 => blend_rows::<u8, 1, false, 4, 16>,
        GrayAlpha8 => blend_rows::<u8, 2, true, 8, 32>,
        Rgb8 => blend_rows::<u8, 3, false, 12, 48>,
        Rgba8 | Bgra8 => blend_rows::<u8, 4, true, 16, 32>,
        Gray16 => blend_rows::<[u8; 2], 1, false, 4, 8>,
        GrayAlpha16 => blend_rows::<[u8; 2], 2, true, 8, 16>,
        Rgb16 => blend_rows::<[u8; 2], 3, false, 12, 24>,
        Rgba16 => blend_rows::<[u8; 2], 4, true, 16, 32>,
    };
    let colours = if layout.is_gray() { 1 } else { 3 };
    Ok(Change {
        samples: colours * pixels.width() as u64 * pixels.height() as u64,
        squared: blend(pixels, residual, strength, cancel)?,
        peak: layout.peak(),
    })
}

/// `SIZE` is samples per pixel, `WIDE` those of four pixels, `BLOCK` those of a block (8 or 16 pixels,
/// whichever was measured to be faster).
fn blend_rows<
    S: Stored,
    const SIZE: usize,
    const ALPHA: bool,
    const WIDE: usize,
    const BLOCK: usize,
>(
    pixels: &mut PixelsMut<'_>,
    residual: &Residual,
    strength: Strength,
    cancel: &CancelToken,
) -> Result<u64> {
    let steps = f64::from(strength.get()) * f64::from(S::PEAK);
    let layout = pixels.layout();
    let coarse = Coarse::new::<S>(residual, steps, |rgb| arrange::<SIZE>(rgb, layout));
    let segments = coarse.segments(pixels.width());
    let channels = std::array::from_fn(|i| i);
    let height = pixels.height();
    let (bytes, stride, row_bytes) = pixels.rows_mut();
    let rows = bytes.par_chunks_mut(stride).enumerate().with_min_len(8);
    rows.map_init(
        || coarse.line(),
        |line, (y, row)| {
            cancel.check()?;
            coarse.interpolate(y, height, line);
            let row = S::of_mut(&mut row[..row_bytes]);
            let phase = dither::row(y);
            Ok(row::blend_row::<S, SIZE, ALPHA, WIDE, BLOCK>(
                row, line, &segments, channels, phase,
            ))
        },
    )
    .try_reduce(|| 0, |a: u64, b| Ok(a.saturating_add(b)))
}

/// What the samples of a pixel get: gray its luma, alpha nothing.
fn arrange<const SIZE: usize>(rgb: [f32; 3], layout: PixelLayout) -> [f64; SIZE] {
    let rgb = rgb.map(f64::from);
    let mut pixel = [0.0; SIZE];
    if layout.is_gray() {
        pixel[0] = rgb
            .iter()
            .zip(LUMA)
            .map(|(value, weight)| value * weight)
            .sum();
    } else {
        for (value, offset) in rgb.into_iter().zip(layout.rgb_offsets()) {
            pixel[offset] = value;
        }
    }
    pixel
}
