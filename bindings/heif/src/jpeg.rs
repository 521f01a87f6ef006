//! The JPEG that a HEIC or AVIF photo becomes before it is protected.

use confounder::Limits;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use crate::boxes::{self, Kind};
use crate::error::{Error, Result};
use crate::library::{Block, Library, Photo};
use crate::{colour, exif};

/// Quality of the JPEG, 1 to 100.
const QUALITY: u8 = 92;

/// Longest payload of a JPEG segment, in bytes.
const SEGMENT: usize = 65_533;

/// A photo as a JPEG, and what changed on the way.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AsJpeg {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What was left out or reduced, in words.
    pub notes: Vec<String>,
}

/// Makes a JPEG of a HEIC or AVIF photo: upright, with its EXIF, XMP and colour profile.
///
/// # Errors
/// [`Error::NoLibrary`] and [`Error::NoDecoder`] where libheif or its decoder is not there, [`Error::TooLarge`] before
/// pixels are decoded, [`Error::Unsupported`] for transparency and high dynamic range, [`Error::Damaged`].
pub fn as_jpeg(input: &[u8], kind: Kind, limits: &Limits) -> Result<AsJpeg> {
    if input.len() as u64 > limits.max_input_bytes {
        return Err(Error::Unsupported(format!(
            "the file has more than {} bytes",
            limits.max_input_bytes
        )));
    }
    let photo = Library::get()?.open(input, limits)?;
    let (width, height) = photo.size()?;
    check_size(width, height, limits)?;
    if photo.has_alpha() {
        let message = "it has transparency, which a JPEG cannot hold; save it as PNG, or without transparency";
        return Err(Error::Unsupported(message.into()));
    }
    let mut notes = notes(&photo);
    let mut segments = Vec::new();
    for block in photo.metadata(limits)? {
        match segment(&block) {
            Some(payload) if payload.len() <= SEGMENT => segments.push((1, payload)),
            _ => notes.push(format!(
                "metadata removed: {} ({} bytes) cannot be carried over to a JPEG",
                block.name(),
                block.bytes.len()
            )),
        }
    }
    if boxes::has_credentials(input) {
        // For the library to judge them as those of any JPEG; what they sign is not in this file.
        segments.push((11, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb....c2pa".to_vec()));
    }
    let profile = match (photo.profile(limits)?, photo.code_points()) {
        (Some(profile), _) => Some(profile),
        (None, Some((primaries, transfer))) => colour::profile(primaries, transfer)?,
        (None, None) => None,
    };
    let samples = photo.decode((width, height))?;
    let bytes = encode(&samples, (width, height), segments, profile.as_deref())
        .map_err(|e| Error::Encode(format!("as JPEG, {kind:?}: {e}")))?;
    Ok(AsJpeg { bytes, notes })
}

fn check_size(width: u32, height: u32, limits: &Limits) -> Result<()> {
    let pixels = u64::from(width) * u64::from(height);
    let limit = if width > limits.max_width.min(65_535) || height > limits.max_height.min(65_535) {
        let (most_wide, most_high) = (limits.max_width.min(65_535), limits.max_height.min(65_535));
        format!("{most_wide} x {most_high} px")
    } else if pixels > limits.max_pixels {
        format!("{:.1} megapixels", limits.max_pixels as f64 / 1e6)
    } else if pixels.saturating_mul(12) > limits.max_alloc_bytes {
        format!("{} bytes of memory", limits.max_alloc_bytes)
    } else {
        return Ok(());
    };
    Err(Error::TooLarge {
        width,
        height,
        limit,
    })
}

fn notes(photo: &Photo<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let bits = photo.bits();
    if bits > 8 {
        notes.push(format!("{bits} bits a sample: written with 8"));
    }
    let others = photo.others();
    if others > 0 {
        notes.push(format!(
            "{others} more pictures in the file were left out: only its main picture is protected"
        ));
    }
    notes
}

/// A block of metadata as the payload of an APP1 segment; `None` for what a JPEG has no place for.
fn segment(block: &Block) -> Option<Vec<u8>> {
    if block.is_exif() {
        Some([b"Exif\0\0", &exif::upright(&block.bytes)?[..]].concat())
    } else if block.is_xmp() {
        Some([b"http://ns.adobe.com/xap/1.0/\0", &block.bytes[..]].concat())
    } else {
        None
    }
}

fn encode(
    samples: &[u8],
    (width, height): (u32, u32),
    segments: Vec<(u8, Vec<u8>)>,
    profile: Option<&[u8]>,
) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, QUALITY);
    encoder.set_sampling_factor(SamplingFactor::R_4_4_4);
    for (number, payload) in segments {
        encoder.add_app_segment(number, payload)?;
    }
    if let Some(profile) = profile {
        encoder.add_icc_profile(profile)?;
    }
    encoder.encode(
        samples,
        u16::try_from(width)?,
        u16::try_from(height)?,
        ColorType::Rgb,
    )?;
    Ok(bytes)
}
