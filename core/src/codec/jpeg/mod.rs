//! JPEG: headers, segments, quantisation tables, encoding.

pub(super) mod coefficients;
mod decode;
mod encode;
mod frame;
mod quantisation;
mod segments;
mod strips;

use img_parts::jpeg::Jpeg;
use img_parts::{Bytes, ImageICC};

use super::colour::ColourSpace;
use super::format::FileFormat;
use super::icc;
use super::source::{self, Source};
use crate::error::{Error, ErrorKind, Result};

pub(super) use decode::decode;
pub(super) use encode::encode;
use frame::{Density, Frame};
use quantisation::{Tables, estimate_quality};
pub(super) use segments::signed;

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
}

/// Reads the headers and judges the metadata of a JPEG file.
pub(super) fn read(bytes: Bytes, tint: bool) -> Result<Source> {
    let total = bytes.len();
    let jpeg = Jpeg::from_bytes(bytes.clone()).map_err(|e| {
        Error::new(ErrorKind::Decode, "the JPEG headers are damaged").with_source(e)
    })?;
    let frame = Frame::read(jpeg.segments())?;
    let scan = jpeg
        .segments()
        .last()
        .map_or(0, |scan| scan.len_with_entropy() - scan.len());
    let trailing = segments::trailing_bytes(&bytes[total - scan..])?;
    let gray = frame.components == 1;
    let mut judged = segments::judge(jpeg.segments(), gray && tint)?;
    if trailing > 0 {
        judged.segments.push(segments::trailer(trailing));
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
        notes: if gray && tint {
            vec![source::tint_note()]
        } else {
            Vec::new()
        },
        encoding: source::Encoding::Jpeg(Box::new(Encoding {
            components: frame.components,
            quality: tables
                .as_ref()
                .map_or(90, |tables| estimate_quality(&tables.luma)),
            tables: tables.filter(Tables::fits_eight_bits),
            sampling: frame.sampling,
            density: judged.density,
            progressive: frame.progressive,
        })),
    })
}
