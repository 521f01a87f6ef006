//! Protecting whole data sets with a generator, by the very code that protects photos on a phone.

use confounder::research::{self, blend_residual};
use confounder::{PixelLayout, PixelsMut, Residual, Strength};
use rayon::prelude::*;

use crate::{
    bank::upsampled,
    data::Dataset,
    engine::{Feed, Session},
    error::{Error, Result},
    nets::{CodeGenerator, Net, State, VisibilityMap},
    step::{BatchShape, generator_residual},
    train::logits,
};

/// Residuals of a data set: coarse, one per image.
#[derive(Debug, Clone, PartialEq)]
pub struct Residuals {
    /// Rows of a residual.
    pub height: usize,
    /// Columns of a residual.
    pub width: usize,
    /// Bound of their elements, in units of the sample range.
    pub epsilon: f32,
    /// `[N, 3, height, width]`, in units of the sample range.
    pub data: Vec<f32>,
}

impl Residuals {
    /// The residual of image `i`, `[3, height, width]`.
    pub fn of(&self, i: usize) -> &[f32] {
        let len = 3 * self.height * self.width;
        &self.data[i * len..(i + 1) * len]
    }

    /// The same residuals, that of image `i` taken from image `order[i]`.
    pub fn reordered(&self, order: &[u32]) -> Self {
        let data = order
            .iter()
            .flat_map(|&i| self.of(i as usize))
            .copied()
            .collect();
        Self { data, ..*self }
    }
}

/// A sample of 0..1 as 8 bits.
pub(crate) fn to_byte(x: f32) -> u8 {
    (x * 255.0).round().clamp(0.0, 255.0) as u8
}

/// Images per inference run.
const BATCH: usize = 100;

/// Runs G over a data set.
pub fn residuals(
    generator: &dyn Net,
    state: &State,
    epsilon: f32,
    data: &Dataset,
) -> Result<Residuals> {
    let shape = BatchShape {
        images: BATCH,
        height: data.height,
        width: data.width,
    };
    let graph = generator_residual(generator, state, shape);
    let &[_, _, height, width] = graph.shape(graph.outputs()[0].1) else {
        return Err(Error::Graph("a residual has four axes".into()));
    };
    let mut session = Session::exact(&graph, 1)?;
    let mut all = Vec::with_capacity(data.len() * 3 * height * width);
    let mut buffer = vec![0.0; BATCH * data.samples()];
    for start in (0..data.len()).step_by(BATCH) {
        let n = BATCH.min(data.len() - start);
        let bytes = &data.images[start * data.samples()..(start + n) * data.samples()];
        buffer
            .iter_mut()
            .zip(bytes)
            .for_each(|(x, &byte)| *x = f32::from(byte) / 255.0);
        let mut result = session.run(&[Feed {
            name: "image",
            shape: &shape.nchw(),
            data: &buffer,
        }])?;
        all.extend(&result.take("residual")?[..n * 3 * height * width]);
    }
    Ok(Residuals {
        height,
        width,
        epsilon,
        data: all,
    })
}

/// Adds the residuals, rounded to 8 bits as a phone does it. Returns the protected set and its PSNR in dB.
pub fn apply(data: &Dataset, residuals: &Residuals) -> Result<(Dataset, f64)> {
    let (h, w, samples) = (data.height, data.width, data.samples());
    let mut protected = data.clone();
    protected.name = format!("{} protected", data.name);
    let change: u64 = protected
        .images
        .par_chunks_mut(samples)
        .enumerate()
        .map(|(i, planes)| {
            let residual = research::residual(
                residuals.width,
                residuals.height,
                residuals.epsilon,
                residuals.of(i).to_vec(),
            )
            .map_err(|e| Error::Generator(Box::new(e)))?;
            add_to_planes(planes, [h, w], &residual)
        })
        .sum::<Result<u64>>()?;
    let psnr = psnr_db(change, data.len() * samples);
    Ok((protected, psnr))
}

/// PSNR in dB of 8-bit samples of which so many changed by so much squared in all.
pub(crate) fn psnr_db(squared: u64, samples: usize) -> f64 {
    let mse = squared as f64 / samples.max(1) as f64;
    10.0 * (255.0 * 255.0 / mse).log10()
}

/// Adds a residual to one planar image; returns the sum of squared change.
fn add_to_planes(planes: &mut [u8], [h, w]: [usize; 2], residual: &Residual) -> Result<u64> {
    let mut pixels: Vec<u8> = (0..h * w)
        .flat_map(|i| [planes[i], planes[h * w + i], planes[2 * h * w + i]])
        .collect();
    let fail = |e: confounder::Error| Error::Generator(Box::new(e));
    let mut view =
        PixelsMut::new(&mut pixels, w as u32, h as u32, 3 * w, PixelLayout::Rgb8).map_err(fail)?;
    let change = blend_residual(&mut view, residual, Strength::default()).map_err(fail)?;
    for (i, pixel) in pixels.chunks(3).enumerate() {
        pixel
            .iter()
            .enumerate()
            .for_each(|(c, &new)| planes[c * h * w + i] = new);
    }
    Ok(change.squared)
}

