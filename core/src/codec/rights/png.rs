//! PNG: the packet is in an iTXt chunk (XMP Specification Part 3, 1.1.5; PNG, third edition, 11.3.3.4).

use std::io::Cursor;
use std::ops::Range;

use image::ImageDecoder;
use image::codecs::png::PngDecoder;

use super::container::{Found, damaged, spliced};
use crate::error::{Error, ErrorKind, Result};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";

/// Keyword, then: not compressed, method 0, no language, no translated keyword.
const KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";
const PLAIN: &[u8] = &[0, 0, 0, 0];

struct Chunk<'a> {
    kind: [u8; 4],
    contents: &'a [u8],
    /// From its length to its checksum.
    range: Range<usize>,
}

/// The chunks up to IEND.
fn chunks(file: &[u8]) -> Result<Vec<Chunk<'_>>> {
    let mut chunks = Vec::new();
    let mut at = SIGNATURE.len();
    loop {
        let head = file.get(at..at + 8).ok_or_else(|| damaged("PNG"))?;
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let end = at.saturating_add(length).saturating_add(12);
        let whole = file.get(at..end).ok_or_else(|| damaged("PNG"))?;
        let kind = [head[4], head[5], head[6], head[7]];
        chunks.push(Chunk {
            kind,
            contents: &whole[8..8 + length],
            range: at..end,
        });
        if &kind == b"IEND" {
            return Ok(chunks);
        }
        at = end;
    }
}

fn is_packet(chunk: &Chunk<'_>) -> bool {
    &chunk.kind == b"iTXt" && chunk.contents.starts_with(KEYWORD)
}

pub(super) fn read(file: &[u8]) -> Result<Found<'_>> {
    let chunks = chunks(file)?;
    let signed = chunks.iter().any(|chunk| &chunk.kind == b"caBX");
    let Some(chunk) = chunks.iter().find(|chunk| is_packet(chunk)) else {
        return Ok(Found {
            packet: None,
            signed,
        });
    };
    let rest = &chunk.contents[KEYWORD.len()..];
    let packet = match rest {
        [0, _, rest @ ..] => {
            // Language and translated keyword.
            let mut parts = rest.splitn(3, |&byte| byte == 0).skip(2);
            parts.next().ok_or_else(|| damaged("PNG"))?.into()
        }
        _ => unpacked(file)?.into(),
    };
    Ok(Found {
        packet: Some(packet),
        signed,
    })
}

/// The packet of a compressed chunk.
fn unpacked(file: &[u8]) -> Result<Vec<u8>> {
    let read = || PngDecoder::new(Cursor::new(file))?.xmp_metadata();
    let packet = read().map_err(|e| damaged("PNG").with_source(e))?;
    packet.ok_or_else(|| Error::new(ErrorKind::Decode, "the PNG's XMP packet cannot be unpacked"))
}

pub(super) fn write(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let chunks = chunks(file)?;
    let place = match chunks.iter().find(|chunk| is_packet(chunk)) {
        Some(chunk) => chunk.range.clone(),
        None => {
            // Before the pixels, where streaming readers look for it.
            let pixels = chunks.iter().find(|chunk| &chunk.kind == b"IDAT");
            let at = pixels.ok_or_else(|| damaged("PNG"))?.range.start;
            at..at
        }
    };
    let body = [b"iTXt", KEYWORD, PLAIN, packet].concat();
    let length = (body.len() as u32 - 4).to_be_bytes();
    let checksum = crc32fast::hash(&body).to_be_bytes();
    Ok(spliced(
        file,
        place.start,
        place.end,
        &[&length, &body, &checksum],
    ))
}
