//! Adding the residual to the chroma planes of a frame.

use rayon::prelude::*;

use super::colour::{SampleDepth, YuvFormat};
use super::frame::{Chroma, YuvMut};
use super::plane::Shape;
use super::sample::{Strided, Ten};
use crate::blend::coarse::{Coarse, Segment};
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

/// Returns the sum of squared changes, in steps of the frame's samples. Rows are worked on in parallel.
pub(super) fn blend(
    frame: &mut YuvMut<'_>,
    residual: &Residual,
    strength: Strength,
    cancel: &CancelToken,
) -> Result<u64> {
    blend_in(
        &mut Room::default(),
        true,
        frame,
        residual,
        strength,
        cancel,
    )
}

/// [`blend`] on the caller's thread and, after the first frame of a shape, without an allocation.
pub(crate) fn blend_here(
    room: &mut Room,
    frame: &mut YuvMut<'_>,
    residual: &Residual,
    strength: Strength,
) -> Result<u64> {
    let never = room.never.clone();
    blend_in(room, false, frame, residual, strength, &never)
}

fn blend_in(
    room: &mut Room,
    parallel: bool,
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
        parallel,
    };
    match &mut frame.chroma {
        Chroma::Separate { shape, cb, cr } => {
            Ok(blend.one(room, cb, *shape, CB, 0)? + blend.one(room, cr, *shape, CR, 0)?)
        }
        Chroma::Interleaved {
            shape,
            bytes,
            gap,
            cr_first,
        } => {
            let channels = if *cr_first { [CR, CB] } else { [CB, CR] };
            if (shape.depth, shape.pixel_stride) == (SampleDepth::Eight, 2) {
                return blend.pairs(&mut room.pairs, bytes, *shape, channels);
            }
            let [first, second] = channels;
            Ok(blend.one(room, bytes, *shape, first, 0)?
                + blend.one(room, bytes, *shape, second, *gap)?)
        }
    }
}

/// Memory that is kept from frame to frame.
#[derive(Default)]
pub(crate) struct Room {
    pairs: Lines<u8, 2>,
    eight: Lines<u8, 1>,
    ten: Lines<Ten, 1>,
    /// A token that no one cancels.
    never: CancelToken,
}

/// The residual made ready for rows of samples of one kind.
struct Lines<S, const SIZE: usize> {
    coarse: Coarse<SIZE>,
    segments: Vec<Segment>,
    /// For which width of a row and of the residual the segments are.
    widths: (usize, usize),
    line: Vec<[i32; SIZE]>,
    samples: Vec<S>,
}

impl<S, const SIZE: usize> Default for Lines<S, SIZE> {
    fn default() -> Self {
        Self {
            coarse: Coarse::default(),
            segments: Vec::new(),
            widths: (0, 0),
            line: Vec::new(),
            samples: Vec::new(),
        }
    }
}

impl<S: Sample, const SIZE: usize> Lines<S, SIZE> {
    fn fit(&mut self, columns: usize) {
        let widths = (columns, self.coarse.width());
        if self.widths != widths {
            self.segments = self.coarse.segments(columns);
            self.line = self.coarse.line();
            self.widths = widths;
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
    /// Whether rows may be given to other threads.
    parallel: bool,
}

/// Blends one row of samples.
type BlendRow<'a, S> = dyn Fn(&mut [S]) -> u64 + 'a;

impl Blend<'_> {
    /// Blends pairs of 8-bit samples without padding between them.
    fn pairs(
        &self,
        lines: &mut Lines<u8, 2>,
        bytes: &mut [u8],
        shape: Shape,
        channels: [usize; 2],
    ) -> Result<u64> {
        self.rows::<u8, 2, 8, 16>(lines, bytes, shape, channels, |row, _, blend| {
            blend(&mut row[..2 * shape.columns])
        })
    }

    /// Blends the samples of one plane, which begin `offset` bytes after each row does.
    fn one(
        &self,
        room: &mut Room,
        bytes: &mut [u8],
        shape: Shape,
        channel: usize,
        offset: usize,
    ) -> Result<u64> {
        let (eight, ten) = (&mut room.eight, &mut room.ten);
        match (shape.depth, shape.pixel_stride) {
            (SampleDepth::Eight, 1) => {
                self.rows::<u8, 1, 4, 8>(eight, bytes, shape, [channel], |row, _, blend| {
                    blend(&mut row[offset..][..shape.columns])
                })
            }
            (SampleDepth::Eight, _) => self.apart(eight, bytes, shape, channel, offset),
            (SampleDepth::TenHigh, _) => self.apart(ten, bytes, shape, channel, offset),
        }
    }

    /// As [`one`](Self::one) for samples that lie apart: they are gathered, blended and put back.
    fn apart<S: Strided>(
        &self,
        lines: &mut Lines<S, 1>,
        bytes: &mut [u8],
        shape: Shape,
        channel: usize,
        offset: usize,
    ) -> Result<u64> {
        let (columns, stride) = (shape.columns, shape.pixel_stride);
        self.rows::<S, 1, 4, 8>(lines, bytes, shape, [channel], |row, samples, blend| {
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
        lines: &mut Lines<S, SIZE>,
        bytes: &mut [u8],
        shape: Shape,
        channels: [usize; SIZE],
        work: impl Fn(&mut [u8], &mut Vec<S>, &BlendRow<'_, S>) -> u64 + Sync,
    ) -> Result<u64> {
        lines.coarse.fill::<S>(self.residual, self.steps, |rgb| {
            let chroma = self.format.chroma(rgb);
            channels.map(|channel| chroma[channel].into())
        });
        lines.fit(shape.columns);
        let Lines {
            coarse,
            segments,
            line,
            samples,
            ..
        } = lines;
        let blend =
            |line: &mut Vec<[i32; SIZE]>, samples: &mut Vec<S>, y: usize, row: &mut [u8]| {
                self.cancel.check()?;
                coarse.interpolate(y, shape.rows, line);
                let phase = dither::row(y);
                Ok(work(row, samples, &|row| {
                    blend_row::<S, SIZE, false, WIDE, BLOCK>(row, line, segments, channels, phase)
                }))
            };
        // The stride of a single row means nothing and may be shorter than a row of pairs.
        let stride = if shape.rows == 1 {
            bytes.len()
        } else {
            shape.row_stride
        };
        if !self.parallel {
            let mut rows = bytes.chunks_mut(stride).enumerate();
            return rows.try_fold(0, |sum, (y, row)| Ok(sum + blend(line, samples, y, row)?));
        }
        let rows = bytes.par_chunks_mut(stride).enumerate().with_min_len(8);
        rows.map_init(
            || (coarse.line(), Vec::new()),
            |(line, samples), (y, row)| blend(line, samples, y, row),
        )
        .try_reduce(|| 0, |a, b| Ok(a + b))
    }
}
