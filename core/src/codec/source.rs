//! What is known of a photo file before its pixels are decoded.

use std::sync::Arc;

use img_parts::Bytes;

use super::colour::ColourSpace;
use super::format::FileFormat;
use super::policy::Rules;
use super::{jpeg, jxl, png, tiff, webp};
use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::options::{Limits, ProtectOptions};
use crate::pixels::PixelLayout;
use crate::report::{MetadataAction, MetadataEntry};

/// A photo file, read up to its pixels.
pub(super) struct Source {
    pub(super) format: FileFormat,
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
    pub(super) encoding: Encoding,
}

/// What the encoder needs to know of the input so as to stay close to it.
pub(super) enum Encoding {
    Jpeg(Arc<jpeg::Encoding>),
    Png {
        /// Length of the input file.
        file_bytes: usize,
    },
    Tiff(Arc<tiff::Encoding>),
    Jxl(Box<jxl::Encoding>),
    WebP,
}

/// One metadata segment (JPEG), chunk (PNG, WebP), box (JPEG XL) or group of tags (TIFF), and what becomes of it.
pub(super) struct Segment {
    /// What it is, for people.
    pub(super) name: String,
    /// JPEG: the marker, then zeros. PNG and WebP: the chunk type. JPEG XL: the box type, zeros for what is in its header. TIFF: zeros; its tags are written from its
    /// [`Encoding`].
    pub(super) id: [u8; 4],
    /// Size of the payload in the input, in bytes.
    pub(super) bytes: usize,
    pub(super) fate: Fate,
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

impl Source {
    /// Reads everything but the pixels and checks it against the limits, for protecting with `generator` or, without
    /// one, for looking only.
    ///
    /// What protecting would refuse is in [`refusals`](Self::refusals).
    pub(super) fn read(
        input: &[u8],
        options: &ProtectOptions,
        generator: Option<&Generator>,
    ) -> Result<Self> {
        let limits = &options.limits;
        if input.len() as u64 > limits.max_input_bytes {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                format!(
                    "the file has {} bytes, more than the limit of {} (Limits::max_input_bytes)",
                    input.len(),
                    limits.max_input_bytes
                ),
            ));
        }
        let format = FileFormat::detect(input)?;
        let bytes = Bytes::copy_from_slice(input);
        let rules = Rules::new(options, generator);
        let source = match format {
            FileFormat::Jpeg => jpeg::read(bytes, &rules)?,
            FileFormat::Png => png::read(bytes, limits, &rules)?,
            FileFormat::WebP => webp::read(bytes, &rules)?,
            FileFormat::Jxl => jxl::read(&bytes, limits, &rules)?,
            FileFormat::Tiff => tiff::read(input, options, &rules)?,
        };
        check_size(source.width, source.height, limits)?;
        Ok(source)
    }
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
    // Four 8-bit samples a pixel, and twice that again for what a progressive JPEG or a lossless WebP decoder holds;
    // or four 16-bit samples and a row, a strip or (TIFF) an aligned copy.
    if pixels.saturating_mul(12) > limits.max_alloc_bytes {
        return exceeded(
            format!(
                "decoding {width} x {height} px may take {} bytes, more than the limit of {}",
                pixels * 12,
                limits.max_alloc_bytes
            ),
            "max_alloc_bytes",
        );
    }
    Ok(())
}

/// The same limits in the terms of the `image` crate.
pub(super) fn decoder_limits(limits: &Limits) -> image::Limits {
    let mut decoder = image::Limits::no_limits();
    decoder.max_image_width = Some(limits.max_width);
    decoder.max_image_height = Some(limits.max_height);
    decoder.max_alloc = Some(limits.max_alloc_bytes);
    decoder
}

/// How pixels of a colour type lie in memory, and the words for it.
///
/// # Errors
/// [`ErrorKind::UnsupportedFormat`] for floating-point samples.
pub(super) fn layout(colour: image::ColorType) -> Result<(PixelLayout, &'static str)> {
    use image::ColorType::{L8, L16, La8, La16, Rgb8, Rgb16, Rgba8, Rgba16};
    Ok(match colour {
        L8 => (PixelLayout::Gray8, "gray"),
        La8 => (PixelLayout::GrayAlpha8, "gray with alpha"),
        Rgb8 => (PixelLayout::Rgb8, "RGB"),
        Rgba8 => (PixelLayout::Rgba8, "RGB with alpha"),
        L16 => (PixelLayout::Gray16, "gray, 16 bits"),
        La16 => (PixelLayout::GrayAlpha16, "gray with alpha, 16 bits"),
        Rgb16 => (PixelLayout::Rgb16, "RGB, 16 bits"),
        Rgba16 => (PixelLayout::Rgba16, "RGB with alpha, 16 bits"),
        other => {
            return Err(Error::new(
                ErrorKind::UnsupportedFormat,
                format!(
                    "{other:?} samples are not supported; convert the photo to 16 or 8 bits a sample first"
                ),
            ));
        }
    })
}

/// A layout in the terms of the `image` crate's encoders.
pub(super) fn encoder_colour(layout: PixelLayout) -> image::ExtendedColorType {
    use image::ExtendedColorType as Colour;
    match layout {
        PixelLayout::Gray8 => Colour::L8,
        PixelLayout::GrayAlpha8 => Colour::La8,
        PixelLayout::Rgb8 => Colour::Rgb8,
        PixelLayout::Rgba8 => Colour::Rgba8,
        PixelLayout::Bgra8 => Colour::Bgra8,
        PixelLayout::Gray16 => Colour::L16,
        PixelLayout::GrayAlpha16 => Colour::La16,
        PixelLayout::Rgb16 => Colour::Rgb16,
        PixelLayout::Rgba16 => Colour::Rgba16,
    }
}

/// What is said of a gray photo that is written in colour.
pub(super) fn tint_note() -> String {
    "gray photo: written in colour, since the residual is one of colour".to_owned()
}
