//! JPEG XL: boxes, and how the file is written again (ISO/IEC 18181-1 and 18181-2).
//!
//! Read by the decoder of the format's own authors; written lossless, so that a lossy photo becomes larger.

mod bits;
pub(super) mod boxes;
mod decode;
mod encode;
mod encoding;
mod header;
mod icc;
mod layout;
mod metadata;
mod read;
mod space;

use img_parts::Bytes;

use super::format::Format;
use super::metadata::policy::Rules;
use super::photo::{Decoded, Source};
use crate::error::Result;
use crate::options::ProtectOptions;

/// JPEG XL files.
pub(super) struct Jxl;

impl Format for Jxl {
    const NAME: &'static str = "JPEG XL";

    type Encoding = encoding::Encoding;

    fn read(
        input: &Bytes,
        options: &ProtectOptions,
        rules: &Rules,
    ) -> Result<(Source, Self::Encoding)> {
        read::read(input, &options.limits, rules)
    }

    fn decode(input: &[u8], size: (u32, u32), options: &ProtectOptions) -> Result<Decoded> {
        decode::decode(input, size, options)
    }

    fn encode(
        decoded: Decoded,
        source: &Source,
        encoding: Self::Encoding,
        options: &ProtectOptions,
    ) -> Result<Vec<u8>> {
        let (size, cancel) = (source.size(), &options.cancel);
        encode::encode(decoded, size, &encoding, &source.segments, cancel)
    }
}
