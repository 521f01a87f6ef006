//! JPEG, PNG, WebP, TIFF and JPEG XL files: decode, protect, encode, with their metadata.
//!
//! The photo comes out in the format it came in: same size, same stored orientation, same alpha. A JPEG is changed in its
//! coefficients where generator and file allow it; else it is written with its own quantisation tables and chroma sampling. What would show the unprotected photo (thumbnails,
//! previews, depth maps, motion photos, gain maps but those of luma) is left out; everything that happened to the
//! metadata is in the report.

mod coefficients;
mod colour;
mod decode;
mod detect;
mod embedded;
mod exif;
mod exif_subset;
mod file;
mod format;
mod gray;
mod icc;
mod info;
mod jpeg;
mod jxl;
mod marker;
mod photoshop;
mod png;
mod policy;
mod source;
mod tiff;
mod watched;
mod webp;
mod xml;
mod xmp;

use std::path::Path;
use std::time::Instant;

use crate::error::Result;
use crate::options::{JpegMethod, ProtectOptions};
use crate::orientation::Orientation;
use crate::pixels::PixelsMut;
use crate::protector::Protector;
use crate::report::Report;
use crate::stage::Stage;
use crate::working::WorkingColour;

use coefficients::Attempt;
use colour::ToSrgb;
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
    /// Protects a photo given as the bytes of a JPEG, PNG, WebP, TIFF or JPEG XL file.
    ///
    /// Size, stored orientation and alpha stay. A JPEG is changed in its coefficients, so that nothing is compressed a
    /// second time (see [`JpegMethod`]); where that cannot be done it is encoded with its own quantisation tables, and with
    /// others only where [`ProtectOptions::quality`] is set. WebP and JPEG XL are written lossless. See the report's metadata and notes for what was
    /// left out or changed.
    ///
    /// # Errors
    /// By [`kind`](crate::Error::kind): `UnsupportedFormat` for formats and variants that would have to be flattened or
    /// reduced (animations, HEIC and others, named in the message) and for gray photos where the generator changes
    /// colour only, unless [`ProtectOptions::tint_gray`] is set; `ProtectedMetadata` for signed content credentials unless
    /// [`ProtectOptions::credentials`] says otherwise; `AlreadyProtected` for a photo that says so, unless
    /// [`ProtectOptions::repeat`] is set; `LimitExceeded` before anything large is allocated; `Decode` for damaged or cut
    /// files; `InvalidOptions` for a quality outside 1 to 100; `Cancelled`; and those of
    /// [`protect_pixels_oriented`](Self::protect_pixels_oriented).
    pub fn protect_bytes(&self, input: &[u8], options: &ProtectOptions) -> Result<Protected> {
        options.check()?;
        options.cancel.check()?;
        options.on_stage.enter(Stage::Decode)?;
        let started = Instant::now();
        let source = self.read(input, options)?;
        let mut source = match self.protect_coefficients(input, source, options, started)? {
            Attempt::Done(protected) => return Ok(protected),
            Attempt::Unsuited(source) => source,
        };
        let mut decoded = self.decode(input, &mut source, options)?;
        let decode_time = started.elapsed();

        let mut report = self.protect_decoded(&mut decoded, &source, options)?;

        options.cancel.check()?;
        options.on_stage.enter(Stage::Encode)?;
        let started = Instant::now();
        let bytes = self.install(|| encode(decoded, &source, options));
        let bytes = watched::outcome(&options.cancel, bytes)?;
        report.timings.decode = Some(decode_time);
        report.timings.encode = Some(started.elapsed());
        report.jpeg = matches!(source.encoding, Encoding::Jpeg(_)).then_some(JpegMethod::Pixels);
        report.metadata = source.segments.iter().map(source::Segment::entry).collect();
        report.notes.extend(source.notes);
        Ok(Protected {
            bytes,
            format: source.format,
            report,
        })
    }

    /// What [`protect_bytes`](Self::protect_bytes) would do to a photo, told from its headers: no pixel is decoded.
    ///
    /// # Errors
    /// Those that `protect_bytes` gives before it decodes pixels. Damage further inside the file is not seen.
    pub fn dry_run(&self, input: &[u8], options: &ProtectOptions) -> Result<PhotoInfo> {
        options.check()?;
        options.cancel.check()?;
        Ok(PhotoInfo::of(self.read(input, options)?))
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

    /// Everything but the pixels; an error where these options refuse the photo.
    fn read(&self, input: &[u8], options: &ProtectOptions) -> Result<Source> {
        let mut source = Source::read(input, options, Some(self.generator()))?;
        if let Some(refusal) = std::mem::take(&mut source.refusals).into_iter().next() {
            return Err(refusal);
        }
        gray::check(source.gray, self.generator(), options)?;
        Ok(source)
    }

    /// The pixels to protect: gray ones in colour where that was asked for.
    fn decode(
        &self,
        input: &[u8],
        source: &mut Source,
        options: &ProtectOptions,
    ) -> Result<Decoded> {
        let size = (source.width, source.height);
        let decoded =
            decode::decode(input, source.format, size, options)?.into_gray_if_it_is(source.format);
        gray::check(decoded.layout.is_gray(), self.generator(), options)?;
        if !decoded.layout.is_gray() || !gray::tint(self.generator(), options) {
            return Ok(decoded);
        }
        if !source.gray {
            source.notes.push(source::tint_note());
        }
        Ok(decoded.into_colour())
    }

    fn protect_decoded(
        &self,
        decoded: &mut Decoded,
        source: &Source,
        options: &ProtectOptions,
    ) -> Result<Report> {
        let stride = source.width as usize * decoded.layout.bytes_per_pixel();
        let orientation = Orientation::from_exif(source.orientation.into()).unwrap_or_default();
        let mut pixels = PixelsMut::new(
            &mut decoded.pixels,
            source.width,
            source.height,
            stride,
            decoded.layout,
        )?;
        let (colour, unusable) = ToSrgb::or_note(&source.space);
        let working = colour.as_ref().map(|colour| colour as &dyn WorkingColour);
        let mut report = self.protect_pixels_in(&mut pixels, orientation, working, options)?;
        report.notes.extend(unusable);
        report.notes.extend(colour.and_then(|colour| colour.note()));
        Ok(report)
    }
}

fn encode(decoded: Decoded, source: &Source, options: &ProtectOptions) -> Result<Vec<u8>> {
    let (segments, cancel) = (&source.segments, &options.cancel);
    let size = (source.width, source.height);
    match &source.encoding {
        Encoding::Jpeg(jpeg) => jpeg::encode(decoded, size, jpeg, segments, options),
        &Encoding::Png { file_bytes } => png::encode(&decoded, size, file_bytes, segments, cancel),
        Encoding::Tiff(tiff) => tiff::encode(decoded, size, tiff, cancel),
        Encoding::Jxl(jxl) => jxl::encode(decoded, size, jxl, segments, cancel),
        Encoding::WebP => webp::encode(decoded.into_colour(), size, segments, cancel),
    }
}
