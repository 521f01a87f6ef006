//! How the pixels of a TIFF lie.

use std::io::Cursor;

use tiff::ColorType;
use tiff::decoder::{ChunkType, Decoder};
use tiff::tags::Tag;

use super::reader::{failed, number, refused};
use crate::error::Result;
use crate::pixels::PixelLayout;

/// How the pixels lie, and the words for it.
///
/// # Errors
/// [`ErrorKind::UnsupportedFormat`] naming what is in the file instead of gray or RGB in strips of 8 or 16 bits.
pub(super) fn layout(decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<(PixelLayout, &'static str)> {
    if decoder.get_chunk_type() == ChunkType::Tile {
        return Err(refused(
            "tiled TIFF is not supported; save the photo as a TIFF in strips first",
        ));
    }
    if number(decoder, 284).unwrap_or(1) != 1 {
        return Err(refused(
            "TIFF with one plane a colour is not supported; save the photo with interleaved samples first",
        ));
    }
    if number(decoder, 339).unwrap_or(1) != 1 {
        return Err(refused(
            "TIFF of signed or floating-point samples is not supported; save the photo with 8 or 16 bits a sample first",
        ));
    }
    if number(decoder, 266).unwrap_or(1) != 1 {
        return Err(refused(
            "TIFF of reversed bit order is not supported; save the photo anew first",
        ));
    }
    let extra = decoder
        .find_tag_unsigned_vec::<u16>(Tag::ExtraSamples)
        .ok()
        .flatten()
        .unwrap_or_default();
    match extra[..] {
        [] | [2] => {}
        [1] => {
            return Err(refused(
                "TIFF with premultiplied alpha is not supported; save the photo with unassociated alpha, or without alpha, first",
            ));
        }
        _ => {
            return Err(refused(
                "TIFF with extra channels beside alpha is not supported; save the photo without them first",
            ));
        }
    }
    let photometric = number(decoder, 262);
    let colour = decoder.colortype().map_err(failed)?;
    layout_of(colour, photometric, extra.len())
}

/// As [`layout`], of what the decoder says.
pub(super) fn layout_of(
    colour: ColorType,
    photometric: Option<u16>,
    extra: usize,
) -> Result<(PixelLayout, &'static str)> {
    let what = match (colour, extra) {
        (ColorType::Gray(8), 0) => return Ok((PixelLayout::Gray8, "gray")),
        (ColorType::Gray(16), 0) => return Ok((PixelLayout::Gray16, "gray, 16 bits")),
        (ColorType::RGB(8), 0) => return Ok((PixelLayout::Rgb8, "RGB")),
        (ColorType::RGB(16), 0) => return Ok((PixelLayout::Rgb16, "RGB, 16 bits")),
        (ColorType::RGBA(8), 1) => return Ok((PixelLayout::Rgba8, "RGB with alpha")),
        (ColorType::RGBA(16), 1) => return Ok((PixelLayout::Rgba16, "RGB with alpha, 16 bits")),
        // Black is 0; with white as 0 the decoder does not turn two channels round.
        (
            ColorType::Multiband {
                bit_depth,
                num_samples: 2,
            },
            1,
        ) if photometric == Some(1) => match bit_depth {
            8 => return Ok((PixelLayout::GrayAlpha8, "gray with alpha")),
            16 => return Ok((PixelLayout::GrayAlpha16, "gray with alpha, 16 bits")),
            _ => "gray TIFF of an unusual depth",
        },
        (ColorType::Palette(_), _) => "TIFF with a palette",
        (ColorType::CMYK(_) | ColorType::CMYKA(_), _) => "CMYK TIFF (for print)",
        (ColorType::YCbCr(_), _) => "YCbCr TIFF",
        (ColorType::Lab(_), _) => "Lab TIFF",
        _ => "TIFF of an unusual depth or number of channels",
    };
    Err(refused(&format!(
        "{what} is not supported; save the photo as an 8- or 16-bit gray or RGB TIFF first"
    )))
}
