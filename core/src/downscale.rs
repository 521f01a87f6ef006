//! Scaling a photo to the working grid: exact area average downwards, bilinear upwards.

use rayon::prelude::*;

use crate::cancel::CancelToken;
use crate::error::Result;
use crate::pixels::Pixels;
use crate::sample::Stored;

/// The source samples of one output sample along one axis: the first and the last with their own weights,
/// those between with weight 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Span {
    pub(crate) first: usize,
    /// At least 1.
    pub(crate) count: usize,
    pub(crate) first_weight: f32,
    /// Not used where `count` is 1.
    pub(crate) last_weight: f32,
}

/// The spans of all output samples along one axis. Their weights times `scale` sum to 1.
pub(crate) struct Axis {
    pub(crate) spans: Vec<Span>,
    pub(crate) scale: f32,
}

impl Axis {
    pub(crate) fn new(from: usize, to: usize) -> Self {
        if to <= from {
            let spans = (0..to).map(|i| box_span(i, from, to)).collect();
            return Self {
                spans,
                scale: (to as f64 / from as f64) as f32,
            };
        }
        Self {
            spans: (0..to).map(|i| linear_span(i, from, to)).collect(),
            scale: 1.0,
        }
    }
}

/// Output sample `i` covers the source from `i * from / to` to `(i + 1) * from / to`.
fn box_span(i: usize, from: usize, to: usize) -> Span {
    let (start, end) = (i as u64 * from as u64, (i as u64 + 1) * from as u64);
    let to = to as u64;
    let (first, last) = (start / to, (end - 1) / to);
    let share = |part: u64| (part as f64 / to as f64) as f32;
    let first_weight = if first == last {
        share(end - start)
    } else {
        share((first + 1) * to - start)
    };
    Span {
        first: first as usize,
        count: (last - first + 1) as usize,
        first_weight,
        last_weight: share(end - last * to),
    }
}

/// Linear interpolation with half-pixel centres and clamped edges.
fn linear_span(i: usize, from: usize, to: usize) -> Span {
    let centre = ((i as f64 + 0.5) * from as f64 / to as f64 - 0.5).clamp(0.0, (from - 1) as f64);
    let first = centre as usize;
    let part = (centre - first as f64) as f32;
    if first + 1 >= from {
        return Span {
            first,
            count: 1,
            first_weight: 1.0,
            last_weight: 0.0,
        };
    }
    Span {
        first,
        count: 2,
        first_weight: 1.0 - part,
        last_weight: part,
    }
}

/// Scales a photo to three planes of `width` x `height`, R then G then B, in 0..1; orientation as stored.
///
/// Gray photos give three equal planes. Rows are worked on in parallel; the result does not depend on the number of
/// threads.
pub(crate) fn to_planes(
    photo: &Pixels<'_>,
    size: (usize, usize),
    cancel: &CancelToken,
) -> Result<Vec<f32>> {
    if photo.layout().peak() == u16::MAX {
        scale::<[u8; 2]>(photo, size, cancel)
    } else {
        scale::<u8>(photo, size, cancel)
    }
}

fn scale<S: Stored>(
    photo: &Pixels<'_>,
    (width, height): (usize, usize),
    cancel: &CancelToken,
) -> Result<Vec<f32>> {
    let horizontal = Axis::new(photo.width(), width);
    let vertical = Axis::new(photo.height(), height);
    let scale = horizontal.scale * vertical.scale / f32::from(S::PEAK);
    let mut rows = vec![0.0; width * height * 3];
    rows.par_chunks_mut(width * 3)
        .zip(&vertical.spans)
        .try_for_each_init(
            || Column::<S>::new(photo.width() * photo.layout().samples_per_pixel()),
            |column, (row, span)| {
                cancel.check()?;
                column.sum(photo, span);
                reduce(&column.total, photo, &horizontal, scale, row);
                Ok(())
            },
        )?;
    Ok(planar(&rows, width, height))
}

/// Weighted sums of source rows, one per sample of a row.
struct Column<S: Stored> {
    total: Vec<f32>,
    /// Sums of whole rows.
    whole: Vec<S::Whole>,
}

