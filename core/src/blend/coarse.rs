//! The coarse residual in steps of the photo's samples, as fixed-point numbers: the same on every machine.

use crate::residual::Residual;
use crate::sample::Sample;

/// Longest segment in pixels. Within one the residual goes on in equal steps that were rounded towards 0; after 1,024
/// pixels that has added up to at most 2^-14 of an 8-bit step or 2^-6 of a 16-bit one.
const LONGEST: usize = 1024;

/// Pixels of a row between the same two columns of the residual.
pub(crate) struct Segment {
    /// One past the last pixel.
    pub(crate) end: usize,
    left: usize,
    /// How far the first four pixels lie from the left column to the right one, 0 to 1.
    part: [f64; 4],
    /// How much further every fourth pixel lies.
    stride: f64,
}

/// Where a sample lies on the residual: the neighbour before it, how far it lies from there to the next, and whether
/// it lies within half a pixel of the edge, where the residual is constant.
fn position(i: usize, from: usize, to: usize) -> (usize, f64, bool) {
    let (i, from, to) = (i as u128, from as u128, to as u128);
    let Some(doubled) = ((2 * i + 1) * from).checked_sub(to) else {
        return (0, 0.0, true);
    };
    let before = doubled / (2 * to);
    if before + 1 >= from {
        return ((from - 1) as usize, 0.0, true);
    }
    let part = (doubled % (2 * to)) as f64 / (2 * to) as f64;
    (before as usize, part, false)
}

/// Cuts a row of `width` pixels for a residual of `coarse` columns.
fn segments(width: usize, coarse: usize) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut start = 0;
    let mut current = position(0, coarse, width);
    for x in 1..=width {
        let next = (x < width).then(|| position(x, coarse, width));
        let goes_on = next.is_some_and(|next| (next.0, next.2) == (current.0, current.2));
        if goes_on && x - start < LONGEST {
            continue;
        }
        let part = |x: usize| position(x, coarse, width).1;
        let length = x - start;
        segments.push(Segment {
            end: x,
            left: current.0,
            part: std::array::from_fn(|i| part(start + i.min(length - 1))),
            stride: if length > 4 {
                part(start + 4) - part(start)
            } else {
                0.0
            },
        });
        start = x;
        current = next.unwrap_or(current);
    }
    segments
}

/// A fraction `part` (0 to 1) of the way from `a` to `b`, rounded to the nearest integer, so that it never leaves the
/// two. Neither product nor sum depends on the machine (IEEE 754, no fused operations).
#[inline(always)]
fn between(a: i32, b: i32, part: f64) -> i32 {
    let (a, b) = (f64::from(a), f64::from(b));
    // Adding 1.5 * 2^52 leaves a number of modest size rounded in the low bits of the sum.
    let rounded = a + (b - a) * part + 6_755_399_441_055_744.0;
    rounded.to_bits() as i32
}

/// The residual, interleaved as the samples are that it is added to.
#[derive(Default)]
pub(crate) struct Coarse<const SIZE: usize> {
    samples: Vec<[i32; SIZE]>,
    width: usize,
    height: usize,
}

impl<const SIZE: usize> Coarse<SIZE> {
    /// `steps` is how many steps of a sample a residual of 1 stands for, at most 1.5 * `PEAK`; `arrange` makes of R, G
    /// and B what the samples of a pixel get. That is cut to the residual's bound and rounded towards 0, so no sample
    /// gets more than epsilon * `steps`.
    pub(crate) fn new<S: Sample>(
        residual: &Residual,
        steps: f64,
        arrange: impl Fn([f32; 3]) -> [f64; SIZE],
    ) -> Self {
        let mut coarse = Self::default();
        coarse.fill::<S>(residual, steps, arrange);
        coarse
    }

    /// Puts another residual in the place of this one; allocates only where it is larger.
    pub(crate) fn fill<S: Sample>(
        &mut self,
        residual: &Residual,
        steps: f64,
        arrange: impl Fn([f32; 3]) -> [f64; SIZE],
    ) {
        let epsilon = f64::from(residual.epsilon());
        let scale = steps * f64::from(1u32 << S::FRACTION);
        let planes = [0, 1, 2].map(|channel| residual.plane(channel));
        let samples = (0..residual.width() * residual.height())
            .map(|i| arrange(planes.map(|plane| plane[i])))
            .map(|pixel| pixel.map(|value| (value.clamp(-epsilon, epsilon) * scale) as i32));
        self.samples.clear();
        self.samples.extend(samples);
        (self.width, self.height) = (residual.width(), residual.height());
    }

    /// Width in samples.
    pub(crate) fn width(&self) -> usize {
        self.width
    }

    /// An empty line for [`interpolate`](Self::interpolate).
    pub(crate) fn line(&self) -> Vec<[i32; SIZE]> {
        vec![[0; SIZE]; self.width]
    }

    /// The cuts of a row of `width` pixels.
    pub(crate) fn segments(&self, width: usize) -> Vec<Segment> {
        segments(width, self.width)
    }

    /// The coarse line of row `y` of `height`, interpolated vertically.
    pub(crate) fn interpolate(&self, y: usize, height: usize, line: &mut [[i32; SIZE]]) {
        let (above, part, _) = position(y, self.height, height);
        let below = (above + 1).min(self.height - 1);
        let upper = &self.samples[above * self.width..][..self.width];
        let lower = &self.samples[below * self.width..][..self.width];
        for ((to, a), b) in line.iter_mut().zip(upper).zip(lower) {
            *to = std::array::from_fn(|c| between(a[c], b[c], part));
        }
    }
}

impl Segment {
    /// The residual of the first four pixels, interleaved, and what is to be added for each next four.
    #[inline(always)]
    pub(super) fn start<const SIZE: usize, const WIDE: usize>(
        &self,
        line: &[[i32; SIZE]],
    ) -> ([i32; WIDE], [i32; WIDE]) {
        let left = &line[self.left];
        let right = &line[(self.left + 1).min(line.len() - 1)];
        let values =
            std::array::from_fn(|i| between(left[i % SIZE], right[i % SIZE], self.part[i / SIZE]));
        // Rounded towards 0: together with a start to the nearest integer, no pixel of the segment passes `right`.
        let steps: [i32; SIZE] = std::array::from_fn(|c| {
            ((f64::from(right[c]) - f64::from(left[c])) * self.stride) as i32
        });
        (values, std::array::from_fn(|i| steps[i % SIZE]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Segments follow one another to the end of the row and hold what the positions say.
        #[test]
        fn segments_cover_the_row(width in 1usize..9000, coarse in 1usize..300) {
            let mut start = 0;
            for segment in segments(width, coarse) {
                prop_assert!(segment.end > start && segment.end - start <= LONGEST);
                for x in start..segment.end {
                    let (left, part, _) = position(x, coarse, width);
                    prop_assert_eq!(left, segment.left);
                    let (fours, rest) = ((x - start) / 4, (x - start) % 4);
                    let stepped = segment.part[rest] + fours as f64 * segment.stride;
                    prop_assert!((stepped - part).abs() < 1e-9);
                }
                start = segment.end;
            }
            prop_assert_eq!(start, width);
        }

        #[test]
        fn between_never_leaves_its_ends(a in any::<i32>(), b in any::<i32>(), part in 0.0f64..=1.0) {
            let value = between(a, b, part);
            prop_assert!((a.min(b)..=a.max(b)).contains(&value));
        }
    }
}
