//! The innermost loop: one row, 8 or 16 pixels at a time, in integers that every machine has vectors for.

use super::coarse::Segment;
use crate::dither;
use crate::sample::Sample;

/// Sums of squares kept side by side, so that the additions need not wait for one another.
const SUMS: usize = 8;

/// Blends one row and returns the sum of squared changes.
///
/// `SIZE` is samples per pixel; `WIDE` is those of four pixels, which are worked on at once, `BLOCK` those of
/// eight or sixteen.
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
        let samples = &mut row[start * SIZE..segment.end * SIZE];
        total += blend_segment::<S, SIZE, ALPHA, WIDE, BLOCK>(samples, &mut lanes);
        start = segment.end;
    }
    total
}

/// Blends the pixels of one segment.
fn blend_segment<
    S: Sample,
    const SIZE: usize,
    const ALPHA: bool,
    const WIDE: usize,
    const BLOCK: usize,
>(
    samples: &mut [S],
    lanes: &mut Lanes<SIZE, WIDE>,
) -> u64 {
    let (blocks, rest) = samples.as_chunks_mut::<BLOCK>();
    let total = blend_blocks::<S, SIZE, ALPHA, WIDE, BLOCK>(blocks, lanes);
    total + blend_rest::<S, SIZE, ALPHA, WIDE>(rest, lanes)
}

/// Blends what is less than a block, four pixels at a time.
fn blend_rest<S: Sample, const SIZE: usize, const ALPHA: bool, const WIDE: usize>(
    rest: &mut [S],
    lanes: &mut Lanes<SIZE, WIDE>,
) -> u64 {
    let mut total = 0;
    for four in rest.chunks_mut(WIDE) {
        for (pixel, lane) in four.chunks_exact_mut(SIZE).zip((0..).step_by(SIZE)) {
            if ALPHA && pixel[SIZE - 1].value() == 0 {
                continue;
            }
            for (i, sample) in pixel.iter_mut().enumerate() {
                total += sample.add(lanes.step::<S>(lane + i)).into();
            }
        }
        lanes.advance();
    }
    total
}

/// Blends whole blocks. Not inlined, so that lanes and sums are kept in registers.
#[inline(never)]
fn blend_blocks<
    S: Sample,
    const SIZE: usize,
    const ALPHA: bool,
    const WIDE: usize,
    const BLOCK: usize,
>(
    blocks: &mut [[S; BLOCK]],
    lanes: &mut Lanes<SIZE, WIDE>,
) -> u64 {
    let mut sums = [S::Square::default(); SUMS];
    let mut local = *lanes;
    for block in blocks {
        let steps = local.steps::<S, BLOCK>();
        add_opaque::<S, SIZE, ALPHA, BLOCK>(block, steps, &mut sums);
    }
    *lanes = local;
    sums.into_iter().map(Into::into).sum()
}

/// The residual and the dither phase of the next four pixels, interleaved.
#[derive(Clone, Copy)]
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

    /// floor(residual + threshold) of the next block of pixels.
    #[inline(always)]
    fn steps<S: Sample, const BLOCK: usize>(&mut self) -> [S::Step; BLOCK] {
        let mut steps = [S::Step::default(); BLOCK];
        for four in 0..BLOCK / WIDE {
            for i in 0..WIDE {
                steps[four * WIDE + i] = self.step::<S>(i);
            }
            self.advance();
        }
        steps
    }

    /// floor(residual + threshold) of sample `i` of the next four pixels.
    #[inline(always)]
    fn step<S: Sample>(&self, i: usize) -> S::Step {
        S::floor(self.value[i] + dither::threshold(self.phase[i], S::FRACTION))
    }

    /// Goes on by four pixels. Beyond the end of a segment values may wrap; they are not used.
    #[inline(always)]
    fn advance(&mut self) {
        for i in 0..WIDE {
            self.value[i] = self.value[i].wrapping_add(self.step[i]);
            self.phase[i] = self.phase[i].wrapping_add(dither::FOUR_COLUMNS);
        }
    }
}

/// Adds the steps to a block, but not to pixels that are fully transparent.
#[inline(always)]
fn add_opaque<S: Sample, const SIZE: usize, const ALPHA: bool, const BLOCK: usize>(
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
