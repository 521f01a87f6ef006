//! Training batches: random crop, flip and more, from 8-bit images to float32 in 0..1.
mod kornia;
mod mix;
mod policies;

pub use kornia::Ueraser;
pub use policies::Policy;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::resample::{Resampler, resample};
use super::rng::{Draw, Purpose};
use super::{Dataset, Position, colour};
use crate::error::{Error, Result, within};
use kornia::Operation;

/// What is done at random to each training image. The default is the common recipe for CIFAR-10: crop and flip.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// Zero pixels added at each edge before a crop back to the old size; 0 for no crop. Not used with `resized_crop`.
    pub crop_padding: usize,
    /// Whether half of the images are mirrored.
    pub flip: bool,
    /// Crop a share of the area in this range (aspect ratio 3:4 to 4:3), resized to the batch's size.
    pub resized_crop: Option<[f32; 2]>,
    /// Brightness, contrast and saturation each scaled by `1 - x .. 1 + x`; 0 to 1.
    pub colour_jitter: f32,
    /// The share of images turned gray; 0 to 1.
    pub grayscale: f32,
    /// The side of a square set to zero at a random place; 0 for none.
    pub cutout: usize,
    /// The policy of which a random pair of operations is applied first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
    /// Which of UEraser's (Qin et al. 2023) changes of light, channels and shape are applied last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ueraser: Option<Ueraser>,
    /// MixUp (Zhang et al. 2018): images and targets of a batch are mixed in pairs by a share drawn from
    /// Beta(`mix_up`, `mix_up`); 0 for none.
    #[serde(skip_serializing_if = "is_zero")]
    pub mix_up: f32,
    /// CutMix (Yun et al. 2019): a rectangle of a pair's other image is put in, of a share drawn from
    /// Beta(`cut_mix`, `cut_mix`); 0 for none.
    #[serde(skip_serializing_if = "is_zero")]
    pub cut_mix: f32,
}

fn is_zero(x: &f32) -> bool {
    *x == 0.0
}

impl Default for Augment {
    fn default() -> Self {
        Self {
            crop_padding: 4,
            flip: true,
            ..Self::none()
        }
    }
}

impl Augment {
    /// Nothing is done: what testing uses.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            crop_padding: 0,
            flip: false,
            resized_crop: None,
            colour_jitter: 0.0,
            grayscale: 0.0,
            cutout: 0,
            policy: None,
            ueraser: None,
            mix_up: 0.0,
            cut_mix: 0.0,
        }
    }

    /// The whole image is resized to the batch's size.
    #[must_use]
    pub const fn whole() -> Self {
        Self {
            resized_crop: Some([1.0, 1.0]),
            ..Self::none()
        }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`Error::Recipe`] naming field and value.
    pub fn validate(&self) -> Result<()> {
        let fail = |text: String| Err(Error::Recipe(text));
        if let Some([low, high]) = self.resized_crop
            && !(low > 0.0 && low <= high && high <= 1.0)
        {
            return fail(format!(
                "resized_crop = [{low}, {high}] must be two rising shares above 0, at most 1"
            ));
        }
        for (name, value) in [
            ("colour_jitter", self.colour_jitter),
            ("grayscale", self.grayscale),
        ] {
            within(name, f64::from(value), 0.0, 1.0)?;
        }
        for (name, value) in [("mix_up", self.mix_up), ("cut_mix", self.cut_mix)] {
            // Beta(value, value) is drawn by a method that rejects nearly everything for large ones.
            within(name, f64::from(value), 0.0, 2.0)?;
        }
        within("crop_padding", self.crop_padding as f64, 0.0, 1024.0)
    }

    /// Fills `out`, `[N, 3, height, width]` in 0..1, with the images at `indices` of `data`.
    ///
    /// The result depends on `position` and the place in the batch alone, whatever the number of threads.
    ///
    /// # Errors
    /// [`Error::Data`] for an index out of range, an `out` of the wrong length, or a size other than that of `data`
    /// without `resized_crop`.
    pub fn fill(
        &self,
        data: &Dataset,
        indices: &[u32],
        position: Position,
        [height, width]: [usize; 2],
        out: &mut [f32],
    ) -> Result<()> {
        let samples = 3 * height * width;
        self.check(data, indices, [height, width], out.len())?;
        let Position { seed, epoch, step } = position;
        let draw = |slot: usize| Draw::new(Purpose::Augment, seed, epoch, step, slot as u32);
        let ueraser = self.ueraser.map(|ueraser| {
            let mut draw = Draw::new(Purpose::Operation, seed, epoch, step, 0);
            (ueraser, Operation::drawn(&mut draw))
        });
        let image = |slot: usize| data.image(indices[slot] as usize);
        let one = |(slot, out): (usize, &mut [f32])| {
            let mut draw = draw(slot);
            let from = [data.height, data.width];
            self.one(image(slot), from, [height, width], &mut draw, out);
            if let Some((ueraser, operation)) = ueraser {
                ueraser.apply(out, [height, width], operation, &mut draw);
            }
        };
        if self.resized_crop.is_some() {
            out.par_chunks_exact_mut(samples).enumerate().for_each(one);
        } else {
            // Far below a millisecond: handing it to other threads would cost more.
            out.chunks_exact_mut(samples).enumerate().for_each(one);
        }
        Ok(())
    }

    fn check(&self, data: &Dataset, indices: &[u32], size: [usize; 2], out: usize) -> Result<()> {
        let fail = |what: String| Err(Error::data(&data.name, what));
        let [height, width] = size;
        if height * width == 0 || out != indices.len() * 3 * height * width {
            let n = indices.len();
            return fail(format!(
                "a batch of {n} images of 3x{height}x{width} does not fit {out} samples"
            ));
        }
        if self.resized_crop.is_none() && size != [data.height, data.width] {
            return fail(format!(
                "images are {}x{}, the batch is {height}x{width}: set resized_crop, or resize the data first",
                data.height, data.width
            ));
        }
        match indices.iter().find(|&&i| i as usize >= data.len()) {
            Some(i) => fail(format!("there is no image {i}: the set has {}", data.len())),
            None => Ok(()),
        }
    }

    fn one(
        &self,
        image: &[u8],
        from: [usize; 2],
        to: [usize; 2],
        draw: &mut Draw,
        out: &mut [f32],
    ) {
        let [height, width] = to;
        let mut changed;
        let image = match self.policy {
            Some(policy) => {
                changed = image.to_vec();
                policy.apply(&mut changed, from, draw);
                &changed[..]
            }
            None => image,
        };
        let flip = self.flip && draw.below(2) == 1;
        match self.resized_crop {
            Some(scale) => {
                let [top, left, rows, columns] = region(from, scale, draw);
                let rows = Resampler::new(from[0], top, rows, height);
                let columns = Resampler::new(from[1], left, columns, width);
                resample(image, &rows, &columns, out);
                if flip {
                    out.chunks_exact_mut(width).for_each(<[f32]>::reverse);
                }
            }
            None => {
                let shift = |draw: &mut Draw| {
                    let padding = self.crop_padding;
                    draw.below(2 * padding + 1) as isize - padding as isize
                };
                let (down, right) = (shift(draw), shift(draw));
                shifted(image, to, down, right, flip, out);
            }
        }
        if self.colour_jitter > 0.0 {
            colour::jitter(self.colour_jitter, draw, out);
        }
        if self.grayscale > 0.0 && draw.unit() < self.grayscale {
            colour::grayscale(out);
        }
        if self.cutout > 0 {
            cut_out(self.cutout, to, draw, out);
        }
    }
}

