//! Reading JPEG: its headers, and what becomes of each segment.

use img_parts::jpeg::Jpeg;
use img_parts::{Bytes, ImageICC};

use super::coefficients::Photo;
use super::encoding::Encoding;
use super::frame::Frame;
use super::quantisation::{self, Tables, estimate_quality};
use super::{count, gain_map, segments, trailer};
use crate::cancel::CancelToken;
use crate::codec::colour::ColourSpace;
use crate::codec::gray;
use crate::codec::metadata::icc;
use crate::codec::metadata::policy::Rules;
use crate::codec::metadata::xmp::GainMap;
use crate::codec::photo::{JpegInfo, Source};
use crate::error::{Error, ErrorKind, Result};

/// Reads the headers and judges the metadata of a JPEG file.
pub(super) fn read(bytes: &Bytes, rules: &Rules) -> Result<(Source, Encoding)> {
    let total = bytes.len();
    count::check(bytes)?;
    let jpeg = Jpeg::from_bytes(bytes.clone()).map_err(|e| {
        Error::new(ErrorKind::Decode, "the JPEG headers are damaged").with_source(e)
    })?;
    let metadata = jpeg
        .segments()
        .iter()
        .filter(|part| segments::is_judged(part));
    rules.check_size(metadata.map(|part| part.contents().len()))?;
    let frame = Frame::read(jpeg.segments(), bytes)?;
    let scan = jpeg
        .segments()
        .last()
        .map_or(0, |scan| scan.len_with_entropy() - scan.len());
    let trailing = match trailer::trailing_bytes(&bytes[total - scan..]) {
        Some(trailing) => trailing,
        None => without_end(bytes)?,
    };
    let is_gray = frame.components == 1;
    let found = gain_map::find(bytes, jpeg.segments(), total - trailing, rules);
    let gain_map = found.as_ref().and_then(|found| found.kept.clone());
    let follows = gain_map
        .as_ref()
        .map(|gain_map| GainMap::Follows(gain_map.len()));
    let tinted = is_gray && rules.tint_gray;
    let mut judged = segments::judge(jpeg.segments(), tinted, rules, follows);
    let rest = trailing - found.as_ref().map_or(0, |found| found.original);
    judged.segments.extend(found.map(|found| found.segment));
    if rest > 0 {
        judged.segments.push(trailer::segment(rest));
    }
    if tinted {
        judged.notes.push(gray::tint_note());
    }
    let tables = quantisation::read(jpeg.segments(), frame.tables);
    let quality = tables
        .as_ref()
        .map_or(90, |tables| estimate_quality(&tables.luma));
    let source = Source {
        width: frame.width,
        height: frame.height,
        orientation: judged.orientation,
        colour: match frame.components {
            1 => "gray",
            4 => "CMYK",
            _ => "YCbCr",
        },
        gray: is_gray,
        profile: jpeg.icc_profile().map(|profile| icc::name(&profile)),
        space: ColourSpace::of_profile(jpeg.icc_profile()),
        segments: judged.segments,
        notes: judged.notes,
        refusals: judged.refusals,
        jpeg: Some(JpegInfo {
            quality,
            sampling: frame.sampling,
            progressive: frame.progressive,
        }),
    };
    let encoding = Encoding {
        components: frame.components,
        quality,
        tables: tables.filter(Tables::fits_eight_bits),
        sampling: frame.sampling,
        density: judged.density,
        progressive: frame.progressive,
        gain_map,
    };
    Ok((source, encoding))
}

/// How many bytes follow the photo where there is no end marker: all of its blocks may be there still.
fn without_end(file: &[u8]) -> Result<usize> {
    let cut = || {
        Error::new(
            ErrorKind::Decode,
            "the JPEG was cut short: its end is missing, and a part of the photo with it; copy it again from where it came \
             from, or open it in an editor and save what is left",
        )
    };
    let photo = Photo::read(file, &CancelToken::new()).map_err(|e| cut().with_source(e))?;
    Ok(photo.ok_or_else(cut)?.trailing_bytes(file))
}
