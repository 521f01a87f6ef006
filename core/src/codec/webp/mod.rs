//! WebP: chunks, and how the file is written again (RFC 9649).

mod encode;
mod read;

use std::io::Cursor;

use image::codecs::webp::WebPDecoder;
use img_parts::Bytes;

use super::format::Format;
use super::image_crate;
use super::metadata::policy::Rules;
use super::photo::{Decoded, Source};
use super::watched::{Watched, apart};
use crate::error::{ErrorKind, Result};
use crate::options::ProtectOptions;

/// WebP files.
pub(super) struct WebP;

impl Format for WebP {
    const NAME: &'static str = "WebP";

    type Encoding = ();

    fn read(input: &Bytes, _: &ProtectOptions, rules: &Rules) -> Result<(Source, ())> {
        Ok((read::read(input, rules)?, ()))
    }

    /// Apart: one row of macroblocks, or one transform of a lossless photo, is too much to wait for. The format has no
    /// gray of its own.
    fn decode(input: &[u8], size: (u32, u32), options: &ProtectOptions) -> Result<Decoded> {
        let (input, limits, token) = (
            input.to_vec(),
            options.limits.clone(),
            options.cancel.clone(),
        );
        let work = move || {
            let reader = Watched::new(Cursor::new(&input[..]), &token);
            let decoder = WebPDecoder::new(reader).map_err(image_crate::failed)?;
            image_crate::pixels(decoder, size, &limits)
        };
        let decoded = apart(ErrorKind::Decode, &options.cancel, work)??;
        Ok(decoded.into_gray_if_it_is())
    }

    fn encode(
        decoded: Decoded,
        source: &Source,
        (): (),
        options: &ProtectOptions,
    ) -> Result<Vec<u8>> {
        let decoded = decoded.into_colour();
        encode::encode(decoded, source.size(), &source.segments, &options.cancel)
    }
}
