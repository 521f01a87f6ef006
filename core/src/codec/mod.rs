//! JPEG, PNG and WebP files: decode, protect, encode, with their metadata.
//!
//! The photo comes out in the format it came in: same size, same stored orientation, same alpha. JPEG is written with
//! the input's own quantisation tables and chroma sampling. What would show the unprotected photo (thumbnails,
//! previews, depth maps, motion photos, gain maps but those of luma) is left out; everything that happened to the
//! metadata is in the report.

mod decode;
mod embedded;
mod exif;
mod exif_subset;
mod file;
mod format;
mod icc;
mod info;
mod jpeg;
mod marker;
mod photoshop;
mod png;
mod policy;
mod source;
mod webp;
mod xml;
mod xmp;

use std::path::Path;
use std::time::Instant;

use crate::error::Result;
use crate::options::ProtectOptions;
use crate::orientation::Orientation;
use crate::pixels::{PixelLayout, PixelsMut};
use crate::protector::Protector;
use crate::report::Report;

use decode::Decoded;
use source::{Encoding, Source};

pub use format::FileFormat;
pub use info::{JpegInfo, PhotoInfo};

/// A protected photo: the bytes of a file in the input's format, and what was done.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Protected {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// Its format, the same as the input's.
    pub format: FileFormat,
    /// What was done, how long it took, what became of the metadata.
    pub report: Report,
}

impl Protected {
    /// Writes the file to `path`: whole or not at all, by way of a temporary file in the same folder.
    ///
    /// # Errors
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) naming the path; what was there is then untouched.
    pub fn save(&self, path: &Path) -> Result<()> {
        file::write(path, &self.bytes, || Ok(()))
    }
}

impl Protector {
    /// Protects a photo given as the bytes of a JPEG, PNG or WebP file.
    ///
    /// Size, stored orientation and alpha stay. JPEG is encoded with the input's quantisation tables unless
    /// [`ProtectOptions::quality`] is set; WebP is written lossless. See the report's metadata and notes for what was
    /// left out or changed.
    ///
    /// # Errors
    /// By [`kind`](crate::Error::kind): `UnsupportedFormat` for formats and variants that would have to be flattened or
    /// reduced (16-bit PNG, CMYK JPEG, animations, HEIC and others, named in the message); `ProtectedMetadata` for
    /// signed content credentials unless [`ProtectOptions::credentials`] says otherwise; `AlreadyProtected` for a photo
    /// that says so, unless [`ProtectOptions::repeat`] is set; `LimitExceeded` before anything large is allocated; `Decode` for damaged or cut
    /// files; `InvalidOptions` for a quality outside 1 to 100; `Cancelled`; and those of
    /// [`protect_pixels_oriented`](Self::protect_pixels_oriented).
    pub fn protect_bytes(&self, input: &[u8], options: &ProtectOptions) -> Result<Protected> {
        options.check()?;
        options.cancel.check()?;
        let started = Instant::now();
        let mut source = Source::read(input, options, Some(self.generator()))?;
        if let Some(refusal) = std::mem::take(&mut source.refusals).into_iter().next() {
            return Err(refusal);
        }
        let size = (source.width, source.height);
        let mut decoded = decode::decode(input, source.format, size, &options.limits)?;
        let decode_time = started.elapsed();

        let mut report = self.protect_decoded(&mut decoded, &source, options)?;

        options.cancel.check()?;
        let started = Instant::now();
        let bytes = self.install(|| encode(&decoded, &source, options.quality))?;
        report.timings.decode = Some(decode_time);
        report.timings.encode = Some(started.elapsed());
        report.metadata = source.segments.iter().map(source::Segment::entry).collect();
        report.notes.extend(source.notes);
        options.cancel.check()?;
        Ok(Protected {
            bytes,
            format: source.format,
            report,
        })
    }

    /// Protects a photo file and writes the result to `output`, which may be the same path.
    ///
    /// The output appears whole or not at all: it is written to a temporary file in the same folder and renamed. An
    /// existing file at `output` is replaced.
    ///
    /// # Errors
    /// Those of [`protect_bytes`](Self::protect_bytes), and `Io` naming the path. On any error nothing is left behind
    /// and what was at `output` is untouched.
    pub fn protect_file(
        &self,
        input: &Path,
        output: &Path,
        options: &ProtectOptions,
    ) -> Result<Report> {
        let bytes = file::read(input, &options.limits)?;
        let protected = self.protect_bytes(&bytes, options)?;
        file::write(output, &protected.bytes, || options.cancel.check())?;
        Ok(protected.report)
    }

    fn protect_decoded(
        &self,
        decoded: &mut Decoded,
        source: &Source,
        options: &ProtectOptions,
    ) -> Result<Report> {
        let (layout, samples) = if decoded.alpha {
            (PixelLayout::Rgba8, 4)
        } else {
            (PixelLayout::Rgb8, 3)
        };
        let stride = source.width as usize * samples;
        let orientation = Orientation::from_exif(source.orientation.into()).unwrap_or_default();
        let mut pixels = PixelsMut::new(
            &mut decoded.pixels,
            source.width,
            source.height,
            stride,
            layout,
        )?;
        self.protect_pixels_oriented(&mut pixels, orientation, options)
    }
}

fn encode(decoded: &Decoded, source: &Source, quality: Option<u8>) -> Result<Vec<u8>> {
    let size = (source.width, source.height);
    match &source.encoding {
        Encoding::Jpeg(jpeg) => {
            jpeg::encode(&decoded.pixels, size, jpeg, quality, &source.segments)
        }
        Encoding::Png => png::encode(&decoded.pixels, size, decoded.alpha, &source.segments),
        Encoding::WebP => webp::encode(&decoded.pixels, size, decoded.alpha, &source.segments),
    }
}
