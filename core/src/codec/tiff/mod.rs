//! TIFF: one photo in strips, gray or RGB, 8 or 16 bits (TIFF 6.0). Whatever else a TIFF can be is refused by name.

mod decode;
mod directory;
mod encode;
mod preflight;
mod tags;

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tiff::TiffError;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::colour::ColourSpace;
use super::format::FileFormat;
use super::icc;
use super::policy::Rules;
use super::source::{self, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Limits, ProtectOptions};

pub(super) use decode::decode;
use directory::Metadata;
pub(super) use encode::encode;

/// How the input was written, and what of its metadata is written again.
pub(super) struct Encoding {
    compression: Compression,
    /// Whether rows were stored as differences (predictor 2).
    differences: bool,
    /// The value of tag 338 where the last sample is alpha.
    alpha: Option<u16>,
    metadata: Metadata,
}

/// The ways of packing strips that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
}

/// Reads the directory and judges the tags of a TIFF file.
pub(super) fn read(input: &[u8], options: &ProtectOptions, rules: &Rules) -> Result<Source> {
    // A last defence, as in decoding: a fault in the reader on a hostile file becomes an error.
    catch_unwind(AssertUnwindSafe(|| read_tags(input, options, rules)))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Decode, "the TIFF tags are damaged")))
}

fn read_tags(input: &[u8], options: &ProtectOptions, rules: &Rules) -> Result<Source> {
    if input.get(8..10) == Some(b"CR") {
        return Err(raw());
    }
    preflight::check(input)?;
    let decoder = Decoder::new(Cursor::new(input)).map_err(failed)?;
    let mut decoder = decoder.with_limits(decoder_limits(&options.limits));
    let (width, height) = decoder.dimensions().map_err(failed)?;
    source::check_size(width, height, &options.limits)?;
    refuse_several_images(&mut decoder, (width, height))?;
    let (layout, colour) = decode::layout(&mut decoder)?;
    let (compression, packing) = compression(&mut decoder)?;
    let tinted = rules.tint_gray && layout.is_gray();
    let mut metadata = Metadata::read(&mut decoder, (options, rules), tinted)?;
    if has(&mut decoder, tags::C2PA) {
        rules.credentials(&mut metadata.refusals);
    }
    let notes = tinted.then(source::tint_note).into_iter().chain(packing);
    let notes = notes.chain(std::mem::take(&mut metadata.notes)).collect();
    let profile = metadata.main.get(&tags::ICC);
    Ok(Source {
        format: FileFormat::Tiff,
        width,
        height,
        orientation: metadata.orientation(),
        colour,
        gray: layout.is_gray(),
        profile: profile.map(|profile| icc::name(profile.as_bytes())),
        space: ColourSpace::of_profile(
            profile.map(|profile| img_parts::Bytes::copy_from_slice(profile.as_bytes())),
        ),
        segments: metadata.segments(),
        notes,
        refusals: std::mem::take(&mut metadata.refusals),
        encoding: source::Encoding::Tiff(std::sync::Arc::new(Encoding {
            compression,
            differences: number(&mut decoder, tags::PREDICTOR) == Some(2),
            alpha: layout
                .has_alpha()
                .then(|| number(&mut decoder, tags::EXTRA_SAMPLES).unwrap_or(2)),
            metadata,
        })),
    })
}

/// The same limits in the terms of the `tiff` crate.
fn decoder_limits(limits: &Limits) -> tiff::decoder::Limits {
    let bytes = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let mut decoder = tiff::decoder::Limits::default();
    // Also the longest text. No text that is read is longer than the file, so that its check, which prints, never fails;
    // pixels were checked before.
    decoder.decoding_buffer_size = bytes(limits.max_alloc_bytes.max(limits.max_input_bytes));
    decoder.intermediate_buffer_size = bytes(limits.max_alloc_bytes);
    decoder.ifd_value_size = bytes(limits.max_metadata_bytes);
    decoder
}

/// Refuses files with several pages, and camera raw files, whose photo is not in the first directory.
fn refuse_several_images(
    decoder: &mut Decoder<Cursor<&[u8]>>,
    (width, height): (u32, u32),
) -> Result<()> {
    let reduced = number(decoder, 254).is_some_and(|kind| kind & 1 == 1);
    if reduced || has(decoder, tags::DNG_VERSION) || larger_inside(decoder, (width, height)) {
        return Err(raw());
    }
    if decoder.more_images() {
        return Err(refused(
            "TIFF with several pages is not supported; save each page as a TIFF of its own and protect those",
        ));
    }
    Ok(())
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

/// The first value of a tag of the main directory, as a number.
fn number(decoder: &mut Decoder<Cursor<&[u8]>>, tag: u16) -> Option<u16> {
    let value = decoder.find_tag_unsigned_vec(Tag::from_u16_exhaustive(tag));
    value
        .ok()
        .flatten()
        .and_then(|values| values.first().copied())
}

fn has(decoder: &mut Decoder<Cursor<&[u8]>>, tag: u16) -> bool {
    decoder
        .image_ifd()
        .directory()
        .contains(Tag::from_u16_exhaustive(tag))
}

fn raw() -> Error {
    refused(
        "camera raw files are not supported; develop the photo first and protect the TIFF, PNG or JPEG that comes out",
    )
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::UnsupportedFormat, message)
}

/// An error of the `tiff` crate in our terms.
fn failed(error: TiffError) -> Error {
    let (kind, what) = match &error {
        TiffError::LimitsExceeded | TiffError::IntSizeError => (
            ErrorKind::LimitExceeded,
            "reading the TIFF would exceed the limits",
        ),
        TiffError::UnsupportedError(_) => (
            ErrorKind::UnsupportedFormat,
            "this variant of TIFF is not supported; save the photo as an 8- or 16-bit gray or RGB TIFF first (camera \
             raw: develop it)",
        ),
        _ => (ErrorKind::Decode, "the TIFF is damaged or cut short"),
    };
    Error::new(kind, what).with_source(error)
}
