//! HEIC and AVIF photos on computers, by the system's libheif (1.15 or newer), which is looked for at run time.
//!
//! A photo is decoded, turned upright as its file says, and made a JPEG (quality 92, chroma as fine as luma) with its EXIF,
//! XMP and colour profile. From there on it is a JPEG like any other: [`confounder`] judges its metadata and changes its
//! coefficients, so that the residual is not compressed a second time.
//!
//! Everything that is `unsafe` stands in `library/`.

mod boxes;
mod colour;
mod error;
mod exif;
mod heic;
mod jpeg;
mod library;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use confounder::{FileFormat, PhotoInfo, ProtectOptions, Protected, Protector, Report};

pub use boxes::Kind;
pub use error::{Error, Result};
pub use jpeg::{AsJpeg, as_jpeg};

/// What a HEIC or AVIF photo becomes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Output {
    /// A JPEG.
    #[default]
    Jpeg,
    /// A HEIC, where libheif has an encoder for it.
    Heic,
}

/// Protects a photo given as the bytes of a file: HEIC and AVIF by libheif, everything else as
/// [`Protector::protect_bytes`] does it. `output` matters for HEIC and AVIF only; the
/// [`format`](Protected::format) of what comes out is then that of the JPEG even where `bytes` are made a HEIC of it.
///
/// # Errors
/// Those of `protect_bytes`, and those of [`as_jpeg`]; [`Error::NoEncoder`] where a HEIC cannot be written.
pub fn protect_bytes(
    protector: &Protector,
    input: &[u8],
    options: &ProtectOptions,
    output: Output,
) -> Result<Protected> {
    let Some(kind) = Kind::of(input) else {
        return Ok(protector.protect_bytes(input, options)?);
    };
    if output == Output::Heic {
        heic::check()?;
    }
    let AsJpeg { bytes, notes } = as_jpeg(input, kind, &options.limits)?;
    let mut protected = protector.protect_bytes(&bytes, options)?;
    let out = match output {
        Output::Jpeg => FileFormat::Jpeg.name(),
        Output::Heic => {
            protected.bytes = heic::encode(&protected.bytes)?;
            Kind::Heic.name()
        }
    };
    let first = format!("{} in, {out} out", kind.name());
    protected
        .report
        .notes
        .splice(0..0, [first].into_iter().chain(notes));
    Ok(protected)
}

/// Protects a photo file and writes another, whole or not at all: HEIC and AVIF become a JPEG, everything else goes
/// through [`Protector::protect_file`].
///
/// # Errors
/// Those of `protect_file`, and those of [`as_jpeg`].
pub fn protect_file(
    protector: &Protector,
    input: &Path,
    output: &Path,
    options: &ProtectOptions,
) -> Result<Report> {
    let mut bytes = Vec::new();
    let mut read = |most: u64| File::open(input)?.take(most).read_to_end(&mut bytes);
    // The first box tells. What cannot be read is for `protect_file` to say.
    if read(512).is_err() || Kind::of(&bytes).is_none() {
        return Ok(protector.protect_file(input, output, options)?);
    }
    bytes.clear();
    let mut read = |most: u64| File::open(input)?.take(most).read_to_end(&mut bytes);
    read(options.limits.max_input_bytes.saturating_add(1))
        .map_err(|e| Error::Damaged(format!("it cannot be read: {e}")))?;
    let protected = protect_bytes(protector, &bytes, options, Output::Jpeg)?;
    protected.save(output)?;
    Ok(protected.report)
}

/// What [`protect_bytes`] would do, as [`Protector::dry_run`] tells it. The pixels of HEIC and AVIF are decoded for it.
///
/// # Errors
/// Those of `dry_run`, and those of [`as_jpeg`].
pub fn dry_run(protector: &Protector, input: &[u8], options: &ProtectOptions) -> Result<PhotoInfo> {
    let Some(kind) = Kind::of(input) else {
        return Ok(protector.dry_run(input, options)?);
    };
    let AsJpeg { bytes, notes } = as_jpeg(input, kind, &options.limits)?;
    let mut photo = protector.dry_run(&bytes, options)?;
    let first = format!("{} in, JPEG out", kind.name());
    photo.notes.splice(0..0, [first].into_iter().chain(notes));
    Ok(photo)
}
