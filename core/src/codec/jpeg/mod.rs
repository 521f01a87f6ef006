//! JPEG: headers, segments, quantisation tables, coefficients, encoding.

mod announce;
mod coefficients;
mod count;
mod decode;
mod encode;
mod encoding;
mod extended;
mod finish;
mod frame;
mod gain_map;
pub(super) mod mpf;
mod protect;
mod quantisation;
mod read;
mod segments;
mod strips;
mod trailer;

pub(super) use coefficients::{Photo, PreviewSamples};

use std::sync::Arc;

use img_parts::Bytes;

use super::format::{Changed, Format, Job};
use super::metadata::policy::Rules;
use super::photo::{Decoded, Source};
use crate::error::Result;
use crate::options::ProtectOptions;

/// JPEG files.
pub(super) struct Jpeg;

impl Format for Jpeg {
    const NAME: &'static str = "JPEG";
    const BY_PIXELS: bool = false;

    type Encoding = encoding::Encoding;

    fn read(input: &Bytes, _: &ProtectOptions, rules: &Rules) -> Result<(Source, Self::Encoding)> {
        read::read(input, rules)
    }

    fn decode(input: &[u8], size: (u32, u32), options: &ProtectOptions) -> Result<Decoded> {
        decode::decode(input, size, &options.cancel)
    }

    fn encode(
        decoded: Decoded,
        source: &Source,
        encoding: Self::Encoding,
        options: &ProtectOptions,
    ) -> Result<Vec<u8>> {
        let encoding = Arc::new(encoding);
        encode::encode(decoded, source.size(), &encoding, &source.segments, options)
    }

    fn change(
        job: Job<'_>,
        source: &mut Source,
        encoding: &mut Self::Encoding,
    ) -> Result<Option<Changed>> {
        protect::change(job, source, encoding)
    }
}
