//! Adding an enlarged residual to one row of chroma samples.

use crate::dither;

/// Longest run of pixels whose squared changes are summed in 32 bits: 2^15 * 255^2 < 2^32.
const LONGEST_RUN: usize = 1 << 15;

/// Adding 1.5 * 2^23 to a float of modest size leaves it rounded to an integer in the low bits of the sum.
const ROUND: f32 = 12_582_912.0;

/// The position `i` of `to` samples on `from` samples: the left neighbour and how far to its right.
pub(super) fn position(i: usize, from: usize, to: usize) -> (usize, f32) {
    let centre = ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, (from - 1) as f64);
    (centre as usize, centre.fract() as f32)
}

/// What is the same in every row.
pub(super) struct Columns {
    /// Runs of pixels between the same two residual columns: end (exclusive) and left column.
    runs: Vec<(usize, usize)>,
    /// Per sample: how far to the right of the left column.
    fraction: Vec<f32>,
    /// Per sample: the dither phase of its column and channel.
    phase: Vec<u32>,
}

impl Columns {
    /// `channels` are the dither channels of the samples of a pixel.
    pub(super) fn new(width: usize, coarse: usize, channels: &[usize]) -> Self {
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
    pub(super) fn positions(&self) -> impl Iterator<Item = (usize, f32, u32)> {
        let starts = std::iter::once(0).chain(self.runs.iter().map(|&(end, _)| end));
        let left = starts
            .zip(&self.runs)
            .flat_map(|(start, &(end, left))| std::iter::repeat_n(left, end - start));
        let rest = self.fraction.iter().zip(&self.phase);
        left.zip(rest)
            .map(|(left, (&fraction, &phase))| (left, fraction, phase))
    }
}

/// Blends one row and returns the sum of squared changes.
pub(super) fn blend_row<const SIZE: usize, const WIDE: usize>(
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
