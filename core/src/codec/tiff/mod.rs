//! TIFF: one photo in strips, gray or RGB, 8 or 16 bits (TIFF 6.0). Whatever else a TIFF can be is refused by name.

mod decode;
mod directory;
mod encode;
mod encoding;
mod layout;
mod preflight;
mod read;
mod reader;
mod tags;

use std::io::Cursor;

use img_parts::Bytes;

use super::format::Format;
use super::metadata::policy::Rules;
use super::photo::{Decoded, Source};
use super::watched::Watched;
use crate::error::Result;
use crate::options::ProtectOptions;

/// TIFF files.
pub(super) struct Tiff;

impl Format for Tiff {
    const NAME: &'static str = "TIFF";

    type Encoding = encoding::Encoding;

    fn read(
        input: &Bytes,
        options: &ProtectOptions,
        rules: &Rules,
    ) -> Result<(Source, Self::Encoding)> {
        read::read(input, options, rules)
    }

    fn decode(input: &[u8], size: (u32, u32), options: &ProtectOptions) -> Result<Decoded> {
        let reader = Watched::new(Cursor::new(input), &options.cancel);
        decode::decode(reader, size, options)
    }

    fn encode(
        decoded: Decoded,
        source: &Source,
        encoding: Self::Encoding,
        options: &ProtectOptions,
    ) -> Result<Vec<u8>> {
        encode::encode(decoded, source.size(), encoding, &options.cancel)
    }
}
