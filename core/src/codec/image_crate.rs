//! The `image` crate's decoders and encoders in our terms.

use image::{ImageDecoder, ImageError};

use super::photo::{Decoded, check_same_size};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Limits;
use crate::pixels::PixelLayout;

/// Decodes a photo whose size was checked before.
pub(super) fn pixels(
    mut decoder: impl ImageDecoder,
    expected: (u32, u32),
    limits: &Limits,
) -> Result<Decoded> {
    decoder.set_limits(decoder_limits(limits)).map_err(failed)?;
    check_same_size(expected, decoder.dimensions())?;
    let (layout, _) = layout(decoder.color_type())?;
    let length = usize::try_from(decoder.total_bytes()).map_err(|_| {
        Error::new(
            ErrorKind::LimitExceeded,
            "the decoded photo does not fit this machine's memory",
        )
    })?;
    let mut stored = vec![0; length];
    decoder.read_image(&mut stored).map_err(failed)?;
    Ok(Decoded {
        pixels: stored,
        layout,
    })
}

/// The same limits in the terms of the `image` crate.
pub(super) fn decoder_limits(limits: &Limits) -> image::Limits {
    let mut decoder = image::Limits::no_limits();
    decoder.max_image_width = Some(limits.max_width);
    decoder.max_image_height = Some(limits.max_height);
    decoder.max_alloc = Some(limits.max_alloc_bytes);
    decoder
}

/// How pixels of a colour type lie in memory, and the words for it.
///
/// # Errors
/// [`ErrorKind::UnsupportedFormat`] for floating-point samples.
pub(super) fn layout(colour: image::ColorType) -> Result<(PixelLayout, &'static str)> {
    use image::ColorType::{L8, L16, La8, La16, Rgb8, Rgb16, Rgba8, Rgba16};
    Ok(match colour {
        L8 => (PixelLayout::Gray8, "gray"),
        La8 => (PixelLayout::GrayAlpha8, "gray with alpha"),
        Rgb8 => (PixelLayout::Rgb8, "RGB"),
        Rgba8 => (PixelLayout::Rgba8, "RGB with alpha"),
        L16 => (PixelLayout::Gray16, "gray, 16 bits"),
        La16 => (PixelLayout::GrayAlpha16, "gray with alpha, 16 bits"),
        Rgb16 => (PixelLayout::Rgb16, "RGB, 16 bits"),
        Rgba16 => (PixelLayout::Rgba16, "RGB with alpha, 16 bits"),
        other => {
            return Err(Error::new(
                ErrorKind::UnsupportedFormat,
                format!(
                    "{other:?} samples are not supported; convert the photo to 16 or 8 bits a sample first"
                ),
            ));
        }
    })
}

/// A layout in the terms of the `image` crate's encoders.
pub(super) fn encoder_colour(layout: PixelLayout) -> image::ExtendedColorType {
    use image::ExtendedColorType as Colour;
    match layout {
        PixelLayout::Gray8 => Colour::L8,
        PixelLayout::GrayAlpha8 => Colour::La8,
        PixelLayout::Rgb8 => Colour::Rgb8,
        PixelLayout::Rgba8 => Colour::Rgba8,
        PixelLayout::Bgra8 => Colour::Bgra8,
        PixelLayout::Gray16 => Colour::L16,
        PixelLayout::GrayAlpha16 => Colour::La16,
        PixelLayout::Rgb16 => Colour::Rgb16,
        PixelLayout::Rgba16 => Colour::Rgba16,
    }
}

/// An error of the `image` crate in our terms.
pub(super) fn failed(error: ImageError) -> Error {
    let (kind, what) = match &error {
        ImageError::Limits(_) => (ErrorKind::LimitExceeded, "decoding would exceed the limits"),
        ImageError::Unsupported(_) => (
            ErrorKind::UnsupportedFormat,
            "this variant of the format is not supported",
        ),
        _ => (ErrorKind::Decode, "the photo is damaged or cut short"),
    };
    Error::new(kind, what).with_source(error)
}
