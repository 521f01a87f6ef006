//! What a file format has to do. Each folder of a format has one implementation.

use std::panic::{AssertUnwindSafe, catch_unwind};

use img_parts::Bytes;

use super::metadata::policy::Rules;
use super::photo::{Decoded, Source, check_memory, check_size};
use super::watched;
use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::options::ProtectOptions;
use crate::platform::Instant;
use crate::protector::Protector;
use crate::report::Report;

/// A file format: reads, decodes and writes its files.
pub(super) trait Format {
    /// The name in messages.
    const NAME: &'static str;

    /// Whether every photo of the format is decoded to pixels, and must have memory for them.
    const BY_PIXELS: bool = true;

    /// What the encoder needs to know of the input so as to stay close to it.
    type Encoding: Send + Sync;

    /// Reads everything but the pixels, and judges the metadata by the rules.
    fn read(
        input: &Bytes,
        options: &ProtectOptions,
        rules: &Rules,
    ) -> Result<(Source, Self::Encoding)>;

    /// Decodes a file whose size was checked against the limits. Gray stays gray and 16 bits stay 16 bits.
    fn decode(input: &[u8], size: (u32, u32), options: &ProtectOptions) -> Result<Decoded>;

    /// Writes a file with the photo's kept metadata.
    fn encode(
        decoded: Decoded,
        source: &Source,
        encoding: Self::Encoding,
        options: &ProtectOptions,
    ) -> Result<Vec<u8>>;

    /// Changes the photo without decoding it to pixels, where the format has a way; `None` where pixels are needed.
    fn change(
        _job: Job<'_>,
        _source: &mut Source,
        _encoding: &mut Self::Encoding,
    ) -> Result<Option<Changed>> {
        Ok(None)
    }
}

/// A call to protect one file.
#[derive(Clone, Copy)]
pub(super) struct Job<'a> {
    pub(super) protector: &'a Protector,
    pub(super) input: &'a [u8],
    pub(super) options: &'a ProtectOptions,
    pub(super) started: Instant,
}

/// A file that was changed without decoding it.
pub(super) struct Changed {
    pub(super) bytes: Vec<u8>,
    /// Complete but for the metadata and the notes of the source.
    pub(super) report: Report,
}

/// Work that is the same for every format.
pub(super) trait Work {
    type Output;

    fn run<F: Format>(self) -> Self::Output;
}

/// Reads everything but the pixels and checks it against the limits, for protecting with `generator` or, without one,
/// for looking only. What protecting would refuse is in [`Source::refusals`].
pub(super) fn read<F: Format>(
    input: &[u8],
    options: &ProtectOptions,
    generator: Option<&Generator>,
) -> Result<(Source, F::Encoding)> {
    let rules = Rules::new(options, generator);
    let (source, encoding) = F::read(&Bytes::copy_from_slice(input), options, &rules)?;
    check_size(source.width, source.height, &options.limits)?;
    if F::BY_PIXELS {
        check_memory(source.size(), &options.limits)?;
    }
    Ok((source, encoding))
}

/// Decodes a file whose size was checked against the limits.
pub(super) fn decode<F: Format>(
    input: &[u8],
    size: (u32, u32),
    options: &ProtectOptions,
) -> Result<Decoded> {
    check_memory(size, &options.limits)?;
    // A last defence: a fault in a third-party decoder on a hostile file becomes an error. Nothing of the decoder
    // outlives the call, so no broken state can be seen.
    let run = || F::decode(input, size, options);
    let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        Err(Error::new(
            ErrorKind::Decode,
            format!("the {} decoder failed on this file", F::NAME),
        ))
    });
    watched::outcome(&options.cancel, result)
}
