//! WebP: the packet is a chunk of its own in an extended file (RFC 9649, 2.7).

use std::ops::Range;

use super::container::{Found, damaged};
use crate::error::Result;

/// Bits of the flags in VP8X (2.7.1).
const ALPHA: u8 = 1 << 4;
const XMP: u8 = 1 << 2;

struct Chunk<'a> {
    kind: [u8; 4],
    contents: &'a [u8],
    /// With its header and padding.
    range: Range<usize>,
}

/// The chunks within the RIFF size.
fn chunks(file: &[u8]) -> Result<Vec<Chunk<'_>>> {
    let broken = || damaged("WebP");
    let word = |at: usize| {
        Some(u32::from_le_bytes(file.get(at..at.checked_add(4)?)?.try_into().ok()?) as usize)
    };
    if file.get(8..12) != Some(b"WEBP") {
        return Err(broken());
    }
    let end = word(4)
        .ok_or_else(broken)?
        .saturating_add(8)
        .min(file.len());
    let mut chunks = Vec::new();
    let mut at = 12;
    while at + 8 <= end {
        let length = word(at + 4).ok_or_else(broken)?;
        let contents = file
            .get(at + 8..(at + 8).saturating_add(length))
            .ok_or_else(broken)?;
        let kind = [file[at], file[at + 1], file[at + 2], file[at + 3]];
        let next = at + 8 + length;
        let padded = (next + length % 2).min(file.len());
        chunks.push(Chunk {
            kind,
            contents,
            range: at..padded,
        });
        at = padded;
    }
    if chunks.is_empty() {
        Err(broken())
    } else {
        Ok(chunks)
    }
}

pub(super) fn read(file: &[u8]) -> Result<Found<'_>> {
    let chunks = chunks(file)?;
    let packet = chunks.iter().find(|chunk| &chunk.kind == b"XMP ");
    Ok(Found {
        packet: packet.map(|chunk| chunk.contents.into()),
        signed: chunks.iter().any(|chunk| &chunk.kind == b"C2PA"),
    })
}

pub(super) fn write(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let chunks = chunks(file)?;
    let mut body = b"WEBP".to_vec();
    let extended = &chunks[0].kind == b"VP8X";
    if !extended {
        let header = header(&chunks[0]).ok_or_else(|| damaged("WebP"))?;
        append(&mut body, *b"VP8X", &header);
    }
    let mut written = false;
    for chunk in &chunks {
        match &chunk.kind {
            b"VP8X" => {
                let mut header = chunk.contents.to_vec();
                *header.first_mut().ok_or_else(|| damaged("WebP"))? |= XMP;
                append(&mut body, chunk.kind, &header);
            }
            b"XMP " if written => {}
            b"XMP " => {
                append(&mut body, chunk.kind, packet);
                written = true;
            }
            _ => append(&mut body, chunk.kind, chunk.contents),
        }
    }
    if !written {
        append(&mut body, *b"XMP ", packet);
    }
    let size = (body.len() as u32).to_le_bytes();
    let behind = chunks.last().map_or(file.len(), |chunk| chunk.range.end);
    Ok([b"RIFF", &size[..], &body, &file[behind..]].concat())
}

/// VP8X for a simple file: its size, and whether it has alpha.
fn header(pixels: &Chunk<'_>) -> Option<[u8; 10]> {
    let (width, height, alpha) = match (&pixels.kind, pixels.contents) {
        // RFC 6386, 9.1: frame tag, start code, width and height of 14 bits each.
        (b"VP8 ", [_, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1, ..]) => {
            let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
            (side(*w0, *w1), side(*h0, *h1), false)
        }
        // RFC 9649, 3.4: signature, width - 1 and height - 1 of 14 bits each, alpha.
        (b"VP8L", [0x2F, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([*a, *b, *c, *d]);
            (
                (bits & 0x3FFF) + 1,
                (bits >> 14 & 0x3FFF) + 1,
                bits >> 28 & 1 == 1,
            )
        }
        _ => return None,
    };
    let [w0, w1, w2, _] = width.checked_sub(1)?.to_le_bytes();
    let [h0, h1, h2, _] = height.checked_sub(1)?.to_le_bytes();
    let flags = XMP | if alpha { ALPHA } else { 0 };
    Some([flags, 0, 0, 0, w0, w1, w2, h0, h1, h2])
}

fn append(body: &mut Vec<u8>, kind: [u8; 4], contents: &[u8]) {
    body.extend(kind);
    body.extend((contents.len() as u32).to_le_bytes());
    body.extend(contents);
    body.extend(vec![0; contents.len() % 2]);
}
