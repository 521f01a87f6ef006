//! JPEG: headers, segments, quantisation tables, encoding.

pub(super) mod coefficients;
mod count;
mod decode;
mod encode;
mod frame;
mod gain_map;
mod mpf;
mod quantisation;
mod segments;
mod strips;
mod trailer;

use img_parts::jpeg::Jpeg;
use img_parts::{Bytes, ImageICC};

use super::colour::ColourSpace;
use super::format::FileFormat;
use super::icc;
use super::policy::Rules;
use super::source::{self, Source};
use super::xmp::GainMap;
use crate::error::{Error, ErrorKind, Result};

pub(super) use decode::decode;
pub(super) use encode::encode;
use frame::{Density, Frame};
pub(in crate::codec) use gain_map::finish;
use quantisation::{Tables, estimate_quality};

/// How the input was encoded, so that the output is encoded alike.
pub(super) struct Encoding {
    /// 1 (gray), 3 or 4 (CMYK).
    pub(super) components: u8,
    /// The input's own quantisation tables, where the encoder can use them.
    pub(super) tables: Option<Tables>,
    /// IJG quality that the luma table is closest to, 1 to 100.
    pub(super) quality: u8,
    /// Horizontal and vertical sampling of luma relative to chroma.
    pub(super) sampling: (u8, u8),
    pub(super) density: Option<Density>,
    pub(super) progressive: bool,
    /// A JPEG that follows the photo: the gain map, where it stays. [`finish`] writes it.
    pub(super) gain_map: Option<Bytes>,
}

/// Reads the headers and judges the metadata of a JPEG file.
pub(super) fn read(bytes: Bytes, rules: &Rules) -> Result<Source> {
    let total = bytes.len();
    count::check(&bytes)?;
    let jpeg = Jpeg::from_bytes(bytes.clone()).map_err(|e| {
        Error::new(ErrorKind::Decode, "the JPEG headers are damaged").with_source(e)
    })?;
    let metadata = jpeg
        .segments()
        .iter()
        .filter(|part| segments::is_judged(part));
    rules.check_size(metadata.map(|part| part.contents().len()))?;
    let frame = Frame::read(jpeg.segments())?;
    let scan = jpeg
        .segments()
        .last()
        .map_or(0, |scan| scan.len_with_entropy() - scan.len());
    let trailing = trailer::trailing_bytes(&bytes[total - scan..])?;
    let gray = frame.components == 1;
    let found = gain_map::find(&bytes, jpeg.segments(), total - trailing, rules);
    let gain_map = found.as_ref().and_then(|found| found.kept.clone());
    let follows = gain_map
        .as_ref()
        .map(|gain_map| GainMap::Follows(gain_map.len()));
    let tinted = gray && rules.tint_gray;
    let mut judged = segments::judge(jpeg.segments(), tinted, rules, follows);
    let rest = trailing - found.as_ref().map_or(0, |found| found.original);
    judged.segments.extend(found.map(|found| found.segment));
    if rest > 0 {
        judged.segments.push(trailer::segment(rest));
    }
    if tinted {
        judged.notes.push(source::tint_note());
    }
    let tables = quantisation::read(jpeg.segments(), frame.tables);
    Ok(Source {
        format: FileFormat::Jpeg,
        width: frame.width,
        height: frame.height,
        orientation: judged.orientation,
        colour: match frame.components {
            1 => "gray",
            4 => "CMYK",
            _ => "YCbCr",
        },
        gray,
        profile: jpeg.icc_profile().map(|profile| icc::name(&profile)),
        space: ColourSpace::of_profile(jpeg.icc_profile()),
        segments: judged.segments,
        notes: judged.notes,
        refusals: judged.refusals,
        encoding: source::Encoding::Jpeg(std::sync::Arc::new(Encoding {
            components: frame.components,
            quality: tables
                .as_ref()
                .map_or(90, |tables| estimate_quality(&tables.luma)),
            tables: tables.filter(Tables::fits_eight_bits),
            sampling: frame.sampling,
            density: judged.density,
            progressive: frame.progressive,
            gain_map,
        })),
    })
}
