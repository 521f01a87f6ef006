//! Reading WebP: its header, and what becomes of each chunk (RFC 9649).

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::webp::WebPDecoder;
use img_parts::riff::RiffChunk;
use img_parts::webp::{CHUNK_ANIM, CHUNK_EXIF, CHUNK_ICCP, CHUNK_VP8, CHUNK_XMP, WebP};
use img_parts::{Bytes, ImageICC};

use crate::codec::colour::ColourSpace;
use crate::codec::image_crate;
use crate::codec::metadata::policy::{MARK, MARK_ADDED, Packets, Rules};
use crate::codec::metadata::{exif, icc};
use crate::codec::photo::{Fate, Place, Segment, Source};
use crate::error::{Error, ErrorKind, Result};

/// Texts of RIFF's INFO list (Multimedia Programming Interface 1.0, chapter 3): title, artist, comment and others.
const INFO: [&[u8; 4]; 16] = [
    b"IARL", b"IART", b"ICMS", b"ICMT", b"ICOP", b"ICRD", b"IENG", b"IGNR", b"IKEY", b"IMED",
    b"INAM", b"IPRD", b"ISBJ", b"ISFT", b"ISRC", b"ITCH",
];

/// Reads the header and judges the chunks of a WebP file.
pub(super) fn read(bytes: &Bytes, rules: &Rules) -> Result<Source> {
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
    let decoder = WebPDecoder::new(Cursor::new(&bytes[..])).map_err(image_crate::failed)?;
    let (width, height) = decoder.dimensions();
    let (_, colour) = image_crate::layout(decoder.color_type())?;
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
        width,
        height,
        orientation: orientation.map_or(1, |block| exif::orientation(exif::body(block))),
        colour,
        gray: false,
        profile: webp.icc_profile().map(|profile| icc::name(&profile)),
        space: ColourSpace::of_profile(webp.icc_profile()),
        segments,
        notes,
        refusals: judge.refusals,
        jpeg: None,
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
                    .exif(exif::body(contents))
                    .fate(contents, |block| block);
                ("EXIF".to_owned(), fate)
            }
            CHUNK_XMP => {
                self.rules.check_mark(contents, &mut self.refusals);
                let verdict = self.packets.judge(contents, usize::MAX);
                ("XMP".to_owned(), verdict.fate(contents, |packet| packet))
            }
            [b'P', b'S', b'A', b'I'] => {
                let fate = self.rules.photoshop(contents).fate(contents, |block| block);
                ("IPTC and Photoshop".to_owned(), fate)
            }
            id if INFO.contains(&&id) => {
                let name: String = id.iter().map(|&letter| char::from(letter)).collect();
                let fate = self.rules.unknown(contents).fate(contents, |block| block);
                (format!("text ({name})"), fate)
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
            place: Place::Chunk(chunk.id()),
            bytes: contents.len(),
            fate,
        })
    }
}

/// A new packet with the mark.
fn mark(packet: Vec<u8>) -> Segment {
    Segment {
        name: MARK.to_owned(),
        place: Place::Chunk(CHUNK_XMP),
        bytes: 0,
        fate: Fate::Add(packet.into(), MARK_ADDED),
    }
}
