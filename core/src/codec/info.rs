//! Looking at a photo file without decoding its pixels.

use serde::Serialize;

use super::format::FileFormat;
use super::source::{Encoding, Source};
use crate::error::Result;
use crate::options::{Limits, ProtectOptions};
use crate::report::MetadataEntry;

/// What a photo file is, and what protecting it would do to its metadata.
///
/// ```no_run
/// let photo = confounder::PhotoInfo::read(&std::fs::read("photo.jpg")?, &confounder::Limits::default())?;
/// println!("{} {} x {} px, orientation {}", photo.format, photo.width, photo.height, photo.orientation);
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
    /// EXIF orientation, 1 (upright) to 8.
    pub orientation: u8,
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

/// How a JPEG was encoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct JpegInfo {
    /// IJG quality whose luma table is closest, 1 to 100.
    pub quality: u8,
    /// Luma samples to one chroma sample, horizontally and vertically: (2, 2) is 4:2:0, (1, 1) is 4:4:4.
    pub sampling: (u8, u8),
    /// Progressive instead of baseline.
    pub progressive: bool,
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
        Ok(Self::of(Source::read(input, &options, None)?))
    }

    /// What is known of a photo file before its pixels are decoded.
    pub(super) fn of(source: Source) -> Self {
        Self {
            format: source.format,
            width: source.width,
            height: source.height,
            orientation: source.orientation,
            colour: source.colour,
            jpeg: match &source.encoding {
                Encoding::Jpeg(jpeg) => Some(JpegInfo {
                    quality: jpeg.quality,
                    sampling: jpeg.sampling,
                    progressive: jpeg.progressive,
                }),
                Encoding::Png { .. } | Encoding::WebP | Encoding::Tiff(_) | Encoding::Jxl(_) => {
                    None
                }
            },
            metadata: source
                .segments
                .iter()
                .map(super::source::Segment::entry)
                .collect(),
            profile: source.profile,
            notes: notes(source.gray, source.notes),
            refusals: source.refusals.iter().map(ToString::to_string).collect(),
        }
    }
}

fn notes(gray: bool, mut notes: Vec<String>) -> Vec<String> {
    if gray {
        notes.push(
            "gray photo: a generator that changes colour only refuses it unless it may be tinted (ProtectOptions::tint_gray, --tint-gray)"
                .to_owned(),
        );
    }
    notes
}
