//! Reading TIFF: its main directory, and what it says of the photo.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::directory::Metadata;
use super::encoding::{Compression, Encoding};
use super::reader::{decoder_limits, failed, has, number, raw, refused};
use super::{layout, preflight, tags};
use crate::codec::colour::ColourSpace;
use crate::codec::gray;
use crate::codec::metadata::icc;
use crate::codec::metadata::policy::Rules;
use crate::codec::photo::{Fate, Place, Segment, Source, check_memory, check_size};
use crate::error::{Error, ErrorKind, Result};
use crate::options::ProtectOptions;

/// Tag that says whether an image is a reduced form of another one in the file.
const NEW_SUBFILE_TYPE: u16 = 254;

/// Reads the directory and judges the tags of a TIFF file.
pub(super) fn read(
    input: &[u8],
    options: &ProtectOptions,
    rules: &Rules,
) -> Result<(Source, Encoding)> {
    // A last defence, as in decoding: a fault in the reader on a hostile file becomes an error.
    catch_unwind(AssertUnwindSafe(|| read_tags(input, options, rules)))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Decode, "the TIFF tags are damaged")))
}

fn read_tags(input: &[u8], options: &ProtectOptions, rules: &Rules) -> Result<(Source, Encoding)> {
    if input.get(8..10) == Some(b"CR") {
        return Err(raw());
    }
    preflight::check(input)?;
    let decoder = Decoder::new(Cursor::new(input)).map_err(failed)?;
    let mut decoder = decoder.with_limits(decoder_limits(&options.limits));
    let (width, height) = decoder.dimensions().map_err(failed)?;
    check_size(width, height, &options.limits)?;
    check_memory((width, height), &options.limits)?;
    let thumbnails = thumbnail_pages(&mut decoder, (width, height))?;
    let (layout, colour) = layout::layout(&mut decoder)?;
    let (compression, packing) = compression(&mut decoder)?;
    let tinted = rules.tint_gray && layout.is_gray();
    let mut metadata = Metadata::read(&mut decoder, (options, rules), tinted)?;
    if has(&mut decoder, tags::C2PA) {
        rules.credentials(&mut metadata.refusals);
    }
    let notes = tinted.then(gray::tint_note).into_iter().chain(packing);
    let notes = notes.chain(std::mem::take(&mut metadata.notes)).collect();
    let profile = metadata.main.get(&tags::ICC);
    let source = Source {
        width,
        height,
        orientation: metadata.orientation(),
        colour,
        gray: layout.is_gray(),
        profile: profile.map(|profile| icc::name(profile.as_bytes())),
        space: ColourSpace::of_profile(
            profile.map(|profile| img_parts::Bytes::copy_from_slice(profile.as_bytes())),
        ),
        segments: metadata.segments().into_iter().chain(thumbnails).collect(),
        notes,
        refusals: std::mem::take(&mut metadata.refusals),
        jpeg: None,
    };
    let encoding = Encoding {
        compression,
        differences: number(&mut decoder, tags::PREDICTOR) == Some(2),
        alpha: layout
            .has_alpha()
            .then(|| number(&mut decoder, tags::EXTRA_SAMPLES).unwrap_or(2)),
        metadata,
    };
    Ok((source, encoding))
}

/// Most pages that are looked at.
const MOST_PAGES: usize = 16;

/// The pages behind the photo that show it in a reduced form (TIFF 6.0, NewSubfileType), which are left out.
///
/// # Errors
/// For files with several pages of their own, and for camera raw files, whose photo is not in the first directory.
fn thumbnail_pages(
    decoder: &mut Decoder<Cursor<&[u8]>>,
    (width, height): (u32, u32),
) -> Result<Vec<Segment>> {
    let reduced = number(decoder, NEW_SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1);
    if reduced || has(decoder, tags::DNG_VERSION) || larger_inside(decoder, (width, height)) {
        return Err(raw());
    }
    let mut pages = Vec::new();
    let mut next = decoder.image_ifd().directory().next();
    while let Some(pointer) = next {
        let directory = decoder.read_directory(pointer).map_err(failed)?;
        let kind = decoder
            .read_directory_tags(&directory)
            .find_tag_unsigned::<u32>(Tag::from_u16_exhaustive(NEW_SUBFILE_TYPE));
        if pages.len() == MOST_PAGES || !matches!(kind, Ok(Some(kind)) if kind & 1 == 1) {
            return Err(refused(
                "TIFF with several pages is not supported; save each page as a TIFF of its own and protect those",
            ));
        }
        pages.push(Segment {
            name: "thumbnail page".to_owned(),
            place: Place::Elsewhere,
            bytes: 0,
            fate: Fate::Remove("it shows the unprotected photo"),
        });
        next = directory.next();
    }
    Ok(pages)
}

/// Whether a sub-directory holds a larger photo than the main one: then the main one is but its preview.
fn larger_inside(decoder: &mut Decoder<Cursor<&[u8]>>, (width, height): (u32, u32)) -> bool {
    let pointers = decoder.find_tag(Tag::from_u16_exhaustive(tags::SUB_IFD));
    let pointers = pointers
        .ok()
        .flatten()
        .and_then(|value| value.into_ifd_vec().ok());
    pointers
        .unwrap_or_default()
        .into_iter()
        .take(16)
        .any(|pointer| {
            let Ok(directory) = decoder.read_directory(pointer) else {
                return false;
            };
            let length = decoder.inner().get_ref().len();
            let mut inner = decoder.read_directory_tags(&directory);
            let mut side = |tag| {
                let entry = directory.get(tag);
                if !entry.is_some_and(|entry| preflight::is_number(entry, length)) {
                    return 0;
                }
                inner
                    .find_tag_unsigned::<u32>(tag)
                    .ok()
                    .flatten()
                    .unwrap_or(0)
            };
            side(Tag::ImageWidth) > width || side(Tag::ImageLength) > height
        })
}

/// How strips are packed in the output, and a note where that is not the input's way.
fn compression(decoder: &mut Decoder<Cursor<&[u8]>>) -> Result<(Compression, Option<String>)> {
    Ok(match number(decoder, tags::COMPRESSION).unwrap_or(1) {
        1 => (Compression::None, None),
        5 => (Compression::Lzw, None),
        8 | 32946 => (Compression::Deflate, None),
        32773 => (Compression::PackBits, None),
        6 | 7 => {
            return Err(refused(
                "JPEG within TIFF is not supported; save the photo as a TIFF with LZW or Deflate, or as JPEG, first",
            ));
        }
        34713 | 32767 | 32769 | 65535 => return Err(raw()),
        other => (
            Compression::Deflate,
            Some(format!(
                "compression {other} of the TIFF cannot be written: written with Deflate"
            )),
        ),
    })
}
