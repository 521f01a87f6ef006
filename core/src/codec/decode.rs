//! Decoding to interleaved pixels: gray or RGB, with or without alpha, 8 or 16 bits.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::codecs::{png::PngDecoder, webp::WebPDecoder};
use image::{ImageDecoder, ImageError};

use super::format::FileFormat;
use super::watched::{self, Watched};
use super::{jpeg, jxl, source, tiff};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Limits, ProtectOptions};
use crate::pixels::PixelLayout;

/// A decoded photo: rows without padding, orientation not applied.
pub(super) struct Decoded {
    pub(super) pixels: Vec<u8>,
    pub(super) layout: PixelLayout,
}

/// Decodes a file whose size was checked against the limits before. Gray stays gray and 16 bits stay 16 bits.
pub(super) fn decode(
    input: &[u8],
    format: FileFormat,
    (width, height): (u32, u32),
    options: &ProtectOptions,
) -> Result<Decoded> {
    let (limits, cancel) = (&options.limits, &options.cancel);
    let run = || {
        let cursor = Watched::new(Cursor::new(input), cancel);
        match format {
            FileFormat::Jpeg => jpeg::decode(input, (width, height), cancel),
            FileFormat::Png => {
                let limited = source::decoder_limits(limits);
                pixels(
                    PngDecoder::with_limits(cursor, limited).map_err(failed)?,
                    (width, height),
                    limits,
                )
            }
            FileFormat::Jxl => jxl::decode(input, (width, height), options),
            FileFormat::Tiff => tiff::decode(cursor, (width, height), options),
            FileFormat::WebP => webp(input, (width, height), options),
        }
    };
    // A last defence: a fault in a third-party decoder on a hostile file becomes an error. Nothing of the decoder
    // outlives the call, so no broken state can be seen.
    let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Decode,
            format!("the {format} decoder failed on this file"),
        ))
    });
    watched::outcome(cancel, result)
}

/// Apart: one row of macroblocks, or one transform of a lossless photo, is too much to wait for.
fn webp(input: &[u8], size: (u32, u32), options: &ProtectOptions) -> Result<Decoded> {
    let (input, limits, token) = (
        input.to_vec(),
        options.limits.clone(),
        options.cancel.clone(),
    );
    let work = move || {
        let reader = Watched::new(Cursor::new(&input[..]), &token);
        pixels(WebPDecoder::new(reader).map_err(failed)?, size, &limits)
    };
    watched::apart(ErrorKind::Decode, &options.cancel, work)?
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
    let (layout, _) = source::layout(decoder.color_type())?;
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
