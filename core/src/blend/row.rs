//! The innermost loop: one row, eight pixels at a time, in integers that every machine has vectors for.

use super::coarse::Segment;
use crate::dither;
use crate::sample::Sample;

/// Sums of squares kept side by side, so that the additions need not wait for one another.
const SUMS: usize = 8;

/// Blends one row and returns the sum of squared changes.
///
/// `SIZE` is samples per pixel; `WIDE` is those of four pixels, which are worked on at once, `BLOCK` those of eight.
/// `ALPHA`: the last sample of a pixel is its alpha, and a pixel whose alpha is 0 stays as it is. `channels` are the
/// dither channels of the samples of a pixel.
pub(crate) fn blend_row<
    S: Sample,
    const SIZE: usize,
    const ALPHA: bool,
    const WIDE: usize,
    const BLOCK: usize,
>(
    row: &mut [S],
    line: &[[i32; SIZE]],
    segments: &[Segment],
    channels: [usize; SIZE],
    row_phase: u32,
) -> u64 {
    let (mut total, mut start) = (0u64, 0);
    for segment in segments {
        let mut lanes = Lanes::<SIZE, WIDE>::new(segment, line, start, channels, row_phase);
        let mut sums = [S::Square::default(); SUMS];
        let (blocks, rest) = row[start * SIZE..segment.end * SIZE].as_chunks_mut::<BLOCK>();
        for block in blocks {
            let steps = lanes.steps::<S, BLOCK>();
            add::<S, SIZE, ALPHA, BLOCK>(block, steps, &mut sums);
        }
        if !rest.is_empty() {
            let mut block = [S::default(); BLOCK];
            block[..rest.len()].copy_from_slice(rest);
            let mut steps = lanes.steps::<S, BLOCK>();
            steps[rest.len()..].fill(S::Step::default());
            add::<S, SIZE, ALPHA, BLOCK>(&mut block, steps, &mut sums);
            rest.copy_from_slice(&block[..rest.len()]);
        }
        total += sums.into_iter().map(Into::into).sum::<u64>();
        start = segment.end;
    }
    total
}

/// The residual and the dither phase of the next four pixels, interleaved.
struct Lanes<const SIZE: usize, const WIDE: usize> {
    value: [i32; WIDE],
    step: [i32; WIDE],
    phase: [u32; WIDE],
}

impl<const SIZE: usize, const WIDE: usize> Lanes<SIZE, WIDE> {
    #[inline(always)]
    fn new(
        segment: &Segment,
        line: &[[i32; SIZE]],
        start: usize,
        channels: [usize; SIZE],
        row_phase: u32,
    ) -> Self {
        let (value, step) = segment.start(line);
        let phase =
            |i: usize| dither::column(start + i / SIZE, channels[i % SIZE]).wrapping_add(row_phase);
        Self {
            value,
            step,
            phase: std::array::from_fn(phase),
        }
    }

    /// floor(residual + threshold) of the next eight pixels.
    #[inline(always)]
    fn steps<S: Sample, const BLOCK: usize>(&mut self) -> [S::Step; BLOCK] {
        let mut steps = [S::Step::default(); BLOCK];
        for four in steps.as_chunks_mut::<WIDE>().0 {
            for i in 0..WIDE {
                // Lanes beyond the end of a segment may wrap; their steps are not used.
                let threshold = dither::threshold(self.phase[i], S::FRACTION);
                four[i] = S::floor(self.value[i].wrapping_add(threshold));
            }
            for i in 0..WIDE {
                self.value[i] = self.value[i].wrapping_add(self.step[i]);
                self.phase[i] = self.phase[i].wrapping_add(dither::FOUR_COLUMNS);
            }
        }
        steps
    }
}

/// Adds the steps to a block, but not to pixels that are fully transparent.
#[inline(always)]
fn add<S: Sample, const SIZE: usize, const ALPHA: bool, const BLOCK: usize>(
    block: &mut [S; BLOCK],
    mut steps: [S::Step; BLOCK],
    sums: &mut [S::Square; SUMS],
) {
    if ALPHA {
        let (pixels, _) = block.as_chunks::<SIZE>();
        if pixels.iter().any(|pixel| pixel[SIZE - 1].value() == 0) {
            let (steps, _) = steps.as_chunks_mut::<SIZE>();
            for (step, pixel) in steps.iter_mut().zip(pixels) {
                if pixel[SIZE - 1].value() == 0 {
                    *step = [S::Step::default(); SIZE];
                }
            }
        }
    }
    let (eights, _) = block.as_chunks_mut::<SUMS>();
    for (samples, steps) in eights.iter_mut().zip(steps.as_chunks::<SUMS>().0) {
        for i in 0..SUMS {
            sums[i] += samples[i].add(steps[i]);
        }
    }
}
