//! Telling from its pixels whether a photo was protected.
//!
//! The generator draws the same residual for a photo before and after it was protected (it recognises the same thing
//! in both), so the residual can be looked for: is it in the photo's smooth colour? Photos have smooth colour of
//! their own, so the answer is statistical. See [`Detection`] for what was measured.

mod spectrum;

use serde::Serialize;

use crate::cancel::CancelToken;
use crate::downscale;
use crate::error::Result;
use crate::orientation::Orientation;
use crate::pixels::Pixels;
use crate::protector::Protector;
use crate::residual::Residual;
use crate::working::WorkingColour;
use spectrum::{dot, whitened};

/// How photos with and without a generator's residual spread, by `core/examples/detection.rs`.
struct Spread {
    /// SHA-256 of the generator.
    generator: &'static str,
    /// The probability of having been protected is 1 / (1 + exp(-(offset + slope * evidence))), half of all photos being so.
    /// Theory would have 0 and 1.
    offset: f64,
    slope: f64,
    /// Share of wrong ones among the verdicts `likely` and `unlikely`, the worst of those measured; see [`Detection`].
    error_rate: f64,
    /// The amplitudes of 95 of 100 photos without the residual.
    without: [f64; 2],
}

/// The generators of this crate: the bundled one, and the compact one.
const SPREADS: [Spread; 2] = [
    Spread {
        generator: "815217b4800ea8e86fd218819f77f83d038e6160f8948454b8d12b1fc1777a66",
        offset: 0.1,
        slope: 0.2,
        error_rate: 0.1,
        without: [-0.64, 0.97],
    },
    Spread {
        generator: "3aa339ff93477e9d540c9450441c6ce0dac3a14a7cb171ecd4a5da0bfcb52a0b",
        offset: 0.56,
        slope: 0.073,
        error_rate: 0.05,
        without: [-0.28, 0.26],
    },
];

/// Above this probability the verdict is [`Verdict::Likely`], below 1 less this [`Verdict::Unlikely`].
const CERTAIN: f64 = 0.9;

/// A photo must have this many pixels to one of the residual along each side, else its colour says nothing.
const PIXELS_PER_SAMPLE: usize = 2;

/// Evidence beyond this is cut; it comes up only for photos without colour.
const MAX_EVIDENCE: f64 = 100.0;

/// How strongly a generator's residual is in a photo, and what follows from that.
///
/// What the bundled generator's verdicts are worth was measured with `core/examples/detection.rs` at strength 1, every
/// photo once with and once without the residual:
///
/// | photos | area under the curve | without a verdict | wrong verdicts |
/// |---|---|---|---|
/// | 600 of ten kinds that it knows, not seen in training, 224 px | 0.989 | 12 % | 0.9 % |
/// | ... after JPEG 75, 4:2:0 | 0.988 | 11 % | 1.0 % |
/// | ... scaled down to half | 0.986 | 12 % | 1.0 % |
/// | 59 photos of cameras and test pictures of all kinds | 0.977 | 32 % | 1.3 % |
/// | ... after JPEG 75, 4:2:0 | 0.928 | 32 % | 5.0 % |
///
/// A single photo is weak evidence: where a verdict is forced on all, at least 1.7 % of the first and 8.5 % of the last
/// are wrong.
/// Below strength 1 fewer protected photos are recognised.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Detection {
    /// How much of the residual the photo holds: 0 none, 1 as much as strength 1 adds. Around 0 in photos without it,
    /// with a spread that comes from the photo's own colours. In JSON: `score`.
    #[serde(rename = "score")]
    pub amplitude: f64,
    /// The range in which the amplitude lies for 95 of 100 photos without the residual; `None` where not measured.
    pub without: Option<[f64; 2]>,
    /// How much better the photo's colour is explained with the residual in it than without: the logarithm of the
    /// likelihood ratio, 0 for no difference, within ±100.
    pub evidence: f64,
    /// The probability that the photo was protected, 0 to 1, for photos of which half are. `None` for generators
    /// whose spread was not measured.
    pub probability: Option<f64>,
    /// The probability in a word.
    pub verdict: Verdict,
    /// The share of wrong verdicts among those that say `likely` or `unlikely`, 0 to 1, as measured (above) and rounded up;
    /// `None` for other verdicts.
    pub error_rate: Option<f64>,
}

/// Whether a photo was protected with a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Verdict {
    /// It probably was.
    Likely,
    /// It probably was not.
    Unlikely,
    /// The photo's own colours allow no answer, or it is too small to hold the residual.
    CannotTell,
    /// How photos spread with and without the residual was not measured for this generator.
    NotMeasured,
}