impl<S: Stored> Column<S> {
    fn new(samples: usize) -> Self {
        Self {
            total: vec![0.0; samples],
            whole: vec![S::Whole::default(); samples],
        }
    }

    fn sum(&mut self, photo: &Pixels<'_>, span: &Span) {
        let last = span.first + span.count - 1;
        for (total, &sample) in self.total.iter_mut().zip(S::of(photo.row(span.first))) {
            *total = f32::from(sample.value()) * span.first_weight;
        }
        let mut y = span.first + 1;
        while y < last {
            let end = last.min(y + S::ADDENDS);
            self.whole.fill(S::Whole::default());
            for row in y..end {
                for (whole, &sample) in self.whole.iter_mut().zip(S::of(photo.row(row))) {
                    sample.add_to(whole);
                }
            }
            for (total, &whole) in self.total.iter_mut().zip(&self.whole) {
                *total += S::whole(whole);
            }
            y = end;
        }
        if span.count > 1 {
            for (total, &sample) in self.total.iter_mut().zip(S::of(photo.row(last))) {
                *total += f32::from(sample.value()) * span.last_weight;
            }
        }
    }
}

/// Sums along the row and orders the channels R, G, B.
fn reduce(total: &[f32], photo: &Pixels<'_>, horizontal: &Axis, scale: f32, row: &mut [f32]) {
    let size = photo.layout().samples_per_pixel();
    let offsets = photo.layout().rgb_offsets();
    for (pixel, span) in row.chunks_exact_mut(3).zip(&horizontal.spans) {
        let covered = &total[span.first * size..(span.first + span.count) * size];
        let mut sums = [0.0f32; 4];
        for source in covered.chunks_exact(size) {
            for (sum, &sample) in sums.iter_mut().zip(source) {
                *sum += sample;
            }
        }
        // The ends were counted whole; put their weights right.
        for (channel, sum) in sums.iter_mut().enumerate().take(size) {
            *sum -= covered[channel] * (1.0 - span.first_weight);
            if span.count > 1 {
                *sum -= covered[covered.len() - size + channel] * (1.0 - span.last_weight);
            }
        }
        for (value, &offset) in pixel.iter_mut().zip(&offsets) {
            *value = (sums[offset] * scale).clamp(0.0, 1.0);
        }
    }
}

