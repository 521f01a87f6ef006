//! JPEG XL: boxes, and how the file is written again (ISO/IEC 18181-1 and 18181-2).
//!
//! Read by the decoder of the format's own authors; written lossless, so that a lossy photo becomes larger.

mod bits;
mod boxes;
mod decode;
mod encode;
mod header;
mod icc;
mod metadata;
mod space;

use img_parts::Bytes;
use jxl::api::{ExtraChannel, JxlBasicInfo, JxlBitDepth, JxlColorProfile, ToneMapping};

use super::colour::ToSrgb;
use super::format::FileFormat;
use super::policy::Rules;
use super::source::{self, Source};
use crate::error::{Error, ErrorKind, Result};
use crate::options::Limits;
use crate::pixels::PixelLayout;

pub(super) use decode::decode;
pub(super) use encode::encode;

/// What the encoder needs to know of the input.
#[derive(Clone)]
pub(super) struct Encoding {
    /// The space of the decoded samples.
    space: JxlColorProfile,
    /// As in the header, 1 to 8.
    orientation: u8,
    tone: ToneMapping,
}

/// Reads the headers and judges the boxes of a JPEG XL file.
pub(super) fn read(bytes: &Bytes, limits: &Limits, rules: &Rules) -> Result<Source> {
    let boxes = boxes::parse(bytes)?;
    rules.check_size(
        boxes
            .iter()
            .filter(|part| part.is_metadata())
            .map(|part| part.contents.len()),
    )?;
    let start = boxes::codestream_start(&boxes);
    let head = decode::head(bytes, start, limits)?;
    let info = &head.info;
    let (width, height) = decode::stored_size(info)?;
    source::check_size(width, height, limits)?;
    let layout = layout(info, head.space.channels() == 1)?;
    decode::check_memory((width, height), layout, head.frames, limits)?;

    let tinted = rules.tint_gray && layout.is_gray();
    if layout == PixelLayout::GrayAlpha16 && !tinted {
        // The encoder takes 16-bit gray with alpha for signed numbers.
        return Err(refused(
            "JPEG XL of 16-bit gray with alpha cannot be written; save the photo as PNG, or without alpha, first",
        ));
    }
    let lossy = !info.uses_original_profile;
    check_lossy_space(lossy, &head)?;
    let mut judged = metadata::judge(&boxes, rules)?;
    let profile = space::profile(&head.space);
    if let Some(profile) = profile {
        judged
            .segments
            .insert(0, metadata::profile(profile, tinted));
    }
    if let Some((width, height)) = info.preview_size {
        judged
            .segments
            .push(metadata::preview(width.saturating_mul(height)));
    }
    Ok(Source {
        format: FileFormat::Jxl,
        width,
        height,
        orientation: info.orientation as u8,
        colour: words(layout),
        gray: layout.is_gray(),
        profile: profile
            .map(super::icc::name)
            .or_else(|| space::name(&head.space)),
        space: space::working(&head.space),
        segments: judged.segments,
        notes: notes(info, tinted, judged.notes),
        refusals: judged.refusals,
        encoding: source::Encoding::Jxl(Box::new(Encoding {
            space: if tinted {
                space::coloured(&head.space)
            } else {
                head.space.clone()
            },
            orientation: info.orientation as u8,
            tone: info.tone_mapping.clone(),
        })),
    })
}

/// How the decoded pixels lie.
///
/// # Errors
/// [`ErrorKind::UnsupportedFormat`] for what would have to be flattened or reduced.
fn layout(info: &JxlBasicInfo, gray: bool) -> Result<PixelLayout> {
    if info.animation.is_some() {
        return Err(refused(
            "animated JPEG XL is not supported; save its frames as plain photos and protect those",
        ));
    }
    let JxlBitDepth::Int { bits_per_sample } = info.bit_depth else {
        return Err(refused(
            "JPEG XL of floating-point samples is not supported; save the photo with 8 or 16 bits a sample first",
        ));
    };
    if bits_per_sample > 16 {
        return Err(refused(
            "JPEG XL of more than 16 bits a sample is not supported; save the photo with 8 or 16 bits a sample first",
        ));
    }
    let mut alpha = false;
    for extra in &info.extra_channels {
        match extra.ec_type {
            ExtraChannel::Alpha if extra.alpha_associated => {
                return Err(refused(
                    "JPEG XL with premultiplied alpha is not supported; save the photo with unassociated alpha, or \
                     without alpha, first",
                ));
            }
            ExtraChannel::Alpha if !alpha => alpha = true,
            ExtraChannel::Depth => {}
            _ => {
                return Err(refused(
                    "JPEG XL with extra channels beside alpha is not supported; save the photo without them first",
                ));
            }
        }
    }
    use PixelLayout::{Gray8, Gray16, GrayAlpha8, GrayAlpha16, Rgb8, Rgb16, Rgba8, Rgba16};
    Ok(match (gray, alpha, bits_per_sample > 8) {
        (true, false, false) => Gray8,
        (true, true, false) => GrayAlpha8,
        (true, false, true) => Gray16,
        (true, true, true) => GrayAlpha16,
        (false, false, false) => Rgb8,
        (false, true, false) => Rgba8,
        (false, false, true) => Rgb16,
        (false, true, true) => Rgba16,
    })
}

/// A lossy photo is decoded to its own space where that has a name, else to sRGB: an ICC profile of more colours than
/// sRGB would be lost.
fn check_lossy_space(lossy: bool, head: &decode::Head) -> Result<()> {
    let JxlColorProfile::Icc(profile) = &head.embedded else {
        return Ok(());
    };
    let wide = || {
        let space = super::colour::ColourSpace::Icc(Bytes::copy_from_slice(profile));
        !matches!(ToSrgb::new(&space), Ok(None))
    };
    if lossy && (head.space.channels() == 3) && wide() {
        return Err(refused(
            "lossy JPEG XL with an ICC profile other than sRGB is not supported, since its colours would be cut to sRGB; \
             save the photo as PNG, or as lossless JPEG XL, first",
        ));
    }
    Ok(())
}

fn words(layout: PixelLayout) -> &'static str {
    match layout {
        PixelLayout::Gray8 => "gray",
        PixelLayout::GrayAlpha8 => "gray with alpha",
        PixelLayout::Gray16 => "gray, 16 bits",
        PixelLayout::GrayAlpha16 => "gray with alpha, 16 bits",
        PixelLayout::Rgba8 | PixelLayout::Bgra8 => "RGB with alpha",
        PixelLayout::Rgb16 => "RGB, 16 bits",
        PixelLayout::Rgba16 => "RGB with alpha, 16 bits",
        PixelLayout::Rgb8 => "RGB",
    }
}

fn notes(info: &JxlBasicInfo, tinted: bool, mut notes: Vec<String>) -> Vec<String> {
    if !info.uses_original_profile {
        notes.push("lossy JPEG XL: written lossless, so the file is larger".to_owned());
    }
    let bits = info.bit_depth.bits_per_sample();
    if ![8, 16].contains(&bits) {
        let written = if bits < 8 { 8 } else { 16 };
        notes.push(format!("{bits} bits a sample: written with {written}"));
    }
    if info
        .extra_channels
        .iter()
        .any(|extra| extra.ec_type == ExtraChannel::Depth)
    {
        notes.push("the depth map was removed: it shows the unprotected photo".to_owned());
    }
    if tinted {
        notes.push(source::tint_note());
    }
    notes
}

fn refused(message: &str) -> Error {
    Error::new(ErrorKind::UnsupportedFormat, message)
}
