//! GIF: the packet is an application extension (GIF89a, 26; XMP Specification Part 3, 1.1.2).

use std::ops::Range;

use super::container::{Found, damaged, spliced};
use crate::error::Result;

/// Extension, application, 11 bytes of a name.
const HEAD: &[u8] = b"\x21\xFF\x0BXMP DataXMP";

/// Length of what follows the packet so that readers of sub-blocks find the end wherever they are: 1, 255 down to 0, 0.
const TRAILER: usize = 258;

/// Where the blocks begin, and the packet's block if there is one.
struct Blocks {
    start: usize,
    packet: Option<Range<usize>>,
    signed: bool,
}

fn blocks(file: &[u8]) -> Option<Blocks> {
    let table = |flags: u8| {
        if flags & 0x80 == 0 {
            0
        } else {
            3 << ((flags & 7) + 1)
        }
    };
    let start = 13 + table(*file.get(10)?);
    let mut found = Blocks {
        start,
        packet: None,
        signed: false,
    };
    let mut at = start;
    loop {
        let begins = at;
        match *file.get(at)? {
            0x3B => return Some(found),
            0x21 => at += 2,
            0x2C => at += 11 + table(*file.get(at + 9)?),
            _ => return None,
        }
        while *file.get(at)? != 0 {
            at += 1 + usize::from(file[at]);
        }
        at += 1;
        let block = &file[begins..at];
        if block.starts_with(HEAD) && block.len() >= HEAD.len() + TRAILER {
            found.packet = found.packet.or(Some(begins..at));
        }
        found.signed |= block.starts_with(b"\x21\xFF\x0BC2PA_GIF");
    }
}

pub(super) fn read(file: &[u8]) -> Result<Found<'_>> {
    let blocks = blocks(file).ok_or_else(|| damaged("GIF"))?;
    let packet = blocks
        .packet
        .map(|block| file[block.start + HEAD.len()..block.end - TRAILER].into());
    Ok(Found {
        packet,
        signed: blocks.signed,
    })
}

pub(super) fn write(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let blocks = blocks(file).ok_or_else(|| damaged("GIF"))?;
    let place = blocks.packet.unwrap_or(blocks.start..blocks.start);
    let mut trailer = vec![1];
    trailer.extend((0..=255).rev());
    trailer.push(0);
    let mut result = spliced(file, place.start, place.end, &[HEAD, packet, &trailer]);
    // Extensions came with this version.
    result[..6].copy_from_slice(b"GIF89a");
    Ok(result)
}
