//! Reading JPEG XL: its headers, and what they say of the photo.

use img_parts::Bytes;
use jxl::api::{ExtraChannel, JxlBasicInfo, JxlColorProfile};

use super::encoding::Encoding;
use super::layout::{layout, refused};
use super::{boxes, decode, metadata, space};
use crate::codec::colour::{ColourSpace, ToSrgb};
use crate::codec::gray;
use crate::codec::metadata::icc;
use crate::codec::metadata::policy::Rules;
use crate::codec::photo::{Source, check_memory, check_size};
use crate::error::Result;
use crate::options::Limits;
use crate::pixels::PixelLayout;

/// Reads the headers and judges the boxes of a JPEG XL file.
pub(super) fn read(bytes: &Bytes, limits: &Limits, rules: &Rules) -> Result<(Source, Encoding)> {
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
    check_size(width, height, limits)?;
    check_memory((width, height), limits)?;
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
    let source = Source {
        width,
        height,
        orientation: info.orientation as u8,
        colour: words(layout),
        gray: layout.is_gray(),
        profile: profile.map(icc::name).or_else(|| space::name(&head.space)),
        space: space::working(&head.space),
        segments: judged.segments,
        notes: notes(info, tinted, judged.notes),
        refusals: judged.refusals,
        jpeg: None,
    };
    let encoding = Encoding {
        space: if tinted {
            space::coloured(&head.space)
        } else {
            head.space.clone()
        },
        orientation: info.orientation as u8,
        tone: info.tone_mapping.clone(),
    };
    Ok((source, encoding))
}

/// A lossy photo is decoded to its own space where that has a name, else to sRGB: an ICC profile of more colours than
/// sRGB would be lost.
fn check_lossy_space(lossy: bool, head: &decode::Head) -> Result<()> {
    let JxlColorProfile::Icc(profile) = &head.embedded else {
        return Ok(());
    };
    let wide = || {
        let space = ColourSpace::Icc(Bytes::copy_from_slice(profile));
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
        notes.push(gray::tint_note());
    }
    notes
}
