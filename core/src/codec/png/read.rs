//! Reading PNG: its header, and what becomes of each chunk (W3C PNG Specification, third edition).

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::png::PngDecoder;
use img_parts::png::{Png, PngChunk};
use img_parts::{Bytes, ImageICC};

use super::checksum;
use super::raw_profile::{self, Kind, RawProfile};
use super::text::Text;
use crate::codec::metadata::policy::{MARK, MARK_ADDED, Packets, Rules};
use crate::codec::metadata::verdict::{NOT_KEPT, Verdict};
use crate::codec::metadata::{exif, icc};
use crate::codec::photo::{Fate, Place, Segment, Source, check_memory, check_size};
use crate::codec::{colour, gray, image_crate};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Limits, MetadataPolicy};

const XMP_KEYWORD: &str = "XML:com.adobe.xmp";

/// Reads the header and judges the chunks of a PNG file.
pub(super) fn read(bytes: &Bytes, limits: &Limits, rules: &Rules) -> Result<Source> {
    let (width, height) = header_size(bytes)?;
    check_size(width, height, limits)?;
    check_memory((width, height), limits)?;
    let (bytes, wrong) = checksum::without_wrong(bytes);
    let png = Png::from_bytes(bytes.clone()).map_err(|e| {
        Error::new(ErrorKind::Decode, "the PNG is damaged or cut short").with_source(e)
    })?;
    if png.chunk_by_type(*b"acTL").is_some() {
        return Err(Error::new(
            ErrorKind::UnsupportedFormat,
            "animated PNG is not supported; save its frames as plain PNG files and protect those",
        ));
    }
    rules.check_size(ancillary(&png).map(|chunk| chunk.contents().len()))?;
    let decoder =
        PngDecoder::with_limits(Cursor::new(&bytes[..]), image_crate::decoder_limits(limits))
            .map_err(image_crate::failed)?;
    let (layout, decoded) = image_crate::layout(decoder.color_type())?;
    let tinted = rules.tint_gray && layout.is_gray();
    let stored = stored_colour(&png).unwrap_or(decoded);
    let mut judge = Judge::new(rules, tinted && has_gray_profile(&png));
    let mut segments = judge.chunks(&png);
    segments.extend(wrong.into_iter().map(left_out));
    let mut notes = pixel_notes(&png, stored, tinted);
    let added = judge.packets.finish(&mut notes);
    segments.extend(added.map(mark));
    let orientation = match png.chunk_by_type(*b"eXIf") {
        Some(chunk) => exif::orientation(exif::body(chunk.contents())),
        None => judge.orientation,
    };
    Ok(Source {
        width,
        height,
        orientation,
        colour: stored,
        gray: layout.is_gray(),
        profile: png.icc_profile().map(|profile| icc::name(&profile)),
        space: colour::png_space(&png),
        segments,
        notes,
        refusals: judge.refusals,
        jpeg: None,
    })
}

/// Width and height of the IHDR chunk, which must come first.
fn header_size(bytes: &[u8]) -> Result<(u32, u32)> {
    let header = bytes.get(8..24).filter(|header| &header[4..8] == b"IHDR");
    let header = header
        .ok_or_else(|| Error::new(ErrorKind::Decode, "the PNG header is damaged or cut short"))?;
    let side = |at: usize| {
        u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    Ok((side(8), side(12)))
}

/// Words for colour types that the decoder expands.
fn stored_colour(png: &Png) -> Option<&'static str> {
    let colour_type = *png.chunk_by_type(*b"IHDR")?.contents().get(9)?;
    (colour_type == 3).then_some("palette")
}

fn pixel_notes(png: &Png, stored: &str, tinted: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if stored == "palette" {
        notes.push("palette photo: written in full colour, since the residual needs more colours than a palette has".to_owned());
    } else if tinted {
        notes.push(gray::tint_note());
    }
    if png.chunk_by_type(*b"tRNS").is_some() {
        notes.push("the transparent colour became an alpha channel".to_owned());
    }
    notes
}

/// The chunks that a decoder may ignore (section 5.4): their first letter is small.
fn ancillary(png: &Png) -> impl Iterator<Item = &PngChunk> {
    let chunks = png.chunks().iter();
    chunks.filter(|chunk| chunk.kind()[0].is_ascii_lowercase())
}

fn has_gray_profile(png: &Png) -> bool {
    png.icc_profile()
        .is_some_and(|profile| icc::is_gray(&profile))
}

/// Judges the chunks of one file.
struct Judge<'a> {
    rules: &'a Rules,
    gray_profile: bool,
    packets: Packets<'a>,
    refusals: Vec<Error>,
    /// That of EXIF in a text.
    orientation: u8,
}

impl<'a> Judge<'a> {
    fn new(rules: &'a Rules, gray_profile: bool) -> Self {
        Self {
            rules,
            gray_profile,
            packets: Packets::new(rules, None),
            refusals: Vec::new(),
            orientation: 1,
        }
    }

    /// Judges every ancillary chunk but `tRNS`, which is part of the pixels.
    fn chunks(&mut self, png: &Png) -> Vec<Segment> {
        let chunks = ancillary(png).filter(|chunk| chunk.kind() != *b"tRNS");
        chunks.map(|chunk| self.chunk(chunk)).collect()
    }

