//! Adding a coarse residual to a full-size photo: bilinear enlargement, dithering, addition and clamping in one pass.

use rayon::prelude::*;

use crate::cancel::CancelToken;
use crate::dither;
use crate::error::Result;
use crate::options::Strength;
use crate::pixels::{PixelLayout, PixelsMut};
use crate::residual::Residual;

/// Pixels worked on at once: 12 or 16 samples, whole vectors on every machine.
const BLOCK: usize = 4;

/// Longest run of pixels whose squared changes are summed in 32 bits: 2^15 * 255^2 < 2^32.
const LONGEST_RUN: usize = 1 << 15;

/// Adding 1.5 * 2^23 to a float of modest size leaves it rounded to an integer in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

/// How far a photo was changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Sum over all R, G and B samples of (protected - original)^2, in units of 8-bit steps.
    pub squared: u64,
    /// How many samples there are: 3 a pixel.
    pub samples: u64,
}

impl Change {
    /// Peak signal-to-noise ratio in decibels, 10 log10(255^2 / mean squared change); `None` where nothing changed.
    pub fn psnr_db(self) -> Option<f64> {
        (self.squared > 0)
            .then(|| 10.0 * (255.0 * 255.0 * self.samples as f64 / self.squared as f64).log10())
    }
}

/// Adds a residual to a photo in place.
///
/// The residual is enlarged over the whole photo (bilinear, half-pixel centres, clamped edges, as ONNX `Resize` does
/// it), scaled by the strength, dithered to 8 bits and added; sums are clamped to 0..=255. The residual lies as the
/// photo is stored; alpha is untouched.
///
/// With d = 255 * strength * residual at a sample, the sample becomes floor(sample + d + t) with a fixed threshold
/// 0 < t < 1 that depends on the position only. So no sample changes by more than ceil(255 * epsilon * strength),
/// a residual finer than one 8-bit step keeps its mean, and the result is the same bytes on any number of threads.
///
/// # Errors
/// None at present; the signature leaves room for limits.
///
/// ```
/// use confounder::{PixelLayout, PixelsMut, Residual, Strength, blend_residual};
///
/// let mut photo = vec![128; 64 * 48 * 3];
/// let mut pixels = PixelsMut::new(&mut photo, 64, 48, 64 * 3, PixelLayout::Rgb8)?;
/// let residual = Residual::new(1, 1, 8.0 / 255.0, vec![0.02, 0.0, -0.02])?;
/// let change = blend_residual(&mut pixels, &residual, Strength::default())?;
/// assert!(change.psnr_db().is_some_and(|db| db > 34.0));
/// # Ok::<(), confounder::Error>(())
/// ```
pub fn blend_residual(
    pixels: &mut PixelsMut<'_>,
    residual: &Residual,
    strength: Strength,
) -> Result<Change> {
    blend(pixels, residual, strength, &CancelToken::new())
}

/// [`blend_residual`], giving up between two rows where cancelled.
pub(crate) fn blend(
    pixels: &mut PixelsMut<'_>,
    residual: &Residual,
    strength: Strength,
    cancel: &CancelToken,
) -> Result<Change> {
    let samples = 3 * pixels.width() as u64 * pixels.height() as u64;
    let squared = match pixels.layout() {
        PixelLayout::Rgb8 => blend_rows::<3, { 3 * BLOCK }>(pixels, residual, strength, cancel),
        PixelLayout::Rgba8 | PixelLayout::Bgra8 => {
            blend_rows::<4, { 4 * BLOCK }>(pixels, residual, strength, cancel)
        }
    }?;
    Ok(Change { squared, samples })
}

/// `SIZE` is bytes per pixel, `WIDE` samples per block.
fn blend_rows<const SIZE: usize, const WIDE: usize>(
    pixels: &mut PixelsMut<'_>,
    residual: &Residual,
    strength: Strength,
    cancel: &CancelToken,
) -> Result<u64> {
    let channels: [usize; SIZE] = std::array::from_fn(|channel| channel);
    let columns = Columns::new(pixels.width(), residual.width(), &channels);
    let coarse = Coarse::<SIZE>::new(residual, strength, pixels.layout());
    let height = pixels.height();
    let (bytes, stride, row_bytes) = pixels.rows_mut();
    let rows = bytes.par_chunks_mut(stride).enumerate().with_min_len(8);
    rows.map_init(
        || vec![[0.0f32; SIZE]; residual.width()],
        |line, (y, row)| {
            cancel.check()?;
            coarse.interpolate(y, height, line);
            Ok(blend_row::<SIZE, WIDE>(
                &mut row[..row_bytes],
                line,
                &columns,
                dither::row(y),
            ))
        },
    )
    .try_reduce(|| 0, |a, b| Ok(a + b))
}

/// The position `i` of `to` samples on `from` samples: the left neighbour and how far to its right.
pub(crate) fn position(i: usize, from: usize, to: usize) -> (usize, f32) {
    let centre = ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, (from - 1) as f64);
    (centre as usize, centre.fract() as f32)
}

/// What is the same in every row.
pub(crate) struct Columns {
    /// Runs of pixels between the same two residual columns: end (exclusive) and left column.
    runs: Vec<(usize, usize)>,
    /// Per sample: how far to the right of the left column.
    fraction: Vec<f32>,
    /// Per sample: the dither phase of its column and channel.
    phase: Vec<u32>,
}

