//! JPEG: the packet is in an APP1 segment (XMP Specification Part 3, 1.1.3).

use std::ops::Range;

use super::container::{Found, damaged, spliced, too_long};
use crate::codec::jpeg::mpf;
use crate::error::Result;

const IDENTIFIER: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// Most bytes of a packet in one segment.
const MOST: usize = 65_535 - 2 - IDENTIFIER.len();

/// A marker segment before the first scan.
struct Segment<'a> {
    marker: u8,
    /// From its marker to its end.
    range: Range<usize>,
    payload: &'a [u8],
}

/// The segments before the first scan.
fn segments(file: &[u8]) -> Result<Vec<Segment<'_>>> {
    let mut segments = Vec::new();
    let mut at = 2;
    loop {
        // Bytes between segments, which readers skip, and fill bytes (T.81, B.1.1.2).
        let rest = file.get(at..).ok_or_else(|| damaged("JPEG"))?;
        let found = rest
            .windows(2)
            .position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0 | 0xFF));
        at += found.ok_or_else(|| damaged("JPEG"))?;
        let marker = file[at + 1];
        match marker {
            0xDA | 0xD9 => return Ok(segments),
            0x01 | 0xD0..=0xD8 => at += 2,
            _ => {
                let length = file.get(at + 2..at + 4).ok_or_else(|| damaged("JPEG"))?;
                let end = at + 2 + usize::from(u16::from_be_bytes([length[0], length[1]]));
                let payload = file.get(at + 4..end).ok_or_else(|| damaged("JPEG"))?;
                segments.push(Segment {
                    marker,
                    range: at..end,
                    payload,
                });
                at = end;
            }
        }
    }
}

fn is_packet(segment: &Segment<'_>) -> bool {
    segment.marker == 0xE1 && segment.payload.starts_with(IDENTIFIER)
}

pub(super) fn read(file: &[u8]) -> Result<Found<'_>> {
    let segments = segments(file)?;
    let packet = segments.iter().find(|segment| is_packet(segment));
    // C2PA: JUMBF boxes in APP11 (ISO/IEC 19566-5).
    let signed = segments.iter().any(|segment| {
        segment.marker == 0xEB && segment.payload.windows(4).any(|word| word == b"c2pa")
    });
    Ok(Found {
        packet: packet.map(|segment| segment.payload[IDENTIFIER.len()..].into()),
        signed,
    })
}

pub(super) fn write(file: &[u8], packet: &[u8]) -> Result<Vec<u8>> {
    let packet = fitting(packet);
    if packet.len() > MOST {
        return Err(too_long(&packet, "a JPEG's segment", MOST as u64));
    }
    let segments = segments(file)?;
    let place = match segments.iter().find(|segment| is_packet(segment)) {
        Some(segment) => segment.range.clone(),
        None => {
            // Behind JFIF and EXIF, which come first.
            let leading = segments
                .iter()
                .take_while(|segment| matches!(segment.marker, 0xE0 | 0xE1));
            let at = leading.last().map_or(2, |segment| segment.range.end);
            at..at
        }
    };
    let length = (2 + IDENTIFIER.len() + packet.len()) as u16;
    let head = [&[0xFF, 0xE1][..], &length.to_be_bytes(), IDENTIFIER].concat();
    let mut result = spliced(file, place.start, place.end, &[&head, &packet]);
    let grown = result.len() as i64 - file.len() as i64;
    for index in segments.iter().filter(|segment| segment.marker == 0xE2) {
        let at = index.range.start + 4;
        // What lies before the index moves with it.
        let (at, moved) = if index.range.start >= place.end {
            ((at as i64 + grown) as usize, 0)
        } else {
            (at, grown)
        };
        mpf::shift(&mut result[at..], index.payload.len(), grown, moved);
    }
    Ok(result)
}

/// The packet, less the white space that editors leave for growth, if it does not fit with it.
fn fitting(packet: &[u8]) -> Vec<u8> {
    let Some(end) = packet.windows(5).rposition(|word| word == b"<?xpa") else {
        return packet.to_vec();
    };
    if packet.len() <= MOST {
        return packet.to_vec();
    }
    [packet[..end].trim_ascii_end(), b"\n", &packet[end..]].concat()
}