    fn chunk(&mut self, chunk: &PngChunk) -> Segment {
        let (kind, contents) = (chunk.kind(), chunk.contents());
        let (name, fate) = match &kind {
            b"iCCP" if self.gray_profile => (
                "ICC profile".to_owned(),
                Fate::Remove("a gray profile does not fit a colour photo"),
            ),
            b"iCCP" => ("ICC profile".to_owned(), Fate::Keep(contents.clone())),
            b"eXIf" => {
                let tiff = exif::body(contents);
                let fate = self.rules.exif(tiff).fate(contents, |block| block);
                ("EXIF".to_owned(), fate)
            }
            b"caBX" => self.rules.credentials(&mut self.refusals),
            b"tEXt" | b"zTXt" | b"iTXt" => self.text(chunk),
            b"sRGB" | b"gAMA" | b"cHRM" | b"cICP" | b"mDCV" | b"cLLI" | b"mDCv" | b"cLLi" => {
                (kind_name(kind), Fate::Keep(contents.clone()))
            }
            b"pHYs" => (kind_name(kind), self.density(contents)),
            b"tIME" if self.rules.policy != MetadataPolicy::Strip => {
                (kind_name(kind), Fate::Keep(contents.clone()))
            }
            // The fourth letter says whether a chunk may outlive a change of the pixels (section 5.4).
            _ if kind[3].is_ascii_lowercase() => {
                let fate = self.rules.other(contents).fate(contents, |block| block);
                (kind_name(kind), fate)
            }
            _ => (
                kind_name(kind),
                Fate::Remove("describes the pixels as they were stored before"),
            ),
        };
        Segment {
            name,
            place: Place::Chunk(kind),
            bytes: contents.len(),
            fate,
        }
    }

    /// The density, which under `Strip` stays only where pixels are not square (11.3.4.3).
    fn density(&self, contents: &Bytes) -> Fate {
        let square = contents.get(..4) == contents.get(4..8);
        if square && self.rules.policy == MetadataPolicy::Strip {
            return Fate::Remove(NOT_KEPT);
        }
        Fate::Keep(contents.clone())
    }

    fn text(&mut self, chunk: &PngChunk) -> (String, Fate) {
        let contents = chunk.contents();
        let most = self.rules.max_metadata_bytes;
        let Some(text) = Text::read(chunk.kind(), contents, most) else {
            return (
                "text".to_owned(),
                Fate::Remove("it is damaged, or too long"),
            );
        };
        if text.keyword == XMP_KEYWORD {
            let fate = self.packet(&text.text).fate(contents, xmp_chunk);
            return ("XMP".to_owned(), fate);
        }
        if raw_profile::is_named(&text.keyword) {
            let fate = match RawProfile::read(&text.keyword, &text.text) {
                Some(profile) => {
                    let verdict = self.raw_profile(&profile);
                    verdict.fate(contents, |block| text.with(&profile.with(&block)))
                }
                None => Fate::Remove("an encoded block that could not be read"),
            };
            return (text.keyword, fate);
        }
        // The text is judged as it reads: a packed one hides pictures as well.
        let verdict = self.rules.other(&text.text);
        let fate = verdict.fate(contents, |block| text.with(&block));
        (format!("text ({})", text.keyword), fate)
    }

    fn packet(&mut self, packet: &[u8]) -> Verdict {
        self.rules.check_mark(packet, &mut self.refusals);
        self.packets.judge(packet, usize::MAX)
    }

    fn raw_profile(&mut self, profile: &RawProfile) -> Verdict {
        match profile.kind {
            Kind::Exif => {
                self.orientation = exif::orientation(&profile.block);
                self.rules.exif(&profile.block)
            }
            Kind::Xmp => self.packet(&profile.block),
            Kind::Photoshop if profile.block.starts_with(b"8BIM") => {
                self.rules.photoshop(&profile.block)
            }
            Kind::Photoshop => self.rules.iptc(&profile.block),
            Kind::Icc if self.gray_profile => {
                Verdict::Remove("a gray profile does not fit a colour photo")
            }
            Kind::Icc => self.rules.profile(&profile.block),
        }
    }
}

/// A chunk whose checksum is wrong.
fn left_out((kind, bytes): ([u8; 4], usize)) -> Segment {
    Segment {
        name: kind_name(kind),
        place: Place::Chunk(kind),
        bytes,
        fate: Fate::Remove("its checksum is wrong"),
    }
}

fn kind_name(kind: [u8; 4]) -> String {
    kind.iter().map(|&letter| char::from(letter)).collect()
}

/// A new packet with the mark.
fn mark(packet: Vec<u8>) -> Segment {
    Segment {
        name: MARK.to_owned(),
        place: Place::Chunk(*b"iTXt"),
        bytes: 0,
        fate: Fate::Add(xmp_chunk(packet).into(), MARK_ADDED),
    }
}

/// A packet as a chunk: keyword, then not compressed, method 0, no language, no translated keyword (11.3.3.4).
fn xmp_chunk(packet: Vec<u8>) -> Vec<u8> {
    [XMP_KEYWORD.as_bytes(), &[0, 0, 0, 0, 0], &packet].concat()
}