impl Columns {
    /// `channels` are the dither channels of the samples of a pixel.
    pub(crate) fn new(width: usize, coarse: usize, channels: &[usize]) -> Self {
        let size = channels.len();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        let mut fraction = Vec::with_capacity(width * size);
        let mut phase = Vec::with_capacity(width * size);
        for x in 0..width {
            let (left, part) = position(x, coarse, width);
            match runs.last_mut() {
                Some((end, column)) if *column == left && x % LONGEST_RUN != 0 => *end = x + 1,
                _ => runs.push((x + 1, left)),
            }
            fraction.extend(std::iter::repeat_n(part, size));
            phase.extend(channels.iter().map(|&channel| dither::column(x, channel)));
        }
        Self {
            runs,
            fraction,
            phase,
        }
    }

    /// Per pixel of one sample: the left residual column, how far to its right, and the dither phase.
    pub(crate) fn positions(&self) -> impl Iterator<Item = (usize, f32, u32)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|&(end, _)| end));
        let left = starts
            .zip(&self.runs)
            .flat_map(|(start, &(end, left))| std::iter::repeat_n(left, end - start));
        let rest = self.fraction.iter().zip(&self.phase);
        left.zip(rest)
            .map(|(left, (&fraction, &phase))| (left, fraction, phase))
    }
}

/// The residual in 8-bit steps, interleaved as the photo is, alpha 0.
struct Coarse<const SIZE: usize> {
    samples: Vec<[f32; SIZE]>,
    width: usize,
    height: usize,
}

impl<const SIZE: usize> Coarse<SIZE> {
    fn new(residual: &Residual, strength: Strength, layout: PixelLayout) -> Self {
        let scale = 255.0 * strength.get();
        let offsets = layout.rgb_offsets();
        let mut samples = vec![[0.0; SIZE]; residual.width() * residual.height()];
        for (channel, &offset) in offsets.iter().enumerate() {
            for (pixel, &value) in samples.iter_mut().zip(residual.plane(channel)) {
                pixel[offset] = value * scale;
            }
        }
        Self {
            samples,
            width: residual.width(),
            height: residual.height(),
        }
    }

    /// The coarse line of row `y` of `height`, interpolated vertically.
    fn interpolate(&self, y: usize, height: usize, line: &mut [[f32; SIZE]]) {
        let (above, part) = position(y, self.height, height);
        let below = (above + 1).min(self.height - 1);
        let upper = &self.samples[above * self.width..][..self.width];
        let lower = &self.samples[below * self.width..][..self.width];
        for ((to, a), b) in line.iter_mut().zip(upper).zip(lower) {
            *to = std::array::from_fn(|c| a[c] + (b[c] - a[c]) * part);
        }
    }
}

/// Blends one row and returns the sum of squared changes.
pub(crate) fn blend_row<const SIZE: usize, const WIDE: usize>(
    row: &mut [u8],
    line: &[[f32; SIZE]],
    columns: &Columns,
    row_phase: u32,
) -> u64 {
    let mut squared = [0u32; WIDE];
    let (mut total, mut start, mut summed) = (0, 0, 0);
    for &(end, left) in &columns.runs {
        let right = (left + 1).min(line.len() - 1);
        let base: [f32; WIDE] = std::array::from_fn(|i| line[left][i % SIZE]);
        let slope: [f32; WIDE] =
            std::array::from_fn(|i| line[right][i % SIZE] - line[left][i % SIZE]);
        let range = start * SIZE..end * SIZE;
        let (blocks, rest) = row[range.clone()].as_chunks_mut::<WIDE>();
        let (fractions, last_fractions) = columns.fraction[range.clone()].as_chunks::<WIDE>();
        let (phases, last_phases) = columns.phase[range].as_chunks::<WIDE>();
        for ((block, fraction), phase) in blocks.iter_mut().zip(fractions).zip(phases) {
            for i in 0..WIDE {
                let value = base[i] + slope[i] * fraction[i];
                squared[i] += add(&mut block[i], value, phase[i].wrapping_add(row_phase));
            }
        }
        for (i, sample) in rest.iter_mut().enumerate() {
            let value = base[i] + slope[i] * last_fractions[i];
            squared[i] += add(sample, value, last_phases[i].wrapping_add(row_phase));
        }
        start = end;
        if end - summed >= LONGEST_RUN {
            total += squared.iter().map(|&lane| u64::from(lane)).sum::<u64>();
            (squared, summed) = ([0; WIDE], end);
        }
    }
    total + squared.iter().map(|&lane| u64::from(lane)).sum::<u64>()
}

/// floor(sample + value + t), clamped; returns the squared change.
#[inline(always)]
fn add(sample: &mut u8, value: f32, phase: u32) -> u32 {
    let rounded = value + dither::centred(phase) + ROUND;
    let step = rounded.to_bits().wrapping_sub(ROUND.to_bits()) as i16;
    let before = i16::from(*sample);
    let after = (before + step).clamp(0, 255);
    *sample = after as u8;
    let change = i32::from(after - before);
    (change * change) as u32
}
