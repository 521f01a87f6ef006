//! Scaling planes to the working grid.

use rayon::prelude::*;

use super::colour::YuvFormat;
use super::frame::YuvMut;
use super::plane::{Plane, Shape, add_row};
use crate::cancel::CancelToken;
use crate::downscale::{Axis, Span};
use crate::error::Result;

/// Scales a frame to three planes of `width` x `height`, R' then G' then B', in 0..1; orientation as stored. Each
/// plane is averaged by itself (averages and the matrix change places), and clipped at the end.
pub(super) fn to_planes(
    frame: &YuvMut<'_>,
    size: (usize, usize),
    cancel: &CancelToken,
) -> Result<Vec<f32>> {
    let [cb, cr] = frame.chroma.planes();
    let average = |plane: &Plane<'_>| {
        let axes = Axes::new(plane.shape, size);
        let mut rows = vec![0.0; size.0 * size.1];
        rows.par_chunks_mut(size.0)
            .zip(&axes.vertical.spans)
            .try_for_each_init(
                || vec![0.0; plane.shape.columns],
                |total, (row, span)| {
                    cancel.check()?;
                    axes.average_row(plane, span, total, row);
                    Ok(())
                },
            )?;
        Ok(rows)
    };
    let mut planes = average(&frame.luma)?;
    planes.extend(average(&cb)?);
    planes.extend(average(&cr)?);
    to_rgb(&mut planes, frame.format);
    Ok(planes)
}

/// What [`to_planes`] takes beside the planes, kept for frames of one shape.
pub(crate) struct Scaler {
    luma: Axes,
    chroma: Axes,
    total: Vec<f32>,
    size: (usize, usize),
}

impl Scaler {
    pub(crate) fn new(frame: &YuvMut<'_>, size: (usize, usize)) -> Self {
        let [chroma, _] = frame.chroma.planes();
        Self {
            luma: Axes::new(frame.luma.shape, size),
            chroma: Axes::new(chroma.shape, size),
            total: vec![0.0; frame.luma.shape.columns],
            size,
        }
    }

    /// [`to_planes`] on the caller's thread and without an allocation. `planes` holds three planes of the size that
    /// this was made for.
    pub(crate) fn scale(&mut self, frame: &YuvMut<'_>, planes: &mut [f32]) {
        let (width, height) = self.size;
        let [cb, cr] = frame.chroma.planes();
        let sources = [
            (&frame.luma, &self.luma),
            (&cb, &self.chroma),
            (&cr, &self.chroma),
        ];
        for ((plane, axes), rows) in sources
            .into_iter()
            .zip(planes.chunks_exact_mut(width * height))
        {
            let total = &mut self.total[..plane.shape.columns];
            for (row, span) in rows.chunks_exact_mut(width).zip(&axes.vertical.spans) {
                axes.average_row(plane, span, total, row);
            }
        }
        to_rgb(planes, frame.format);
    }
}

/// How the samples of a plane fall on the grid.
struct Axes {
    horizontal: Axis,
    vertical: Axis,
}

impl Axes {
    fn new(shape: Shape, (width, height): (usize, usize)) -> Self {
        Self {
            horizontal: Axis::new(shape.columns, width),
            vertical: Axis::new(shape.rows, height),
        }
    }

    /// One row of the plane's exact area average (bilinear upwards), in steps.
    fn average_row(&self, plane: &Plane<'_>, span: &Span, total: &mut [f32], row: &mut [f32]) {
        let scale = self.horizontal.scale * self.vertical.scale;
        total.fill(0.0);
        for i in 0..span.count {
            add_row(
                total,
                plane.row(span.first + i),
                plane.shape,
                weight(span, i),
            );
        }
        for (value, span) in row.iter_mut().zip(&self.horizontal.spans) {
            let covered = total[span.first..].iter().take(span.count).enumerate();
            *value = scale
                * covered
                    .map(|(i, sample)| sample * weight(span, i))
                    .sum::<f32>();
        }
    }
}

/// Turns planes of luma, Cb and Cr in steps to R', G' and B' in 0..1, in place.
fn to_rgb(planes: &mut [f32], format: YuvFormat) {
    let ((black, luma_span), (zero, chroma_span)) = (format.luma_scale(), format.chroma_scale());
    let count = planes.len() / 3;
    for i in 0..count {
        let chroma = |value: f32| (value - zero) / chroma_span;
        let luma = (planes[i] - black) / luma_span;
        let rgb = format.rgb(
            luma,
            chroma(planes[count + i]),
            chroma(planes[2 * count + i]),
        );
        for (channel, value) in rgb.into_iter().enumerate() {
            planes[channel * count + i] = value.clamp(0.0, 1.0);
        }
    }
}

/// The weight of the `i`-th source sample of a span.
fn weight(span: &Span, i: usize) -> f32 {
    match i {
        0 => span.first_weight,
        _ if i + 1 == span.count => span.last_weight,
        _ => 1.0,
    }
}
