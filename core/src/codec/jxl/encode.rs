//! Writing JPEG XL: our header, one lossless frame, the kept boxes.

use zune_jpeg::zune_core::bit_depth::BitDepth;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::EncoderOptions;
use zune_jpegxl::{JxlEncodeErrors, JxlSimpleEncoder};

use super::encoding::Encoding;
use super::{boxes, header};
use crate::cancel::CancelToken;
use crate::codec::photo::{Decoded, Place, Segment};
use crate::codec::watched::apart;
use crate::error::{Error, ErrorKind, Result};
use crate::pixels::PixelLayout;

/// How many rows of a group the encoder looks at before it chooses its codes, 0 to 127; more gains nothing on photos.
const EFFORT: u8 = 20;

/// Encodes rows without padding; always lossless.
pub(super) fn encode(
    decoded: Decoded,
    size: (u32, u32),
    encoding: &Encoding,
    segments: &[Segment],
    cancel: &CancelToken,
) -> Result<Vec<u8>> {
    let layout = decoded.layout;
    let mut photo = header::write(size, layout, encoding);
    let frame = apart(ErrorKind::Encode, cancel, move || frame(&decoded, size))??;
    photo.extend_from_slice(
        frame
            .get(header::replaced_length(size, layout)..)
            .unwrap_or_default(),
    );
    Ok(contained(photo, layout, segments))
}

/// The photo with a header that says nothing of its colour.
fn frame(decoded: &Decoded, (width, height): (u32, u32)) -> Result<Vec<u8>> {
    let options = EncoderOptions::default()
        .set_width(width as usize)
        .set_height(height as usize)
        .set_depth(if decoded.layout.peak() == u16::MAX {
            BitDepth::Sixteen
        } else {
            BitDepth::Eight
        })
        .set_colorspace(colour(decoded.layout)?)
        .set_effort(EFFORT)
        .set_num_threads(0);
    let mut bytes = Vec::new();
    JxlSimpleEncoder::new(&decoded.pixels, options)
        .encode(&mut bytes)
        .map_err(|error| failed(&error, (width, height)))?;
    Ok(bytes)
}

fn colour(layout: PixelLayout) -> Result<ColorSpace> {
    match layout {
        PixelLayout::Gray8 | PixelLayout::Gray16 => Ok(ColorSpace::Luma),
        PixelLayout::GrayAlpha8 | PixelLayout::GrayAlpha16 => Ok(ColorSpace::LumaA),
        PixelLayout::Rgb8 | PixelLayout::Rgb16 => Ok(ColorSpace::RGB),
        PixelLayout::Rgba8 | PixelLayout::Rgba16 => Ok(ColorSpace::RGBA),
        PixelLayout::Bgra8 => Err(Error::new(
            ErrorKind::Encode,
            "JPEG XL has no pixels in the order blue, green, red",
        )),
    }
}

/// The codestream bare, or in a container where there is something beside it or its level must be stated: 16 bits need
/// level 10 (ISO/IEC 18181-1, annex M).
fn contained(photo: Vec<u8>, layout: PixelLayout, segments: &[Segment]) -> Vec<u8> {
    let wide = layout.peak() == u16::MAX;
    let kept: Vec<_> = segments
        .iter()
        .filter_map(|segment| match segment.place {
            Place::Chunk(kind) => Some((kind, segment.payload()?)),
            Place::Marker(_) | Place::Elsewhere => None,
        })
        .collect();
    if kept.is_empty() && !wide {
        return photo;
    }
    let mut file = [boxes::SIGNATURE, boxes::FILE_TYPE].concat();
    if wide {
        boxes::write(&mut file, *b"jxll", &[10]);
    }
    for (kind, contents) in kept {
        boxes::write(&mut file, kind, contents);
    }
    boxes::write(&mut file, *b"jxlc", &photo);
    file
}

fn failed(error: &JxlEncodeErrors, (width, height): (u32, u32)) -> Error {
    let message = if width < 2 || height < 2 {
        "a JPEG XL one pixel wide or high cannot be written; save the photo as PNG and protect that"
            .to_owned()
    } else {
        format!("the JPEG XL could not be written ({error:?})")
    };
    Error::new(ErrorKind::Encode, message.trim_end())
}