/// Mean squared change that rounding with dither adds: about a sixth of a squared 8-bit step.
const ROUNDING: f64 = 1.0 / (6.0 * 255.0 * 255.0);

/// Images that the amplitude is measured on.
const CALIBRATION_IMAGES: usize = 2000;

/// Scales the bank of `net` so that images protected with it have the PSNR `target` (dB), as far as the bound allows.
/// All patterns get the same norm.
pub fn calibrate(
    net: &CodeGenerator,
    recogniser: &State,
    data: &Dataset,
    target: f64,
) -> Result<Vec<f32>> {
    let mut codes: Vec<Vec<f64>> = Vec::new();
    logits(
        &net.recogniser,
        recogniser,
        data,
        CALIBRATION_IMAGES,
        |row| {
            codes.push(softmax(row, net.temperature));
        },
    )?;
    let wanted = 10f64.powf(-target / 10.0) - ROUNDING;
    let wanted = wanted / strengths_squared(net, data)?;
    let len = 2 * net.grid * net.grid;
    let mut bank = net.bank.clone();
    for _ in 0..20 {
        let patterns: Vec<Vec<f32>> = bank
            .chunks(len)
            .map(|p| upsampled(p, net.grid, [data.height, data.width], net.epsilon))
            .collect();
        let gram: Vec<Vec<f64>> = patterns
            .iter()
            .map(|a| patterns.iter().map(|b| mean_product(a, b)).collect())
            .collect();
        let mean_norm = (0..gram.len()).map(|k| gram[k][k].sqrt()).sum::<f64>() / gram.len() as f64;
        let energy =
            codes.iter().map(|p| quadratic(p, &gram)).sum::<f64>() / codes.len().max(1) as f64;
        let factor = (wanted.max(0.0) / energy).sqrt();
        for (k, pattern) in bank.chunks_mut(len).enumerate() {
            let own = (factor * mean_norm / gram[k][k].sqrt()) as f32;
            pattern
                .iter_mut()
                .for_each(|x| *x = (*x * own).clamp(-1.0, 1.0));
        }
    }
    Ok(bank)
}

/// The mean square of what [`VisibilityMap`] multiplies residuals by on the first images; 1 without.
fn strengths_squared(net: &CodeGenerator, data: &Dataset) -> Result<f64> {
    if !net.visibility {
        return Ok(1.0);
    }
    let map = VisibilityMap { grid: net.grid };
    let (mut sum, mut count) = (0.0, 0);
    logits(
        &map,
        &State::default(),
        data,
        CALIBRATION_IMAGES,
        |strengths| {
            sum += strengths.iter().map(|&x| f64::from(x * x)).sum::<f64>();
            count += strengths.len();
        },
    )?;
    Ok(sum / count.max(1) as f64)
}

/// Scales all patterns to one norm at which images protected with any of them have the PSNR `target` (dB).
pub fn uniform_amplitude(
    bank: &[f32],
    grid: usize,
    size: [usize; 2],
    epsilon: f32,
    target: f64,
) -> Vec<f32> {
    let wanted = (10f64.powf(-target / 10.0) - ROUNDING).max(0.0);
    let mut bank = bank.to_vec();
    for _ in 0..20 {
        for pattern in bank.chunks_mut(2 * grid * grid) {
            let whole = upsampled(pattern, grid, size, epsilon);
            let factor = (wanted / mean_product(&whole, &whole)).sqrt() as f32;
            pattern
                .iter_mut()
                .for_each(|x| *x = (*x * factor).clamp(-1.0, 1.0));
        }
    }
    bank
}

fn softmax(row: &[f32], temperature: f32) -> Vec<f64> {
    let top = row.iter().copied().fold(f32::MIN, f32::max);
    let weights: Vec<f64> = row
        .iter()
        .map(|x| f64::from((x - top) / temperature).exp())
        .collect();
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|w| w / sum).collect()
}

fn mean_product(a: &[f32], b: &[f32]) -> f64 {
    a.iter()
        .zip(b)
        .map(|(x, y)| f64::from(*x) * f64::from(*y))
        .sum::<f64>()
        / a.len() as f64
}

fn quadratic(p: &[f64], gram: &[Vec<f64>]) -> f64 {
    p.iter()
        .zip(gram)
        .map(|(a, row)| a * p.iter().zip(row).map(|(b, g)| b * g).sum::<f64>())
        .sum()
}
