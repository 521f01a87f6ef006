//! Protecting whole files.

use std::path::Path;

use super::colour::ToSrgb;
use super::format::{self, Format, Job, Work};
use super::formats::FileFormat;
use super::info::{PhotoInfo, look};
use super::photo::{Decoded, Segment, Source, check_length};
use super::{file, gray, rights, watched};
use crate::error::Result;
use crate::options::{JpegMethod, ProtectOptions};
use crate::orientation::Orientation;
use crate::pixels::PixelsMut;
use crate::platform::Instant;
use crate::protector::Protector;
use crate::report::Report;
use crate::stage::Stage;
use crate::working::WorkingColour;

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
        let job = Job {
            protector: self,
            input,
            options,
            started: Instant::now(),
        };
        check_length(input, &options.limits)?;
        let format = FileFormat::detect(input)?;
        let (bytes, mut report) = format.run(Protecting(job))?;
        let bytes = rights::apply(
            options.data_mining,
            bytes,
            &mut report.metadata,
            &mut report.notes,
        );
        Ok(Protected {
            bytes,
            format,
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
        look(input, options, Some(self))
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
}

/// Protects a file of any format.
struct Protecting<'a>(Job<'a>);

impl Work for Protecting<'_> {
    type Output = Result<(Vec<u8>, Report)>;

    fn run<F: Format>(self) -> Self::Output {
        let job = self.0;
        let (protector, options) = (job.protector, job.options);
        let (mut source, mut encoding) =
            format::read::<F>(job.input, options, Some(protector.generator()))?;
        if let Some(refusal) = std::mem::take(&mut source.refusals).into_iter().next() {
            return Err(refusal);
        }
        gray::check(source.gray, protector.generator(), options)?;
        let (bytes, mut report) = match F::change(job, &mut source, &mut encoding)? {
            Some(changed) => (changed.bytes, changed.report),
            None => by_pixels::<F>(job, &mut source, encoding)?,
        };
        report.metadata = source.segments.iter().map(Segment::entry).collect();
        report.notes.extend(source.notes);
        Ok((bytes, report))
    }
}

/// Decodes, protects the pixels, encodes.
fn by_pixels<F: Format>(
    job: Job<'_>,
    source: &mut Source,
    encoding: F::Encoding,
) -> Result<(Vec<u8>, Report)> {
    let (protector, options) = (job.protector, job.options);
    let mut decoded = decoded::<F>(job, source)?;
    let decode_time = job.started.elapsed();

    let mut report = protect_decoded(protector, &mut decoded, source, options)?;

    options.cancel.check()?;
    options.on_stage.enter(Stage::Encode)?;
    let started = Instant::now();
    let bytes = protector.install(|| F::encode(decoded, source, encoding, options));
    let bytes = watched::outcome(&options.cancel, bytes)?;
    report.timings.decode = Some(decode_time);
    report.timings.encode = Some(started.elapsed());
    report.jpeg = source.jpeg.is_some().then_some(JpegMethod::Reencode);
    Ok((bytes, report))
}

/// The pixels to protect: gray ones in colour where that was asked for.
fn decoded<F: Format>(job: Job<'_>, source: &mut Source) -> Result<Decoded> {
    let (generator, options) = (job.protector.generator(), job.options);
    let decoded = format::decode::<F>(job.input, source.size(), options)?;
    gray::check(decoded.layout.is_gray(), generator, options)?;
    if !decoded.layout.is_gray() || !gray::tint(generator, options) {
        return Ok(decoded);
    }
    if !source.gray {
        source.notes.push(gray::tint_note());
    }
    Ok(decoded.into_colour())
}

fn protect_decoded(
    protector: &Protector,
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
    let mut report = protector.protect_pixels_in(&mut pixels, orientation, working, options)?;
    report.notes.extend(unusable);
    report.notes.extend(colour.and_then(|colour| colour.note()));
    Ok(report)
}
