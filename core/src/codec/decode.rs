//! Decoding to interleaved 8-bit RGB or RGBA.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::{png::PngDecoder, webp::WebPDecoder};
use image::{ColorType, ImageDecoder, ImageError};

use super::format::FileFormat;
use super::{jpeg, source};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Limits;

/// A decoded photo: rows without padding, orientation not applied.
pub(super) struct Decoded {
    pub(super) pixels: Vec<u8>,
    /// Four samples a pixel where set, else three.
    pub(super) alpha: bool,
}

/// Decodes a file whose size was checked against the limits before. Gray becomes RGB with equal samples.
pub(super) fn decode(
    input: &[u8],
    format: FileFormat,
    (width, height): (u32, u32),
    limits: &Limits,
) -> Result<Decoded> {
    let run = || {
        let cursor = Cursor::new(input);
        match format {
            FileFormat::Jpeg => Ok(Decoded {
                pixels: jpeg::decode(input, (width, height))?,
                alpha: false,
            }),
            FileFormat::Png => {
                let limited = source::decoder_limits(limits);
                pixels(
                    PngDecoder::with_limits(cursor, limited).map_err(failed)?,
                    (width, height),
                    limits,
                )
            }
            FileFormat::WebP => pixels(
                WebPDecoder::new(cursor).map_err(failed)?,
                (width, height),
                limits,
            ),
        }
    };
    // A last defence: a fault in a third-party decoder on a hostile file becomes an error. Nothing of the decoder
    // outlives the call, so no broken state can be seen.
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Decode,
            format!("the {format} decoder failed on this file"),
        ))
    })
}

fn pixels(
    mut decoder: impl ImageDecoder,
    expected: (u32, u32),
    limits: &Limits,
) -> Result<Decoded> {
    decoder
        .set_limits(source::decoder_limits(limits))
        .map_err(failed)?;
    check_same_size(expected, decoder.dimensions())?;
    let colour = decoder.color_type();
    source::colour_name(&decoder)?;
    let length = usize::try_from(decoder.total_bytes()).map_err(|_| {
        Error::new(
            ErrorKind::LimitExceeded,
            "the decoded photo does not fit this machine's memory",
        )
    })?;
    let mut stored = vec![0; length];
    decoder.read_image(&mut stored).map_err(failed)?;
    Ok(match colour {
        ColorType::L8 => Decoded {
            pixels: repeat_gray::<1, 3>(&stored),
            alpha: false,
        },
        ColorType::La8 => Decoded {
            pixels: repeat_gray::<2, 4>(&stored),
            alpha: true,
        },
        _ => Decoded {
            pixels: stored,
            alpha: colour.has_alpha(),
        },
    })
}

/// Checks that the decoder sees the size that was checked against the limits.
pub(super) fn check_same_size(checked: (u32, u32), decoder: (u32, u32)) -> Result<()> {
    if checked == decoder {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Decode,
        format!("the file states two sizes: {checked:?} and {decoder:?} px"),
    ))
}

/// Gray samples three times over; what follows them (alpha) once.
fn repeat_gray<const FROM: usize, const TO: usize>(stored: &[u8]) -> Vec<u8> {
    let (pixels, _) = stored.as_chunks::<FROM>();
    let repeated = |pixel: &[u8; FROM]| -> [u8; TO] {
        std::array::from_fn(|i| pixel[i.saturating_sub(2).min(FROM - 1)])
    };
    pixels.iter().flat_map(repeated).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gray_is_repeated_and_alpha_is_not() {
        assert_eq!(repeat_gray::<1, 3>(&[5, 9]), [5, 5, 5, 9, 9, 9]);
        assert_eq!(repeat_gray::<2, 4>(&[5, 1, 9, 2]), [5, 5, 5, 1, 9, 9, 9, 2]);
    }
}