/// Copies the image moved by `down` rows and `right` columns, zero outside of it, then mirrored.
fn shifted(
    image: &[u8],
    [height, width]: [usize; 2],
    down: isize,
    right: isize,
    flip: bool,
    out: &mut [f32],
) {
    let first = right.clamp(0, width as isize) as usize;
    let end = (width as isize + right.min(0)).max(first as isize) as usize;
    for (i, out) in out.chunks_exact_mut(width).enumerate() {
        let (channel, y) = (i / height, (i % height) as isize - down);
        if y < 0 || y >= height as isize || first == end {
            out.fill(0.0);
            continue;
        }
        let row = &image[(channel * height + y as usize) * width..][..width];
        // Output column x shows input column x - right.
        let row = &row[(first as isize - right) as usize..][..end - first];
        let (first, end) = if flip {
            (width - end, width - first)
        } else {
            (first, end)
        };
        out[..first].fill(0.0);
        out[end..].fill(0.0);
        let out = &mut out[first..end];
        if flip {
            for (out, &sample) in out.iter_mut().zip(row.iter().rev()) {
                *out = f32::from(sample) / 255.0;
            }
        } else {
            for (out, &sample) in out.iter_mut().zip(row) {
                *out = f32::from(sample) / 255.0;
            }
        }
    }
}

/// `[top, left, rows, columns]` of a random region: area in `scale`, aspect ratio 3:4 to 4:3 (log-uniform); the whole
/// image where ten tries do not fit.
fn region([height, width]: [usize; 2], [low, high]: [f32; 2], draw: &mut Draw) -> [f32; 4] {
    let (height, width) = (height as f32, width as f32);
    for _ in 0..10 {
        let area = height * width * draw.between(low, high);
        let limit = (4.0_f32 / 3.0).ln();
        let aspect = draw.between(-limit, limit).exp();
        let (rows, columns) = ((area / aspect).sqrt(), (area * aspect).sqrt());
        if rows <= height && columns <= width {
            let top = draw.between(0.0, height - rows);
            let left = draw.between(0.0, width - columns);
            return [top, left, rows, columns];
        }
    }
    [0.0, 0.0, height, width]
}

/// Zeroes a square whose centre is anywhere in the image; parts outside are cut off.
fn cut_out(side: usize, [height, width]: [usize; 2], draw: &mut Draw, out: &mut [f32]) {
    let span = |draw: &mut Draw, length: usize| {
        let centre = draw.below(length);
        let start = centre.saturating_sub(side / 2);
        start..(centre + side.div_ceil(2)).min(length)
    };
    let (rows, columns) = (span(draw, height), span(draw, width));
    for plane in out.chunks_exact_mut(height * width) {
        for row in plane
            .chunks_exact_mut(width)
            .take(rows.end)
            .skip(rows.start)
        {
            row[columns.clone()].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests;
