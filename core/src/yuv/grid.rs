//! Scaling planes to the working grid.

use rayon::prelude::*;

use super::frame::YuvMut;
use super::plane::{Plane, add_row};
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
    let format = frame.format;
    let [cb, cr] = frame.chroma.planes();
    let luma = average(&frame.luma, size, cancel)?;
    let (cb, cr) = (average(&cb, size, cancel)?, average(&cr, size, cancel)?);
    let ((black, luma_span), (zero, chroma_span)) = (format.luma_scale(), format.chroma_scale());
    let count = size.0 * size.1;
    let mut planes = vec![0.0; 3 * count];
    for i in 0..count {
        let chroma = |value: f32| (value - zero) / chroma_span;
        let rgb = format.rgb((luma[i] - black) / luma_span, chroma(cb[i]), chroma(cr[i]));
        for (channel, value) in rgb.into_iter().enumerate() {
            planes[channel * count + i] = value.clamp(0.0, 1.0);
        }
    }
    Ok(planes)
}

/// The plane's exact area average (bilinear upwards), in steps. The result does not depend on the number of threads.
fn average(
    plane: &Plane<'_>,
    (width, height): (usize, usize),
    cancel: &CancelToken,
) -> Result<Vec<f32>> {
    let shape = plane.shape;
    let (horizontal, vertical) = (
        Axis::new(shape.columns, width),
        Axis::new(shape.rows, height),
    );
    let scale = horizontal.scale * vertical.scale;
    let mut rows = vec![0.0; width * height];
    rows.par_chunks_mut(width)
        .zip(&vertical.spans)
        .try_for_each_init(
            || vec![0.0; shape.columns],
            |total, (row, span)| {
                cancel.check()?;
                total.fill(0.0);
                for i in 0..span.count {
                    add_row(total, plane.row(span.first + i), shape, weight(span, i));
                }
                for (value, span) in row.iter_mut().zip(&horizontal.spans) {
                    let covered = total[span.first..].iter().take(span.count).enumerate();
                    *value = scale
                        * covered
                            .map(|(i, sample)| sample * weight(span, i))
                            .sum::<f32>();
                }
                Ok(())
            },
        )?;
    Ok(rows)
}

/// The weight of the `i`-th source sample of a span.
fn weight(span: &Span, i: usize) -> f32 {
    match i {
        0 => span.first_weight,
        _ if i + 1 == span.count => span.last_weight,
        _ => 1.0,
    }
}
