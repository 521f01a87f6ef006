//! WebP: chunks, and how the file is written again (RFC 9649).

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::webp::{WebPDecoder, WebPEncoder};
use img_parts::riff::{RiffChunk, RiffContent};
use img_parts::webp::{CHUNK_ANIM, CHUNK_EXIF, CHUNK_ICCP, CHUNK_VP8, CHUNK_VP8X, CHUNK_XMP, WebP};
use img_parts::{Bytes, ImageICC};

use super::colour::ColourSpace;
use super::decode::Decoded;
use super::format::FileFormat;
use super::policy::{MARK, MARK_ADDED, Packets, Rules};
use super::source::{self, Encoding, Fate, Segment, Source};
use super::watched::{Watched, apart};
use super::{decode, exif, icc};
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};

/// Some writers put JPEG's `Exif\0\0` before the TIFF block, against the specification.
const JPEG_EXIF_PREFIX: &[u8] = b"Exif\0\0";

/// Reads the header and judges the chunks of a WebP file.
pub(super) fn read(bytes: Bytes, rules: &Rules) -> Result<Source> {
    let webp = WebP::from_bytes(padded(bytes.clone())).map_err(|e| {
        Error::new(ErrorKind::Decode, "the WebP is damaged or cut short").with_source(e)
    })?;
    if webp.has_chunk(CHUNK_ANIM) {
        return Err(Error::new(
            ErrorKind::UnsupportedFormat,
            "animated WebP is not supported; save its frames as plain WebP or PNG files and protect those",
        ));
    }
    let metadata = webp.chunks().iter().filter(|chunk| !is_pixels(chunk.id()));
    rules.check_size(metadata.filter_map(|chunk| Some(chunk.content().data()?.len())))?;
    let decoder = WebPDecoder::new(Cursor::new(&bytes[..])).map_err(decode::failed)?;
    let (width, height) = decoder.dimensions();
    let (_, colour) = source::layout(decoder.color_type())?;
    let orientation = webp
        .chunk_by_id(CHUNK_EXIF)
        .and_then(|chunk| chunk.content().data());
    let mut judge = Judge {
        rules,
        packets: Packets::new(rules, None),
        refusals: Vec::new(),
    };
    let mut segments: Vec<Segment> = webp
        .chunks()
        .iter()
        .filter_map(|chunk| judge.chunk(chunk))
        .collect();
    let mut notes = Vec::new();
    segments.extend(judge.packets.finish(&mut notes).map(mark));
    if webp.has_chunk(CHUNK_VP8) {
        notes.push("lossy WebP: written lossless, so the file is larger".to_owned());
    }
    Ok(Source {
        format: FileFormat::WebP,
        width,
        height,
        orientation: orientation.map_or(1, |block| exif::orientation(tiff(block))),
        colour,
        gray: false,
        profile: webp.icc_profile().map(|profile| icc::name(&profile)),
        space: ColourSpace::of_profile(webp.icc_profile()),
        segments,
        notes,
        refusals: judge.refusals,
        encoding: Encoding::WebP,
    })
}

/// The file with the padding byte that some writers leave out at the end.
fn padded(bytes: Bytes) -> Bytes {
    let stated = bytes
        .get(4..8)
        .and_then(|size| size.try_into().ok())
        .map(u32::from_le_bytes);
    match stated {
        Some(size)
            if bytes.len() % 2 == 1 && (size as usize).checked_add(8) >= Some(bytes.len()) =>
        {
            let mut whole = bytes.to_vec();
            whole.push(0);
            // An even RIFF size covers the padding byte.
            let size = (whole.len() - 8) as u32;
            whole[4..8].copy_from_slice(&size.to_le_bytes());
            whole.into()
        }
        _ => bytes,
    }
}

/// The TIFF block of an EXIF chunk.
fn tiff(block: &[u8]) -> &[u8] {
    block.strip_prefix(JPEG_EXIF_PREFIX).unwrap_or(block)
}

/// Whether a chunk is part of the pixels, or the header.
fn is_pixels(id: [u8; 4]) -> bool {
    matches!(id, [b'V', b'P', b'8', _] | [b'A', b'L', b'P', b'H'])
}

/// Judges the chunks of one file.
struct Judge<'a> {
    rules: &'a Rules,
    packets: Packets<'a>,
    refusals: Vec<Error>,
}

impl Judge<'_> {
    fn chunk(&mut self, chunk: &RiffChunk) -> Option<Segment> {
        let contents = chunk.content().data()?;
        let (name, fate) = match chunk.id() {
            id if is_pixels(id) => return None,
            CHUNK_ICCP => ("ICC profile".to_owned(), Fate::Keep(contents.clone())),
            CHUNK_EXIF => {
                let fate = self
                    .rules
                    .exif(tiff(contents))
                    .fate(contents, |block| block);
                ("EXIF".to_owned(), fate)
            }
            CHUNK_XMP => {
                self.rules.check_mark(contents, &mut self.refusals);
                let verdict = self.packets.judge(contents, usize::MAX);
                ("XMP".to_owned(), verdict.fate(contents, |packet| packet))
            }
            [b'C', b'2', b'P', b'A'] => self.rules.credentials(&mut self.refusals),
            id => {
                let name = id.iter().map(|&letter| char::from(letter)).collect();
                (
                    name,
                    Fate::Remove("an unknown chunk, which may describe the pixels as they were"),
                )
            }
        };
        Some(Segment {
            name,
            id: chunk.id(),
            bytes: contents.len(),
            fate,
        })
    }
}

/// A new packet with the mark.
fn mark(packet: Vec<u8>) -> Segment {
    Segment {
        name: MARK.to_owned(),
        id: CHUNK_XMP,
        bytes: 0,
        fate: Fate::Add(packet.into(), MARK_ADDED),
    }
}

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
        let colour = source::encoder_colour(decoded.layout);
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
            .filter(|segment| segment.id == id)
            .find_map(Segment::payload)?;
        Some(RiffChunk::new(id, RiffContent::Data(payload.clone())))
    };
    let (icc, exif, xmp) = (chunk(CHUNK_ICCP), chunk(CHUNK_EXIF), chunk(CHUNK_XMP));
    if icc.is_none() && exif.is_none() && xmp.is_none() {
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
    webp.chunks_mut().extend(exif.into_iter().chain(xmp));
    Ok(webp.encoder().bytes().into())
}
