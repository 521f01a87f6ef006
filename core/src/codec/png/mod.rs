//! PNG: chunks, and how the file is written again (W3C PNG Specification, third edition).

mod checksum;
mod encode;
mod raw_profile;
mod read;
mod text;

use std::io::Cursor;

use image::codecs::png::PngDecoder;
use img_parts::Bytes;

use super::format::Format;
use super::image_crate;
use super::metadata::policy::Rules;
use super::photo::{Decoded, Source};
use super::watched::Watched;
use crate::error::Result;
use crate::options::ProtectOptions;

/// PNG files.
pub(super) struct Png;

impl Format for Png {
    const NAME: &'static str = "PNG";

    /// The length of the input file in bytes.
    type Encoding = usize;

    fn read(
        input: &Bytes,
        options: &ProtectOptions,
        rules: &Rules,
    ) -> Result<(Source, Self::Encoding)> {
        Ok((read::read(input, &options.limits, rules)?, input.len()))
    }

    fn decode(input: &[u8], size: (u32, u32), options: &ProtectOptions) -> Result<Decoded> {
        let reader = Watched::new(Cursor::new(input), &options.cancel);
        let limited = image_crate::decoder_limits(&options.limits);
        let decoder = PngDecoder::with_limits(reader, limited).map_err(image_crate::failed)?;
        image_crate::pixels(decoder, size, &options.limits)
    }

    fn encode(
        decoded: Decoded,
        source: &Source,
        file_bytes: usize,
        options: &ProtectOptions,
    ) -> Result<Vec<u8>> {
        let cancel = &options.cancel;
        encode::encode(
            &decoded,
            source.size(),
            file_bytes,
            &source.segments,
            cancel,
        )
    }
}
