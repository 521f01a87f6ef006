//! Reading JPEG pixels.
//!
//! `zune-jpeg` is used directly and in its strict mode: by way of the `image` crate it fills what it cannot read with
//! gray and says nothing, and the protected photo would lose what other programs can still show.

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::cancel::CancelToken;
use crate::codec::colour::cmyk_to_srgb;
use crate::codec::photo::{Decoded, check_same_size};
use crate::codec::watched::{WatchedBytes, apart};
use crate::error::{Error, ErrorKind, Result};
use crate::pixels::PixelLayout;

/// Decodes to 8-bit gray or RGB rows without padding, apart: the last step of a progressive photo, which turns all
/// coefficients into pixels, cannot be stopped.
pub(super) fn decode(input: &[u8], size: (u32, u32), cancel: &CancelToken) -> Result<Decoded> {
    let (input, token) = (input.to_vec(), cancel.clone());
    let work = move || decode_here(&input, size, &token);
    apart(ErrorKind::Decode, cancel, work)?
}

fn decode_here(input: &[u8], (width, height): (u32, u32), cancel: &CancelToken) -> Result<Decoded> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(width as usize)
        .set_max_height(height as usize);
    let bytes = WatchedBytes::new(input, cancel);
    let mut decoder = JpegDecoder::new_with_options(bytes, options);
    decoder.decode_headers().map_err(failed)?;
    let stated = decoder
        .info()
        .map(|info| (u32::from(info.width), u32::from(info.height)));
    check_same_size((width, height), stated.unwrap_or_default())?;
    let (colour, layout) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, PixelLayout::Gray8),
        Some(ColorSpace::CMYK) if !is_adobes(input) => (ColorSpace::CMYK, PixelLayout::Rgb8),
        _ => (ColorSpace::RGB, PixelLayout::Rgb8),
    };
    let options = decoder.options().jpeg_set_out_colorspace(colour);
    decoder.set_options(options);
    let length = decoder.output_buffer_size().unwrap_or_default();
    let mut pixels = vec![0; length];
    decoder.decode_into(&mut pixels).map_err(failed)?;
    if colour == ColorSpace::CMYK && decoder.output_colorspace() == Some(colour) {
        pixels = cmyk_to_srgb(None, &pixels, false);
    } else if decoder.output_colorspace() != Some(colour) {
        pixels.clear();
    }
    if pixels.len() != width as usize * height as usize * layout.bytes_per_pixel() {
        return Err(Error::new(
            ErrorKind::UnsupportedFormat,
            "this JPEG's colours cannot be turned into RGB",
        ));
    }
    Ok(Decoded { pixels, layout })
}

/// Whether Adobe's APP14 segment stands before the first scan: 255 is no ink then, which is what the decoder takes for
/// granted. Without it 255 is full ink.
fn is_adobes(input: &[u8]) -> bool {
    let mut rest = input.get(2..).unwrap_or_default();
    while let [0xFF, marker, after @ ..] = rest {
        match (*marker, after) {
            (0xFF, _) => rest = &rest[1..],
            (0xDA | 0xD9, _) => break,
            (marker, [high, low, ..]) => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if marker == 0xEE && after.get(2..7) == Some(b"Adobe") {
                    return true;
                }
                rest = after.get(length..).unwrap_or_default();
            }
            _ => break,
        }
    }
    false
}

fn failed(error: DecodeErrors) -> Error {
    let (kind, what) = match &error {
        DecodeErrors::Unsupported(_) => (
            ErrorKind::UnsupportedFormat,
            "this variant of JPEG is not supported",
        ),
        DecodeErrors::LargeDimensions(_) => (
            ErrorKind::LimitExceeded,
            "the JPEG is larger than its header says",
        ),
        _ => (
            ErrorKind::Decode,
            "the JPEG is damaged: not all of the photo can be read",
        ),
    };
    Error::new(kind, what).with_source(error)
}
