//! Writing JPEG: the input's own tables and sampling, its metadata in its order.

use std::io::Write;
use std::sync::Arc;

use img_parts::Bytes;
use img_parts::jpeg::{Jpeg, JpegSegment, markers};
use jpeg_encoder::{
    ChromaSubsamplingMethod, ColorType, Encoder, PixelDensity, PixelDensityUnit,
    QuantizationTableType, SamplingFactor,
};
use rayon::prelude::*;

use super::encoding::{Density, Encoding};
use super::finish::finish;
use super::strips::Strips;
use crate::codec::photo::{Decoded, Place, Segment};
use crate::codec::watched::{Watched, apart};
use crate::error::{Error, ErrorKind, Result};
use crate::options::ProtectOptions;
use crate::pixels::PixelLayout;

/// Encodes 8-bit gray or RGB rows without padding. [`quality`](ProtectOptions::quality) replaces the input's tables.
pub(super) fn encode(
    decoded: Decoded,
    (width, height): (u32, u32),
    encoding: &Arc<Encoding>,
    segments: &[Segment],
    options: &ProtectOptions,
) -> Result<Vec<u8>> {
    let too_large = |side: u32| {
        Error::new(
            ErrorKind::Encode,
            format!("a side of {side} px does not fit a JPEG, which ends at 65,535 px"),
        )
    };
    let (width, height) = (
        u16::try_from(width).map_err(|_| too_large(width))?,
        u16::try_from(height).map_err(|_| too_large(height))?,
    );
    let layout = decoded.layout;
    let strips = Strips::new(width, height, layout, encoding);
    let jpeg = if strips.count() == 1 {
        // A progressive encoder writes nothing until it has seen all of the photo.
        let (encoding, options) = (encoding.clone(), options.clone());
        let cancel = options.cancel.clone();
        let work = move || {
            encode_rows(
                &decoded.pixels,
                (width, height),
                layout,
                &encoding,
                &options,
            )
        };
        parse(apart(ErrorKind::Encode, &cancel, work)??)?
    } else {
        let pixels = &decoded.pixels[..];
        let row = usize::from(width) * layout.bytes_per_pixel();
        let parts = pixels
            .par_chunks(usize::from(strips.rows) * row)
            .map(|strip| {
                let height = (strip.len() / row) as u16;
                parse(encode_rows(
                    strip,
                    (width, height),
                    layout,
                    encoding,
                    options,
                )?)
            });
        strips.join(parts.collect::<Result<Vec<_>>>()?)?
    };
    finish(
        insert_segments(jpeg, segments).encoder().bytes().into(),
        encoding,
    )
}

fn encode_rows(
    pixels: &[u8],
    (width, height): (u16, u16),
    layout: PixelLayout,
    encoding: &Encoding,
    options: &ProtectOptions,
) -> Result<Vec<u8>> {
    options.cancel.check()?;
    let colour = if layout.is_gray() {
        ColorType::Luma
    } else {
        ColorType::Rgb
    };
    // A photo of quality 90 takes about a third of a byte per pixel: one allocation is enough for most.
    let mut bytes = Vec::with_capacity(pixels.len() / 8 + 4096);
    encoder(
        Watched::new(&mut bytes, &options.cancel),
        encoding,
        options.quality,
    )
    .encode(pixels, width, height, colour)
    .map_err(|e| Error::new(ErrorKind::Encode, "the JPEG could not be written").with_source(e))?;
    Ok(bytes)
}

fn parse(bytes: Vec<u8>) -> Result<Jpeg> {
    Jpeg::from_bytes(Bytes::from(bytes)).map_err(|e| {
        Error::new(ErrorKind::Encode, "the written JPEG could not be read back").with_source(e)
    })
}

fn encoder<W: Write>(writer: W, encoding: &Encoding, quality: Option<u8>) -> Encoder<W> {
    let mut encoder = Encoder::new(writer, quality.unwrap_or(encoding.quality));
    if let (None, Some(tables)) = (quality, &encoding.tables) {
        encoder.set_quantization_tables(
            QuantizationTableType::Custom(Box::new(tables.luma)),
            QuantizationTableType::Custom(Box::new(tables.chroma)),
        );
    }
    let (horizontal, vertical) = encoding.sampling;
    encoder.set_sampling_factor(
        SamplingFactor::from_factors(horizontal, vertical).unwrap_or(SamplingFactor::R_4_4_4),
    );
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.set_progressive(encoding.progressive);
    encoder.set_optimized_huffman_tables(encoding.progressive);
    if let Some(density) = encoding.density {
        encoder.set_density(pixel_density(density));
    }
    encoder
}

fn pixel_density(density: Density) -> PixelDensity {
    let unit = match density.unit {
        1 => PixelDensityUnit::Inches,
        2 => PixelDensityUnit::Centimeters,
        _ => PixelDensityUnit::PixelAspectRatio,
    };
    PixelDensity {
        density: (density.x, density.y),
        unit,
    }
}

/// Puts the kept segments right after the JFIF header.
fn insert_segments(mut jpeg: Jpeg, segments: &[Segment]) -> Jpeg {
    let kept = segments.iter().filter_map(|segment| {
        let Place::Marker(marker) = segment.place else {
            return None;
        };
        let payload = segment.payload()?.clone();
        Some(JpegSegment::new_with_contents(marker, payload))
    });
    let first = jpeg.segments().first();
    let header = usize::from(first.is_some_and(|segment| segment.marker() == markers::APP0));
    jpeg.segments_mut().splice(header..header, kept);
    jpeg
}
