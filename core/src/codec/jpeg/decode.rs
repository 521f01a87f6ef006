//! Reading JPEG pixels.
//!
//! `zune-jpeg` is used directly and in its strict mode: by way of the `image` crate it fills what it cannot read with
//! gray and says nothing, and the protected photo would lose what other programs can still show.

use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::super::decode::check_same_size;
use crate::error::{Error, ErrorKind, Result};

/// Decodes to interleaved 8-bit RGB rows without padding; gray photos become RGB with equal samples.
pub(in crate::codec) fn decode(input: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(width as usize)
        .set_max_height(height as usize)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(input), options);
    decoder.decode_headers().map_err(failed)?;
    let stated = decoder
        .info()
        .map(|info| (u32::from(info.width), u32::from(info.height)));
    check_same_size((width, height), stated.unwrap_or_default())?;
    let length = decoder.output_buffer_size().unwrap_or_default();
    let mut rgb = vec![0; length];
    decoder.decode_into(&mut rgb).map_err(failed)?;
    if decoder.output_colorspace() != Some(ColorSpace::RGB)
        || length != width as usize * height as usize * 3
    {
        return Err(Error::new(
            ErrorKind::UnsupportedFormat,
            "this JPEG's colours cannot be turned into RGB",
        ));
    }
    Ok(rgb)
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
