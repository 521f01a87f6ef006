//! Reading TIFF pixels, strip by strip.

use std::io::{Cursor, Read, Seek};

use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::layout::layout_of;
use super::reader::{decoder_limits, failed};
use crate::codec::photo::{Decoded, check_same_size};
use crate::codec::watched::Watched;
use crate::error::{Error, ErrorKind, Result};
use crate::options::ProtectOptions;

/// Decodes a file whose size and layout were checked before.
pub(super) fn decode(
    reader: Watched<'_, Cursor<&[u8]>>,
    size: (u32, u32),
    options: &ProtectOptions,
) -> Result<Decoded> {
    let decoder = Decoder::new(reader).map_err(failed)?;
    let mut decoder = decoder.with_limits(decoder_limits(&options.limits));
    check_same_size(size, decoder.dimensions().map_err(failed)?)?;
    let extra = decoder.find_tag_unsigned_vec::<u16>(Tag::ExtraSamples);
    let extra = extra.ok().flatten().map_or(0, |extra| extra.len());
    let colour = decoder.colortype().map_err(failed)?;
    let (layout, _) = layout_of(colour, Some(1), extra)?;
    let row = size.0 as usize * layout.bytes_per_pixel();
    let mut pixels = vec![0; row * size.1 as usize];
    strips(&mut decoder, &mut pixels, row, options)?;
    Ok(Decoded { pixels, layout })
}

fn strips<R: Read + Seek>(
    decoder: &mut Decoder<R>,
    pixels: &mut [u8],
    row: usize,
    options: &ProtectOptions,
) -> Result<()> {
    let damaged = || {
        Error::new(
            ErrorKind::Decode,
            "the strips of the TIFF do not make up the photo",
        )
    };
    let count = decoder.strip_count().map_err(failed)?;
    let mut rest = pixels;
    for strip in 0..count {
        options.cancel.check()?;
        if rest.is_empty() {
            return Err(damaged());
        }
        let (_, rows) = decoder.chunk_data_dimensions(strip);
        let length = row.checked_mul(rows as usize).ok_or_else(damaged)?;
        let (here, after) = rest.split_at_mut_checked(length).ok_or_else(damaged)?;
        decoder.read_chunk_bytes(strip, here).map_err(failed)?;
        rest = after;
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(damaged())
    }
}
