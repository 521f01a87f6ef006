//! Adding the residual to the chroma planes of a frame.

use rayon::prelude::*;

use super::colour::{SampleDepth, YuvFormat};
use super::frame::{Chroma, YuvMut};
use super::plane::Shape;
use super::sample::{Strided, Ten};
use crate::blend::coarse::Coarse;
use crate::blend::row::blend_row;
use crate::cancel::CancelToken;
use crate::dither;
use crate::error::Result;
use crate::options::Strength;
use crate::residual::Residual;
use crate::sample::Sample;

/// Cb and Cr, as indices and as channels of the dither.
const CB: usize = 0;
const CR: usize = 1;

/// Returns the sum of squared changes, in steps of the frame's samples.
pub(super) fn blend(
    frame: &mut YuvMut<'_>,
    residual: &Residual,
    strength: Strength,
    cancel: &CancelToken,
) -> Result<u64> {
    let format = frame.format;
    let blend = Blend {
        residual,
        format,
        steps: f64::from(strength.get()) * f64::from(format.chroma_scale().1),
        cancel,
    };
    match &mut frame.chroma {
        Chroma::Separate { shape, cb, cr } => {
            Ok(blend.one(cb, *shape, CB, 0)? + blend.one(cr, *shape, CR, 0)?)
        }
        Chroma::Interleaved {
            shape,
            bytes,
            gap,
            cr_first,
        } => {
            let channels = if *cr_first { [CR, CB] } else { [CB, CR] };
            if (shape.depth, shape.pixel_stride) == (SampleDepth::Eight, 2) {
                return blend.pairs(bytes, *shape, channels);
            }
            let [first, second] = channels;
            Ok(blend.one(bytes, *shape, first, 0)? + blend.one(bytes, *shape, second, *gap)?)
        }
    }
}

/// What is to be added.
struct Blend<'a> {
    residual: &'a Residual,
    format: YuvFormat,
    /// How many steps a residual of 1 stands for.
    steps: f64,
    cancel: &'a CancelToken,
}

impl Blend<'_> {
    /// Blends pairs of 8-bit samples without padding between them.
    fn pairs(&self, bytes: &mut [u8], shape: Shape, channels: [usize; 2]) -> Result<u64> {
        self.rows::<u8, 2, 8, 16>(bytes, shape, channels, |row, _, blend| {
            blend(&mut row[..2 * shape.columns])
        })
    }

    /// Blends the samples of one plane, which begin `offset` bytes after each row does.
    fn one(&self, bytes: &mut [u8], shape: Shape, channel: usize, offset: usize) -> Result<u64> {
        match (shape.depth, shape.pixel_stride) {
            (SampleDepth::Eight, 1) => {
                self.rows::<u8, 1, 4, 8>(bytes, shape, [channel], |row, _, blend| {
                    blend(&mut row[offset..][..shape.columns])
                })
            }
            (SampleDepth::Eight, _) => self.apart::<u8>(bytes, shape, channel, offset),
            (SampleDepth::TenHigh, _) => self.apart::<Ten>(bytes, shape, channel, offset),
        }
    }

    /// As [`one`](Self::one) for samples that lie apart: they are gathered, blended and put back.
    fn apart<S: Strided>(
        &self,
        bytes: &mut [u8],
        shape: Shape,
        channel: usize,
        offset: usize,
    ) -> Result<u64> {
        let (columns, stride) = (shape.columns, shape.pixel_stride);
        self.rows::<S, 1, 4, 8>(bytes, shape, [channel], |row, samples, blend| {
            let row = &mut row[offset..];
            samples.clear();
            samples.extend(row.chunks(stride).take(columns).map(S::read));
            let squared = blend(samples);
            for (bytes, sample) in row.chunks_mut(stride).zip(samples) {
                sample.write(bytes);
            }
            squared
        })
    }

    /// Calls `work` with every row, room for samples, and what blends a row of `SIZE` samples a pixel, which belong to
    /// these channels; adds up the squared changes.
    fn rows<S: Sample, const SIZE: usize, const WIDE: usize, const BLOCK: usize>(
        &self,
        bytes: &mut [u8],
        shape: Shape,
        channels: [usize; SIZE],
        work: impl Fn(&mut [u8], &mut Vec<S>, &dyn Fn(&mut [S]) -> u64) -> u64 + Sync,
    ) -> Result<u64> {
        let coarse = Coarse::<SIZE>::new::<S>(self.residual, self.steps, |rgb| {
            let chroma = self.format.chroma(rgb);
            channels.map(|channel| chroma[channel].into())
        });
        let segments = coarse.segments(shape.columns);
        // The stride of a single row means nothing and may be shorter than a row of pairs.
        let stride = if shape.rows == 1 {
            bytes.len()
        } else {
            shape.row_stride
        };
        let rows = bytes.par_chunks_mut(stride).enumerate().with_min_len(8);
        rows.map_init(
            || (coarse.line(), Vec::new()),
            |(line, samples), (y, row)| {
                self.cancel.check()?;
                coarse.interpolate(y, shape.rows, line);
                let phase = dither::row(y);
                Ok(work(row, samples, &|row| {
                    blend_row::<S, SIZE, false, WIDE, BLOCK>(row, line, &segments, channels, phase)
                }))
            },
        )
        .try_reduce(|| 0, |a, b| Ok(a + b))
    }
}
