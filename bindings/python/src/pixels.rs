//! Pixels in any object with Python's buffer protocol: NumPy arrays, memory views, bytes.

use bytemuck::Pod;
use confounder::{Orientation, PixelLayout, PixelsMut, ProtectOptions, Protector, Report};
use pyo3::buffer::{Element, PyBuffer, PyUntypedBuffer};
use pyo3::exceptions::PyBufferError;
use pyo3::prelude::*;

use crate::error::{exception, invalid_pixels};

/// Layouts by number of channels, 1 to 4.
const LAYOUTS_8: [PixelLayout; 4] = [
    PixelLayout::Gray8,
    PixelLayout::GrayAlpha8,
    PixelLayout::Rgb8,
    PixelLayout::Rgba8,
];
const LAYOUTS_16: [PixelLayout; 4] = [
    PixelLayout::Gray16,
    PixelLayout::GrayAlpha16,
    PixelLayout::Rgb16,
    PixelLayout::Rgba16,
];

/// Protects the photo in `source`, rows x columns (x channels), and writes it to `target`, which may be the same object.
/// Strides may be any.
///
/// # Errors
/// `PixelsError` for other samples than uint8 and uint16, other shapes, and a target that differs in them or cannot be
/// written; and those of the core.
pub(crate) fn protect(
    protector: &Protector,
    source: &Bound<'_, PyAny>,
    target: &Bound<'_, PyAny>,
    orientation: Orientation,
    options: &ProtectOptions,
) -> PyResult<Report> {
    let py = source.py();
    let (source, target) = (buffer(source)?, buffer(target)?);
    if target.readonly() {
        return Err(invalid_pixels(py, "the target cannot be written".into()));
    }
    if source.shape() != target.shape() {
        let (from, to) = (source.shape(), target.shape());
        return Err(invalid_pixels(
            py,
            format!("the target's shape is {to:?}, the photo's {from:?}"),
        ));
    }
    let run = Run {
        protector,
        orientation,
        options,
    };
    if let (Ok(source), Ok(target)) = (source.as_typed::<u8>(), target.as_typed::<u8>()) {
        return run.typed(py, source, target, LAYOUTS_8);
    }
    let native = is_native(&source) && is_native(&target);
    if native && let (Ok(source), Ok(target)) = (source.as_typed::<u16>(), target.as_typed::<u16>())
    {
        return run.typed(py, source, target, LAYOUTS_16);
    }
    let formats = [&source, &target].map(|buffer| buffer.format().to_string_lossy());
    Err(invalid_pixels(
        py,
        format!(
            "samples have the formats {:?} (photo) and {:?} (target); both must be uint8 or both uint16 in the machine's byte order: scale numbers of 0..1 by 255 and round them",
            formats[0], formats[1]
        ),
    ))
}

/// The buffer of an object.
///
/// # Errors
/// `TypeError` for an object that has none, `PixelsError` for one without rows or that cannot be shown as it is.
fn buffer(object: &Bound<'_, PyAny>) -> PyResult<PyUntypedBuffer> {
    let py = object.py();
    PyUntypedBuffer::get(object).map_err(|error| {
        if error.is_instance_of::<PyBufferError>(py) {
            invalid_pixels(py, format!("the pixels are no plain buffer: {error}"))
        } else {
            error
        }
    })
}

/// Whether samples are in the machine's byte order.
fn is_native(buffer: &PyUntypedBuffer) -> bool {
    let other: &[u8] = if cfg!(target_endian = "little") {
        b">!"
    } else {
        b"<"
    };
    let first = buffer.format().to_bytes().first();
    first.is_none_or(|first| !other.contains(first))
}

struct Run<'a> {
    protector: &'a Protector,
    orientation: Orientation,
    options: &'a ProtectOptions,
}

impl Run<'_> {
    fn typed<T: Element + Pod + Send>(
        &self,
        py: Python<'_>,
        source: &PyBuffer<T>,
        target: &PyBuffer<T>,
        layouts: [PixelLayout; 4],
    ) -> PyResult<Report> {
        let (width, height, channels) =
            size(source.shape()).ok_or_else(|| invalid_pixels(py, shapes(source.shape())))?;
        let layout = layouts[channels - 1];
        let mut samples = source.to_vec(py)?;
        let report = py.detach(|| {
            let bytes = bytemuck::cast_slice_mut(&mut samples);
            let stride = width as usize * layout.bytes_per_pixel();
            let mut pixels = PixelsMut::new(bytes, width, height, stride, layout)?;
            self.protector
                .protect_pixels_oriented(&mut pixels, self.orientation, self.options)
        });
        let report = report.map_err(|e| exception(py, &e))?;
        target.copy_from_slice(py, &samples)?;
        Ok(report)
    }
}

/// Width, height and channels; none for a shape that is no photo's.
fn size(shape: &[usize]) -> Option<(u32, u32, usize)> {
    let (&height, &width, channels) = match shape {
        [height, width] => (height, width, 1),
        [height, width, channels @ 1..=4] => (height, width, *channels),
        _ => return None,
    };
    Some((width.try_into().ok()?, height.try_into().ok()?, channels))
}

fn shapes(shape: &[usize]) -> String {
    format!(
        "the shape is {shape:?}; it must be (height, width) or (height, width, 1 to 4 channels)"
    )
}
