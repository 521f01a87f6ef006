//! Writing WebP: always lossless, with the kept chunks.

use image::codecs::webp::WebPEncoder;
use img_parts::Bytes;
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::{CHUNK_EXIF, CHUNK_ICCP, CHUNK_VP8X, CHUNK_XMP, WebP};

use crate::cancel::CancelToken;
use crate::codec::image_crate;
use crate::codec::photo::{Decoded, Place, Segment};
use crate::codec::watched::{Watched, apart};
use crate::error::{Error, ErrorKind, Result};

/// Encodes 8-bit rows without padding; always lossless.
pub(super) fn encode(
    decoded: Decoded,
    (width, height): (u32, u32),
    segments: &[Segment],
    cancel: &CancelToken,
) -> Result<Vec<u8>> {
    const LARGEST: u32 = 1 << 14;
    if width > LARGEST || height > LARGEST {
        return Err(Error::new(
            ErrorKind::Encode,
            format!("{width} x {height} px does not fit a WebP, which ends at {LARGEST} px a side"),
        ));
    }
    let alpha = decoded.layout.has_alpha();
    let token = cancel.clone();
    let work = move || {
        let colour = image_crate::encoder_colour(decoded.layout);
        let mut bytes = Vec::with_capacity(decoded.pixels.len() / 2 + 4096);
        let encoder = WebPEncoder::new_lossless(Watched::new(&mut bytes, &token));
        encoder
            .encode(&decoded.pixels, width, height, colour)
            .map(|()| bytes)
    };
    let bytes = apart(ErrorKind::Encode, cancel, work)?.map_err(|e| {
        Error::new(ErrorKind::Encode, "the WebP could not be written").with_source(e)
    })?;
    insert_chunks(bytes, (width, height), alpha, segments)
}

/// Turns a simple file into an extended one with the kept chunks in the order that RFC 9649, 2.7 asks for.
fn insert_chunks(
    bytes: Vec<u8>,
    (width, height): (u32, u32),
    alpha: bool,
    segments: &[Segment],
) -> Result<Vec<u8>> {
    let chunk = |id: [u8; 4]| {
        let payload = segments
            .iter()
            .filter(|segment| segment.place == Place::Chunk(id))
            .find_map(Segment::payload)?;
        Some(RiffChunk::new(id, RiffContent::Data(payload.clone())))
    };
    let (icc, exif, xmp) = (chunk(CHUNK_ICCP), chunk(CHUNK_EXIF), chunk(CHUNK_XMP));
    let known = [CHUNK_ICCP, CHUNK_EXIF, CHUNK_XMP].map(Place::Chunk);
    let others = segments
        .iter()
        .filter(|segment| !known.contains(&segment.place));
    let others: Vec<RiffChunk> = others
        .filter_map(|segment| match segment.place {
            Place::Chunk(id) => {
                let payload = segment.payload()?.clone();
                Some(RiffChunk::new(id, RiffContent::Data(payload)))
            }
            Place::Marker(_) | Place::Elsewhere => None,
        })
        .collect();
    if icc.is_none() && exif.is_none() && xmp.is_none() && others.is_empty() {
        return Ok(bytes);
    }
    let flag = |set: bool, bit: u8| u8::from(set) << bit;
    let flags =
        flag(icc.is_some(), 5) | flag(alpha, 4) | flag(exif.is_some(), 3) | flag(xmp.is_some(), 2);
    let [w0, w1, w2, _] = (width - 1).to_le_bytes();
    let [h0, h1, h2, _] = (height - 1).to_le_bytes();
    let header = RiffContent::Data(Bytes::from(vec![flags, 0, 0, 0, w0, w1, w2, h0, h1, h2]));
    let mut webp = WebP::from_bytes(Bytes::from(bytes)).map_err(|e| {
        Error::new(ErrorKind::Encode, "the written WebP could not be read back").with_source(e)
    })?;
    webp.chunks_mut().retain(|chunk| chunk.id() != CHUNK_VP8X);
    let before = std::iter::once(RiffChunk::new(CHUNK_VP8X, header)).chain(icc);
    webp.chunks_mut().splice(0..0, before);
    webp.chunks_mut()
        .extend(exif.into_iter().chain(xmp).chain(others));
    Ok(webp.encoder().bytes().into())
}