fn planar(rows: &[f32], width: usize, height: usize) -> Vec<f32> {
    let mut planes = Vec::with_capacity(width * height * 3);
    for channel in 0..3 {
        planes.extend(rows.iter().skip(channel).step_by(3));
    }
    planes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::error::ErrorKind;
    use crate::pixels::PixelLayout;
    use proptest::prelude::*;

    /// The overlap of output sample `i` with source sample `j`, by the definition of the area average.
    fn overlap(i: usize, j: usize, from: usize, to: usize) -> f64 {
        let scale = from as f64 / to as f64;
        let (start, end) = (i as f64 * scale, (i + 1) as f64 * scale);
        (end.min((j + 1) as f64) - start.max(j as f64)).max(0.0) / scale
    }

    fn naive(photo: &[u8], (w, h): (usize, usize), (width, height): (usize, usize)) -> Vec<f64> {
        let mut planes = vec![0.0; 3 * width * height];
        for (index, value) in planes.iter_mut().enumerate() {
            let (channel, y, x) = (
                index / (width * height),
                index / width % height,
                index % width,
            );
            for sy in 0..h {
                for sx in 0..w {
                    let weight = overlap(y, sy, h, height) * overlap(x, sx, w, width);
                    *value += weight * f64::from(photo[(sy * w + sx) * 3 + channel]) / 255.0;
                }
            }
        }
        planes
    }

    proptest! {
        #[test]
        fn downwards_is_the_area_average(
            (w, h) in (1usize..40, 1usize..40), (a, b) in (1usize..40, 1usize..40), seed: u64,
        ) {
            let (width, height) = (a.min(w), b.min(h));
            let photo: Vec<u8> = (0..w * h * 3).map(|i| (seed.wrapping_mul(i as u64 * 2 + 1) >> 32) as u8).collect();
            let pixels = Pixels::new(&photo, w as u32, h as u32, w * 3, PixelLayout::Rgb8).unwrap();
            let planes = to_planes(&pixels, (width, height), &CancelToken::new()).unwrap();
            for (got, want) in planes.iter().zip(naive(&photo, (w, h), (width, height))) {
                prop_assert!((f64::from(*got) - want).abs() < 1e-5, "{} {}", got, want);
            }
        }

        #[test]
        fn any_layout_and_stride_gives_the_same(w in 1usize..20, h in 1usize..20, pad in 0usize..9, seed: u64) {
            let sample = |i: usize| (seed.wrapping_mul(i as u64 * 2 + 1) >> 32) as u8;
            let stride = w * 4 + pad;
            let mut rgb = vec![0; w * h * 3];
            let mut bgra = vec![77; stride * h];
            for y in 0..h {
                for x in 0..w {
                    for c in 0..3 {
                        rgb[(y * w + x) * 3 + c] = sample((y * w + x) * 3 + c);
                        bgra[y * stride + x * 4 + 2 - c] = sample((y * w + x) * 3 + c);
                    }
                }
            }
            let plain = Pixels::new(&rgb, w as u32, h as u32, w * 3, PixelLayout::Rgb8).unwrap();
            let padded = Pixels::new(&bgra, w as u32, h as u32, stride, PixelLayout::Bgra8).unwrap();
            let cancel = CancelToken::new();
            prop_assert_eq!(to_planes(&plain, (7, 9), &cancel).unwrap(), to_planes(&padded, (7, 9), &cancel).unwrap());
        }
    }

    #[test]
    fn sixteen_bits_and_gray_give_the_planes_of_eight_bit_colour() {
        let gray: Vec<u8> = (0..23 * 17).map(|i| (i * 7919 % 251) as u8).collect();
        let planes = |samples: Vec<u8>, layout: PixelLayout| {
            let pixels =
                Pixels::new(&samples, 23, 17, 23 * layout.bytes_per_pixel(), layout).unwrap();
            to_planes(&pixels, (5, 6), &CancelToken::new()).unwrap()
        };
        let each = |copies: usize| {
            gray.iter()
                .flat_map(|&v| vec![v; copies])
                .collect::<Vec<u8>>()
        };
        let expected = planes(each(3), PixelLayout::Rgb8);
        // A byte written twice is the same value in 16 bits, in either byte order.
        for (layout, copies) in [
            (PixelLayout::Gray8, 1),
            (PixelLayout::GrayAlpha8, 2),
            (PixelLayout::Rgb16, 6),
            (PixelLayout::Rgba16, 8),
            (PixelLayout::Gray16, 2),
            (PixelLayout::GrayAlpha16, 4),
        ] {
            let found = planes(each(copies), layout);
            assert!(
                found
                    .iter()
                    .zip(&expected)
                    .all(|(a, b)| (a - b).abs() < 1e-6),
                "{layout:?}"
            );
        }
    }

    #[test]
    fn upwards_is_bilinear_and_keeps_the_edges() {
        let photo = [0, 0, 0, 255, 255, 255];
        let pixels = Pixels::new(&photo, 2, 1, 6, PixelLayout::Rgb8).unwrap();
        let planes = to_planes(&pixels, (4, 1), &CancelToken::new()).unwrap();
        for (got, want) in planes.iter().zip([0.0, 0.25, 0.75, 1.0]) {
            assert!((got - want).abs() < 1e-6, "{planes:?}");
        }
    }

    #[test]
    fn many_white_rows_do_not_overflow() {
        for (layout, rows, bytes) in [
            (PixelLayout::Rgb8, 2000, 3),
            (PixelLayout::Rgb16, 140_000, 6),
        ] {
            let photo = vec![255; bytes * rows as usize];
            let pixels = Pixels::new(&photo, 1, rows, bytes, layout).unwrap();
            let planes = to_planes(&pixels, (1, 1), &CancelToken::new()).unwrap();
            assert!(planes.iter().all(|v| (v - 1.0).abs() < 1e-6), "{planes:?}");
        }
    }

    #[test]
    fn stops_when_cancelled() {
        let cancel = CancelToken::new();
        cancel.cancel();
        let pixels = Pixels::new(&[1, 2, 3], 1, 1, 3, PixelLayout::Rgb8).unwrap();
        let error = to_planes(&pixels, (1, 1), &cancel).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }
}
