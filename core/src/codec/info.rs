//! Looking at a photo file without decoding its pixels.

use serde::Serialize;

use super::format::{self, Format, Work};
use super::formats::FileFormat;
use super::gray;
use super::photo::{JpegInfo, Segment, Source, check_length};
use crate::error::Result;
use crate::options::{Limits, ProtectOptions};
use crate::orientation::Orientation;
use crate::protector::Protector;
use crate::report::MetadataEntry;

/// What a photo file is, and what protecting it would do to its metadata.
///
/// ```no_run
/// let photo = confounder::PhotoInfo::read(&std::fs::read("photo.jpg")?, &confounder::Limits::default())?;
/// println!("{} {} x {} px, orientation {}", photo.format, photo.width, photo.height, photo.orientation.exif());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PhotoInfo {
    /// File format.
    pub format: FileFormat,
    /// Width in pixels as stored, before the orientation is applied.
    pub width: u32,
    /// Height in pixels as stored.
    pub height: u32,
    /// EXIF orientation; in JSON 1 (upright) to 8.
    pub orientation: Orientation,
    /// How colour is stored, in words.
    pub colour: &'static str,
    /// Name of the embedded colour profile, if there is one.
    pub profile: Option<String>,
    /// How the JPEG was encoded.
    pub jpeg: Option<JpegInfo>,
    /// Metadata in file order, with what protecting the photo does to each segment.
    pub metadata: Vec<MetadataEntry>,
    /// What else protecting the photo changes, in words.
    pub notes: Vec<String>,
    /// Why protecting the photo with default options would be refused, and what to do, in words; empty where it would
    /// not: signed content credentials, a mark that it was protected before.
    pub refusals: Vec<String>,
}

impl PhotoInfo {
    /// Reads the headers of a photo file.
    ///
    /// # Errors
    /// Every error that protecting the same file would give before its pixels are decoded: a format that is not
    /// supported, damaged headers, a size beyond `limits`. What could be overcome by an option is no error but in
    /// [`refusals`](Self::refusals).
    pub fn read(input: &[u8], limits: &Limits) -> Result<Self> {
        let options = ProtectOptions::new().limits(limits.clone());
        look(input, &options, None)
    }

    /// What is known of a photo file before its pixels are decoded.
    fn of(format: FileFormat, source: Source) -> Self {
        Self {
            format,
            width: source.width,
            height: source.height,
            // Readers take any other value for upright.
            orientation: Orientation::from_exif(source.orientation.into()).unwrap_or_default(),
            colour: source.colour,
            jpeg: source.jpeg,
            metadata: source.segments.iter().map(Segment::entry).collect(),
            profile: source.profile,
            notes: notes(source.gray, source.notes),
            refusals: source.refusals.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Reads the headers of a photo file, for protecting it with `protector` or, without one, for looking only.
///
/// # Errors
/// Those that protecting gives before pixels are decoded; without a protector only those that no option overcomes.
pub(super) fn look(
    input: &[u8],
    options: &ProtectOptions,
    protector: Option<&Protector>,
) -> Result<PhotoInfo> {
    check_length(input, &options.limits)?;
    let format = FileFormat::detect(input)?;
    let looking = Looking {
        input,
        options,
        protector,
    };
    Ok(PhotoInfo::of(format, format.run(looking)?))
}

/// Reads the headers of a file of any format.
struct Looking<'a> {
    input: &'a [u8],
    options: &'a ProtectOptions,
    protector: Option<&'a Protector>,
}

impl Work for Looking<'_> {
    type Output = Result<Source>;

    fn run<F: Format>(self) -> Self::Output {
        let generator = self.protector.map(Protector::generator);
        let (mut source, _) = format::read::<F>(self.input, self.options, generator)?;
        let Some(generator) = generator else {
            return Ok(source);
        };
        if let Some(refusal) = std::mem::take(&mut source.refusals).into_iter().next() {
            return Err(refusal);
        }
        gray::check(source.gray, generator, self.options)?;
        Ok(source)
    }
}

fn notes(gray: bool, mut notes: Vec<String>) -> Vec<String> {
    if gray {
        notes.push(
            "gray photo: a generator that changes colour only refuses it unless it may be tinted (ProtectOptions::tint_gray)"
                .to_owned(),
        );
    }
    notes
}