impl Protector {
    /// Looks for this generator's residual in a photo whose pixels are stored in the orientation given.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`](crate::ErrorKind::Engine) where the generator fails or breaks its bound;
    /// [`ErrorKind::LimitExceeded`](crate::ErrorKind::LimitExceeded) where the working grid would be too large.
    ///
    /// ```
    /// # #[cfg(feature = "bundled-generator")] {
    /// use confounder::{Orientation, PixelLayout, Pixels, Protector, ProtectorOptions, Verdict};
    ///
    /// let protector = Protector::bundled(ProtectorOptions::new())?;
    /// let gray = vec![120; 320 * 240 * 3];
    /// let pixels = Pixels::new(&gray, 320, 240, 320 * 3, PixelLayout::Rgb8)?;
    /// let detection = protector.detect(&pixels, Orientation::Upright)?;
    /// assert_eq!(detection.verdict, Verdict::Unlikely);
    /// # }
    /// # Ok::<(), confounder::Error>(())
    /// ```
    pub fn detect(&self, pixels: &Pixels<'_>, orientation: Orientation) -> Result<Detection> {
        self.detect_in(pixels, orientation, None)
    }

    /// [`detect`](Self::detect) for samples in another colour space than sRGB. The residual is looked for where it was
    /// added, in the photo's own space.
    pub(crate) fn detect_in(
        &self,
        pixels: &Pixels<'_>,
        orientation: Orientation,
        colour: Option<&dyn WorkingColour>,
    ) -> Result<Detection> {
        let residual = self.residual_in(pixels, orientation, colour)?;
        let size = (residual.width(), residual.height());
        let planes = self.install(|| downscale::to_planes(pixels, size, &CancelToken::new()))?;
        let large = pixels.width() >= PIXELS_PER_SAMPLE * size.0
            && pixels.height() >= PIXELS_PER_SAMPLE * size.1;
        let hash = self.generator().sha256();
        let spread = SPREADS.iter().find(|spread| spread.generator == hash);
        Ok(judge(compare(&planes, &residual), large, spread))
    }
}

/// Amplitude and evidence; `None` where the residual has no chroma that varies.
///
/// With the photo's whitened chroma c and the residual's r, n numbers each, the amplitude is <c, r> / <r, r>, the
/// least-squares fit. Without the residual c, with it c - r is the photo's own chroma, n independent numbers of one
/// unknown spread; the likelihood ratio of the two at their best spreads is (|c|^2 / |c - r|^2)^(n / 2).
fn compare(planes: &[f32], residual: &Residual) -> Option<(f64, f64)> {
    let size = (residual.width(), residual.height());
    let chroma = whitened(planes, size);
    let wanted = whitened(&as_seen(residual), size);
    let energy = dot(&wanted, &wanted);
    if energy <= f64::EPSILON {
        return None;
    }
    let own: Vec<f64> = chroma.iter().zip(&wanted).map(|(c, r)| c - r).collect();
    // The two coefficients of the mean are always 0.
    let count = chroma.len().saturating_sub(2) as f64;
    let ratio =
        dot(&chroma, &chroma).max(f64::MIN_POSITIVE) / dot(&own, &own).max(f64::MIN_POSITIVE);
    let evidence = (count / 2.0 * ratio.ln()).clamp(-MAX_EVIDENCE, MAX_EVIDENCE);
    Some((dot(&chroma, &wanted) / energy, evidence))
}

/// The residual as the area average of a photo shows it: enlarged bilinearly and averaged over cells of its own grid,
/// a sample becomes 3/4 of itself and 1/8 of each neighbour, along both axes; edges are repeated.
fn as_seen(residual: &Residual) -> Vec<f32> {
    let (width, height) = (residual.width(), residual.height());
    let mix = |before: f32, here: f32, after: f32| 0.75 * here + 0.125 * (before + after);
    let mut seen = Vec::with_capacity(residual.planes().len());
    for plane in residual.planes().chunks_exact(width * height) {
        let across = |y: usize, x: usize| {
            let row = &plane[y * width..][..width];
            mix(
                row[x.saturating_sub(1)],
                row[x],
                row[(x + 1).min(width - 1)],
            )
        };
        for y in 0..height {
            let (above, below) = (y.saturating_sub(1), (y + 1).min(height - 1));
            seen.extend((0..width).map(|x| mix(across(above, x), across(y, x), across(below, x))));
        }
    }
    seen
}

fn judge(found: Option<(f64, f64)>, large: bool, spread: Option<&Spread>) -> Detection {
    let (amplitude, evidence) = found.unwrap_or_default();
    let mut detection = Detection {
        amplitude,
        without: spread.map(|spread| spread.without),
        evidence,
        probability: None,
        verdict: Verdict::NotMeasured,
        error_rate: None,
    };
    let Some(spread) = spread else {
        return detection;
    };
    detection.verdict = Verdict::CannotTell;
    if found.is_none() || !large {
        return detection;
    }
    let probability = 1.0 / (1.0 + (-(spread.offset + spread.slope * evidence)).exp());
    detection.probability = Some(probability);
    if probability >= CERTAIN {
        detection.verdict = Verdict::Likely;
    } else if probability <= 1.0 - CERTAIN {
        detection.verdict = Verdict::Unlikely;
    } else {
        return detection;
    }
    detection.error_rate = Some(spread.error_rate);
    detection
}

#[cfg(test)]
mod tests;
