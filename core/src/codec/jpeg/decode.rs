//! Reading JPEG pixels.
//!
//! Ordinary files are decoded by `zune-jpeg`, which is fast, and its picture is believed where it has the means that our
//! own coefficients say. All others are decoded from those coefficients.

use std::panic::{AssertUnwindSafe, catch_unwind};

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::coefficients::{Photo, Samples};
use crate::cancel::CancelToken;
use crate::codec::colour::cmyk_to_srgb;
use crate::codec::memory::filled;
use crate::codec::photo::{Decoded, check_same_size};
use crate::codec::watched::{WatchedBytes, apart};
use crate::error::{Error, ErrorKind, Result};
use crate::pixels::PixelLayout;

/// Decodes to 8-bit gray or RGB rows without padding, apart: the last step of a progressive photo, which turns all
/// coefficients into pixels, cannot be stopped.
pub(super) fn decode(input: &[u8], size: (u32, u32), cancel: &CancelToken) -> Result<Decoded> {
    let (input, token) = (input.to_vec(), cancel.clone());
    let work = move || {
        let photo = Photo::read(&input, &token)?.ok_or_else(unsupported)?;
        decode_read(&photo, &input, size, &token)
    };
    apart(ErrorKind::Decode, cancel, work)?
}

/// As [`decode`], of a photo whose coefficients were read already.
pub(super) fn decode_read(
    photo: &Photo<'_>,
    input: &[u8],
    size: (u32, u32),
    cancel: &CancelToken,
) -> Result<Decoded> {
    check_same_size(size, photo.size())?;
    if photo.is_ordinary()
        && let Some(decoded) = guarded(|| fast(input, size, cancel))
        && photo.agrees(&decoded.pixels)
    {
        return Ok(decoded);
    }
    let (pixels, layout) = match photo.decode(cancel)? {
        Samples::Gray(pixels) => (pixels, PixelLayout::Gray8),
        Samples::Rgb(pixels) => (pixels, PixelLayout::Rgb8),
        Samples::Cmyk { samples, inverted } => {
            (cmyk_to_srgb(None, &samples, inverted), PixelLayout::Rgb8)
        }
    };
    Ok(Decoded { pixels, layout })
}

/// A last defence, as in format.rs: a fault in the decoder means the slow way.
fn guarded(decode: impl FnOnce() -> Option<Decoded>) -> Option<Decoded> {
    catch_unwind(AssertUnwindSafe(decode)).ok().flatten()
}

/// By `zune-jpeg`, in its strict mode: else it fills what it cannot read with gray and says nothing. Where it fails, the
/// slow way says what is wrong.
fn fast(input: &[u8], (width, height): (u32, u32), cancel: &CancelToken) -> Option<Decoded> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(width as usize)
        .set_max_height(height as usize);
    let mut decoder = JpegDecoder::new_with_options(WatchedBytes::new(input, cancel), options);
    decoder.decode_headers().ok()?;
    let (colour, layout) = match decoder.input_colorspace() {
        Some(ColorSpace::Luma) => (ColorSpace::Luma, PixelLayout::Gray8),
        _ => (ColorSpace::RGB, PixelLayout::Rgb8),
    };
    let options = decoder.options().jpeg_set_out_colorspace(colour);
    decoder.set_options(options);
    let length = decoder.output_buffer_size().unwrap_or_default();
    if length != width as usize * height as usize * layout.bytes_per_pixel() {
        return None;
    }
    let mut pixels = filled(0, length).ok()?;
    decoder.decode_into(&mut pixels).ok()?;
    Some(Decoded { pixels, layout })
}

fn unsupported() -> Error {
    Error::new(
        ErrorKind::UnsupportedFormat,
        "this variant of JPEG is not supported; open the photo in an editor and save it as an ordinary JPEG first",
    )
}
