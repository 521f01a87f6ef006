//! PNG: chunks, and how the file is written again (W3C PNG Specification, third edition).

mod encode;

use std::io::Cursor;

use image::ImageDecoder;
use image::codecs::png::PngDecoder;
use img_parts::png::{Png, PngChunk};
use img_parts::{Bytes, ImageICC};

use super::format::FileFormat;
use super::jpeg::signed;
use super::source::{self, Encoding, Fate, Segment, Source};
use super::{decode, exif, icc, xmp};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Limits;

pub(super) use encode::encode;

const XMP_KEYWORD: &[u8] = b"XML:com.adobe.xmp\0";

/// Reads the header and judges the chunks of a PNG file.
pub(super) fn read(bytes: Bytes, limits: &Limits, tint: bool) -> Result<Source> {
    let (width, height) = header_size(&bytes)?;
    source::check_size(width, height, limits)?;
    let png = Png::from_bytes(bytes.clone()).map_err(|e| {
        Error::new(ErrorKind::Decode, "the PNG is damaged or cut short").with_source(e)
    })?;
    if png.chunk_by_type(*b"acTL").is_some() {
        return Err(Error::new(
            ErrorKind::UnsupportedFormat,
            "animated PNG is not supported; save its frames as plain PNG files and protect those",
        ));
    }
    if png.chunk_by_type(*b"caBX").is_some() {
        return Err(signed());
    }
    let mut decoder =
        PngDecoder::with_limits(Cursor::new(&bytes[..]), source::decoder_limits(limits))
            .map_err(decode::failed)?;
    let (layout, decoded) = source::layout(decoder.color_type())?;
    let tinted = tint && layout.is_gray();
    let packet = decoder.xmp_metadata().ok().flatten();
    let stored = stored_colour(&png).unwrap_or(decoded);
    let segments = judge(&png, packet.as_deref(), tinted);
    let orientation = png
        .chunk_by_type(*b"eXIf")
        .map_or(1, |chunk| exif::orientation(chunk.contents()));
    Ok(Source {
        format: FileFormat::Png,
        width,
        height,
        orientation,
        colour: stored,
        gray: layout.is_gray(),
        profile: png.icc_profile().map(|profile| icc::name(&profile)),
        segments,
        notes: notes(&png, stored, tinted),
        encoding: Encoding::Png {
            file_bytes: bytes.len(),
        },
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

fn notes(png: &Png, stored: &str, tinted: bool) -> Vec<String> {
    let mut notes = Vec::new();
    if stored == "palette" {
        notes.push("palette photo: written in full colour, since the residual needs more colours than a palette has".to_owned());
    } else if tinted {
        notes.push(source::tint_note());
    }
    if png.chunk_by_type(*b"tRNS").is_some() {
        notes.push("the transparent colour became an alpha channel".to_owned());
    }
    notes
}

/// Judges every ancillary chunk. `packet` is the decompressed XMP packet, if there is one.
fn judge(png: &Png, packet: Option<&[u8]>, tinted: bool) -> Vec<Segment> {
    let gray_profile = tinted
        && png
            .icc_profile()
            .is_some_and(|profile| icc::is_gray(&profile));
    let chunks = png
        .chunks()
        .iter()
        .filter(|chunk| chunk.kind()[0].is_ascii_lowercase());
    let judged = chunks.filter_map(|chunk| {
        let kind = chunk.kind();
        let (name, fate) = match &kind {
            b"tRNS" => return None,
            b"iCCP" if gray_profile => (
                "ICC profile".to_owned(),
                Fate::Remove("a gray profile does not fit a colour photo"),
            ),
            b"iCCP" => (
                "ICC profile".to_owned(),
                Fate::Keep(chunk.contents().clone()),
            ),
            b"eXIf" => ("EXIF".to_owned(), exif_fate(chunk.contents())),
            b"tEXt" | b"zTXt" | b"iTXt" => text_fate(chunk, packet),
            b"sRGB" | b"gAMA" | b"cHRM" | b"cICP" | b"mDCV" | b"cLLI" | b"mDCv" | b"cLLi"
            | b"pHYs" | b"tIME" => (kind_name(kind), Fate::Keep(chunk.contents().clone())),
            // The fourth letter says whether a chunk may outlive a change of the pixels (section 5.4).
            _ if kind[3].is_ascii_lowercase() => {
                (kind_name(kind), Fate::Keep(chunk.contents().clone()))
            }
            _ => (
                kind_name(kind),
                Fate::Remove("describes the pixels as they were stored before"),
            ),
        };
        Some(Segment {
            name,
            id: kind,
            bytes: chunk.contents().len(),
            fate,
        })
    });
    judged.collect()
}

fn kind_name(kind: [u8; 4]) -> String {
    kind.iter().map(|&letter| char::from(letter)).collect()
}

fn exif_fate(contents: &Bytes) -> Fate {
    let mut tiff = contents.to_vec();
    if exif::strip_previews(&mut tiff) {
        Fate::Rewrite(tiff.into(), "previews of the unprotected photo removed")
    } else {
        Fate::Keep(contents.clone())
    }
}

fn text_fate(chunk: &PngChunk, packet: Option<&[u8]>) -> (String, Fate) {
    let contents = chunk.contents();
    if chunk.kind() == *b"iTXt" && contents.starts_with(XMP_KEYWORD) {
        let fate = match packet.map(xmp::judge) {
            Some(xmp::Verdict::Keep) => Fate::Keep(contents.clone()),
            Some(xmp::Verdict::Rewrite(packet)) => {
                // Keyword, then: not compressed, method 0, no language, no translated keyword.
                Fate::Rewrite(
                    [XMP_KEYWORD, &[0, 0, 0, 0], &packet].concat().into(),
                    "thumbnails removed",
                )
            }
            Some(xmp::Verdict::Remove(why)) => Fate::Remove(why),
            None => Fate::Remove("could not be read"),
        };
        return ("XMP".to_owned(), fate);
    }
    let keyword: String = contents
        .iter()
        .take(79)
        .take_while(|&&b| b != 0)
        .map(|&b| char::from(b))
        .collect();
    if keyword.starts_with("Raw profile type") {
        return (
            keyword,
            Fate::Remove("an encoded block that may hold a preview of the unprotected photo"),
        );
    }
    (format!("text ({keyword})"), Fate::Keep(contents.clone()))
}
