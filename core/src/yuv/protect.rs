//! Adding the residual to the chroma planes of a frame.

use std::time::Instant;

use rayon::prelude::*;

use super::colour::SampleDepth;
use super::frame::{Chroma, YuvMut};
use super::grid;
use super::plane::{Shape, ten};
use super::row::{Columns, blend_row, position};
use crate::cancel::CancelToken;
use crate::dither;
use crate::error::{Error, ErrorKind, Result};
use crate::options::ProtectOptions;
use crate::orientation::Orientation;
use crate::protector::{Protector, check_limits};
use crate::report::{Report, Timings};
use crate::residual::Residual;

impl Protector {
    /// Protects a YUV frame in place whose samples are stored in the orientation given: only chroma is changed, luma
    /// and padding stay bit by bit.
    ///
    /// The residual is enlarged over the chroma planes, whose samples are taken to lie in the middle of the luma samples
    /// that share them, scaled to the frame's range, dithered and added; sums are clamped to what a sample can hold. The
    /// dither depends on position and on Cb or Cr only, so every layout of the same frame gives the same chroma.
    /// The report's PSNR is that of all stored samples, luma included.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`] for a generator whose residual has luma ([`Generator::chroma`](crate::Generator::chroma));
    /// otherwise as [`protect_pixels_oriented`](Self::protect_pixels_oriented).
    pub fn protect_yuv(
        &self,
        frame: &mut YuvMut<'_>,
        orientation: Orientation,
        options: &ProtectOptions,
    ) -> Result<Report> {
        options.check()?;
        check_limits((frame.width, frame.height), &options.limits)?;
        if !self.generator().chroma() {
            return Err(Error::new(
                ErrorKind::InvalidOptions,
                format!(
                    "the residual of the generator {:?} has luma; YUV frames need one of chroma only, or convert the frame to RGB",
                    self.generator().name()
                ),
            ));
        }
        self.install(|| self.run_yuv(frame, orientation, options))
    }

    fn run_yuv(
        &self,
        frame: &mut YuvMut<'_>,
        orientation: Orientation,
        options: &ProtectOptions,
    ) -> Result<Report> {
        let cancel = &options.cancel;
        let mut timings = Timings::default();
        let started = Instant::now();
        let stored = self.stored_grid((frame.width, frame.height), orientation)?;
        let planes = grid::to_planes(frame, stored, cancel)?;
        timings.grid = started.elapsed();

        cancel.check()?;
        let started = Instant::now();
        let residual = self.residual_of(planes, stored, orientation)?;
        timings.generator = started.elapsed();

        cancel.check()?;
        let started = Instant::now();
        let squared = blend(frame, &residual, options.strength.get(), cancel)?;
        timings.blend = started.elapsed();
        let (columns, rows) = orientation.upright_size(stored.0, stored.1);
        Ok(Report {
            // The view was made from u32 sides, and the grid is bounded.
            width: frame.width as u32,
            height: frame.height as u32,
            grid: (columns as u32, rows as u32),
            engine: self.engine(),
            timings,
            psnr_db: psnr(frame, squared),
            jpeg: None,
            metadata: Vec::new(),
            notes: Vec::new(),
        })
    }
}

fn psnr(frame: &YuvMut<'_>, squared: u64) -> Option<f64> {
    let (columns, rows) = frame.format.sampling.chroma_size(frame.width, frame.height);
    let samples = (frame.width * frame.height + 2 * columns * rows) as f64;
    let peak = f64::from(frame.format.depth.largest());
    (squared > 0).then(|| 10.0 * (peak * peak * samples / squared as f64).log10())
}

/// Cb and Cr of the residual, in steps of the frame's samples, and where its lines lie.
struct Coarse {
    chroma: Vec<[f32; 2]>,
    width: usize,
    height: usize,
}

impl Coarse {
    /// The values of Cb and Cr on row `y` of `rows`.
    fn interpolate(&self, y: usize, rows: usize, line: &mut [[f32; 2]]) {
        let (above, part) = position(y, self.height, rows);
        let below = (above + 1).min(self.height - 1);
        let upper = &self.chroma[above * self.width..][..self.width];
        let lower = &self.chroma[below * self.width..][..self.width];
        for ((to, a), b) in line.iter_mut().zip(upper).zip(lower) {
            *to = std::array::from_fn(|c| a[c] + (b[c] - a[c]) * part);
        }
    }
}

