//! What a photo file is, whatever its format: its facts before decoding, its metadata, its pixels.

use img_parts::Bytes;
use serde::Serialize;

use super::colour::ColourSpace;
use crate::error::{Error, ErrorKind, Result};
use crate::options::Limits;
use crate::pixels::PixelLayout;
use crate::report::{MetadataAction, MetadataEntry};

/// A photo file, read up to its pixels.
pub(super) struct Source {
    /// Pixels as stored, before the orientation is applied.
    pub(super) width: u32,
    pub(super) height: u32,
    /// EXIF orientation, 1 to 8.
    pub(super) orientation: u8,
    /// How the pixels are stored, in words: `gray`, `RGB`, `palette`, ...
    pub(super) colour: &'static str,
    /// Stored gray.
    pub(super) gray: bool,
    /// Name of the embedded ICC profile.
    pub(super) profile: Option<String>,
    /// The space of the R'G'B' samples, for the working grid.
    pub(super) space: ColourSpace,
    pub(super) segments: Vec<Segment>,
    pub(super) notes: Vec<String>,
    /// Why the photo is not protected with these options, in the order found; empty where it is.
    pub(super) refusals: Vec<Error>,
    /// How the file was encoded, where it is a JPEG.
    pub(super) jpeg: Option<JpegInfo>,
}

impl Source {
    /// Width and height in pixels as stored.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }
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

/// A decoded photo: rows without padding, orientation not applied.
pub(super) struct Decoded {
    pub(super) pixels: Vec<u8>,
    pub(super) layout: PixelLayout,
}

/// One metadata segment (JPEG), chunk (PNG, WebP), box (JPEG XL) or group of tags (TIFF), and what becomes of it.
pub(super) struct Segment {
    /// What it is, for people.
    pub(super) name: String,
    pub(super) place: Place,
    /// Size of the payload in the input, in bytes.
    pub(super) bytes: usize,
    pub(super) fate: Fate,
}

/// Where a segment stands in its file, and so how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A JPEG segment with this marker.
    Marker(u8),
    /// A chunk (PNG, WebP) or a box (JPEG XL) of this type.
    Chunk([u8; 4]),
    /// In a header, in a directory or behind the photo: the format's encoder writes it.
    Elsewhere,
}

/// What becomes of a segment in the output.
pub(super) enum Fate {
    /// Carried over byte for byte.
    Keep(Bytes),
    /// Carried over changed, and what was changed.
    Rewrite(Bytes, &'static str),
    /// Written although the input has none, and what it is.
    Add(Bytes, &'static str),
    /// Written after the image and not as a segment, by the encoder: whether it was changed, and why it stays.
    Append(bool, &'static str),
    /// Left out, and why.
    Remove(&'static str),
}

impl Segment {
    /// The payload to write, if any.
    pub(super) fn payload(&self) -> Option<&Bytes> {
        match &self.fate {
            Fate::Keep(bytes) | Fate::Rewrite(bytes, _) | Fate::Add(bytes, _) => Some(bytes),
            Fate::Append(..) | Fate::Remove(_) => None,
        }
    }

    /// What the report says of it.
    pub(super) fn entry(&self) -> MetadataEntry {
        let (action, detail) = match &self.fate {
            Fate::Keep(_) => (MetadataAction::Kept, None),
            Fate::Rewrite(_, what) => (MetadataAction::Rewritten, Some((*what).to_owned())),
            Fate::Add(_, what) => (MetadataAction::Added, Some((*what).to_owned())),
            Fate::Append(true, why) => (MetadataAction::Rewritten, Some((*why).to_owned())),
            Fate::Append(false, why) => (MetadataAction::Kept, Some((*why).to_owned())),
            Fate::Remove(why) => (MetadataAction::Removed, Some((*why).to_owned())),
        };
        MetadataEntry::new(self.name.clone(), self.bytes as u64, action, detail)
    }
}

/// Checks the length of a file against the limits.
pub(super) fn check_length(input: &[u8], limits: &Limits) -> Result<()> {
    if input.len() as u64 <= limits.max_input_bytes {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "the file has {} bytes, more than the limit of {} (Limits::max_input_bytes)",
            input.len(),
            limits.max_input_bytes
        ),
    ))
}

/// Checks a size in pixels against the limits.
pub(super) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<()> {
    let pixels = u64::from(width) * u64::from(height);
    let exceeded = |what: String, limit: &str| {
        Err(Error::new(
            ErrorKind::LimitExceeded,
            format!("{what} (Limits::{limit})"),
        ))
    };
    if width > limits.max_width {
        return exceeded(
            format!(
                "the photo is {width} px wide, more than the limit of {}",
                limits.max_width
            ),
            "max_width",
        );
    }
    if height > limits.max_height {
        return exceeded(
            format!(
                "the photo is {height} px high, more than the limit of {}",
                limits.max_height
            ),
            "max_height",
        );
    }
    if pixels > limits.max_pixels {
        return exceeded(
            format!(
                "the photo has {pixels} pixels, more than the limit of {}",
                limits.max_pixels
            ),
            "max_pixels",
        );
    }
    Ok(())
}

/// Checks what decoding a photo to pixels may take against the limits.
pub(super) fn check_memory((width, height): (u32, u32), limits: &Limits) -> Result<()> {
    let pixels = u64::from(width) * u64::from(height);
    // Four 8-bit samples a pixel, and twice that again for what a progressive JPEG or a lossless WebP decoder holds;
    // or four 16-bit samples and a row, a strip or (TIFF) an aligned copy.
    if pixels.saturating_mul(12) > limits.max_alloc_bytes {
        return Err(Error::new(
            ErrorKind::LimitExceeded,
            format!(
                "decoding {width} x {height} px may take {} bytes, more than the limit of {} (Limits::max_alloc_bytes)",
                pixels * 12,
                limits.max_alloc_bytes
            ),
        ));
    }
    Ok(())
}

/// Checks that the decoder sees the size that was checked against the limits.
pub(super) fn check_same_size(checked: (u32, u32), decoder: (u32, u32)) -> Result<()> {
    if checked == decoder {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Decode,
        format!("the file states two sizes: {checked:?} and {decoder:?} px"),
    ))
}
