//! JPEG XL: the packet is an `xml ` box, also in a compressed one (ISO/IEC 18181-2, 9). A bare codestream gets the boxes.

use std::io::Read;

use super::container::{Found, LONGEST, damaged};
use crate::codec::jxl::boxes::{self, FILE_TYPE, Part, SIGNATURE};
use crate::error::Result;

/// Whether a box is the packet's, compressed or not.
fn is_packet(part: &Part<'_>) -> bool {
    &part.kind == b"xml " || (&part.kind == b"brob" && part.contents.starts_with(b"xml "))
}

pub(super) fn read(file: &[u8]) -> Result<Found<'_>> {
    let boxes = boxes::parse(file)?;
    let signed = boxes
        .iter()
        .any(|part| &part.kind == b"jumb" && part.contents.windows(4).any(|word| word == b"c2pa"));
    let packet = match boxes.iter().find(|part| is_packet(part)) {
        None => None,
        Some(part) if &part.kind == b"xml " => Some(part.contents.into()),
        Some(part) => {
            let mut packet = Vec::new();
            brotli_decompressor::Decompressor::new(&part.contents[4..], 4096)
                .take(LONGEST)
                .read_to_end(&mut packet)
                .map_err(|e| damaged("JPEG XL").with_source(e))?;
            Some(packet.into())
        }
    };
    Ok(Found { packet, signed })
}

pub(super) fn write(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let boxes = boxes::parse(file)?;
    let mut result = Vec::with_capacity(file.len() + packet.len() + 64);
    if boxes.is_empty() {
        result.extend([SIGNATURE, FILE_TYPE].concat());
        boxes::write(&mut result, *b"xml ", packet);
        boxes::write(&mut result, *b"jxlc", file);
        return Ok(result);
    }
    // In the old packet's place, else before the photo: the last box may go on to the file's end.
    let old = boxes.iter().position(is_packet);
    let place = old.or_else(|| boxes.iter().position(Part::is_codestream));
    for (i, part) in boxes.iter().enumerate() {
        if Some(i) == place {
            boxes::write(&mut result, *b"xml ", packet);
        }
        if !is_packet(part) {
            boxes::write(&mut result, part.kind, part.contents);
        }
    }
    Ok(result)
}