/// Returns the sum of squared changes, in steps of the frame's samples.
fn blend(
    frame: &mut YuvMut<'_>,
    residual: &Residual,
    strength: f32,
    cancel: &CancelToken,
) -> Result<u64> {
    let format = frame.format;
    let scale = strength * format.chroma_scale().1;
    let planes = [0, 1, 2].map(|channel| residual.plane(channel));
    let chroma = (0..planes[0].len())
        .map(|i| {
            format
                .chroma(planes.map(|plane| plane[i]))
                .map(|value| value * scale)
        })
        .collect();
    let coarse = Coarse {
        chroma,
        width: residual.width(),
        height: residual.height(),
    };
    match &mut frame.chroma {
        Chroma::Separate { shape, cb, cr } => {
            let cb = blend_one(cb, *shape, (0, 0), &coarse, cancel)?;
            Ok(cb + blend_one(cr, *shape, (1, 0), &coarse, cancel)?)
        }
        Chroma::Interleaved {
            shape,
            bytes,
            gap,
            cr_first,
        } => {
            let (first, second) = if *cr_first { (1, 0) } else { (0, 1) };
            if (shape.depth, shape.pixel_stride) == (SampleDepth::Eight, 2) {
                return blend_pairs(bytes, *shape, [first, second], &coarse, cancel);
            }
            let one = blend_one(bytes, *shape, (first, 0), &coarse, cancel)?;
            Ok(one + blend_one(bytes, *shape, (second, *gap), &coarse, cancel)?)
        }
    }
}

/// Blends pairs of 8-bit samples without padding; `channels` says which come first and second: 0 is Cb, 1 is Cr.
fn blend_pairs(
    bytes: &mut [u8],
    shape: Shape,
    [first, second]: [usize; 2],
    coarse: &Coarse,
    cancel: &CancelToken,
) -> Result<u64> {
    let columns = Columns::new(shape.columns, coarse.width, &[first, second]);
    each_row(bytes, shape, coarse, cancel, |row, line, phase| {
        let line: Vec<[f32; 2]> = line
            .iter()
            .map(|value| [value[first], value[second]])
            .collect();
        blend_row::<2, 8>(&mut row[..2 * shape.columns], &line, &columns, phase)
    })
}

/// Blends the samples of channel 0 (Cb) or 1 (Cr), which begin `offset` bytes after each row does.
fn blend_one(
    bytes: &mut [u8],
    shape: Shape,
    (channel, offset): (usize, usize),
    coarse: &Coarse,
    cancel: &CancelToken,
) -> Result<u64> {
    let columns = Columns::new(shape.columns, coarse.width, &[channel]);
    each_row(bytes, shape, coarse, cancel, |row, line, phase| {
        let line: Vec<[f32; 1]> = line.iter().map(|value| [value[channel]]).collect();
        let row = &mut row[offset..];
        match (shape.depth, shape.pixel_stride) {
            (SampleDepth::Eight, 1) => {
                blend_row::<1, 8>(&mut row[..shape.columns], &line, &columns, phase)
            }
            (SampleDepth::Eight, stride) => {
                let mut samples: Vec<u8> = row
                    .iter()
                    .step_by(stride)
                    .take(shape.columns)
                    .copied()
                    .collect();
                let squared = blend_row::<1, 8>(&mut samples, &line, &columns, phase);
                for (to, &from) in row.iter_mut().step_by(stride).zip(&samples) {
                    *to = from;
                }
                squared
            }
            (SampleDepth::TenHigh, stride) => blend_ten(row, stride, &line, &columns, phase),
        }
    })
}

/// Does `work` on every row with the residual's line for it and the phase of its dither; sums what it returns.
fn each_row(
    bytes: &mut [u8],
    shape: Shape,
    coarse: &Coarse,
    cancel: &CancelToken,
    work: impl Fn(&mut [u8], &[[f32; 2]], u32) -> u64 + Sync,
) -> Result<u64> {
    // The stride of a single row means nothing and may be shorter than a row of pairs.
    let stride = if shape.rows == 1 {
        bytes.len()
    } else {
        shape.row_stride
    };
    let rows = bytes.par_chunks_mut(stride).enumerate().with_min_len(8);
    rows.map_init(
        || vec![[0.0f32; 2]; coarse.width],
        |line, (y, row)| {
            cancel.check()?;
            coarse.interpolate(y, shape.rows, line);
            Ok(work(row, line, dither::row(y)))
        },
    )
    .try_reduce(|| 0, |a, b| Ok(a + b))
}

/// Blends samples of 10 bits that lie `stride` bytes apart.
fn blend_ten(
    row: &mut [u8],
    stride: usize,
    line: &[[f32; 1]],
    columns: &Columns,
    phase: u32,
) -> u64 {
    let mut squared = 0;
    for (bytes, (left, fraction, column)) in row.chunks_mut(stride).zip(columns.positions()) {
        let right = (left + 1).min(line.len() - 1);
        let value = line[left][0] + (line[right][0] - line[left][0]) * fraction;
        let threshold = dither::centred(column.wrapping_add(phase));
        let before = ten(bytes[0], bytes[1]);
        let after = (i32::from(before) + (value + threshold).round() as i32).clamp(0, 1023) as u16;
        squared += u64::from(before.abs_diff(after)).pow(2);
        let unused = u16::from(bytes[0] & 0x3F);
        [bytes[0], bytes[1]] = (after << 6 | unused).to_le_bytes();
    }
    squared
}
