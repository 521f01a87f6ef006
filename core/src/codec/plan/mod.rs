//! What is to be done with a photo of any format: by this library, by the platform's decoder, or not at all.

mod heif;
mod jpeg;
mod raw;

use super::photo::check_length;
use super::{FileFormat, MetadataBlocks, gray, rights};
use crate::error::{Error, ErrorKind, Result};
use crate::options::{Credentials, Limits, MetadataPolicy, ProtectOptions};
use crate::protector::Protector;
use crate::report::MetadataEntry;

/// What is to be done with a photo, told from its headers.
///
/// ```
/// # use confounder::{Plan, ProtectOptions, Protector, ProtectorOptions, Way};
/// # fn plan(protector: &Protector, photo: &[u8]) -> confounder::Result<()> {
/// let plan = protector.plan(photo, &ProtectOptions::new())?;
/// println!("the result is {}, by {:?}", plan.media_type, plan.way);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// Who decodes it.
    pub way: Way,
    /// The name of its format, as people write it.
    pub format: &'static str,
    /// The media type (MIME) of the result: that of the input, or `image/jpeg` after a platform's decoder.
    pub media_type: &'static str,
    /// Width in pixels as stored; 0 where only the platform can tell.
    pub width: u32,
    /// Height in pixels as stored; 0 where only the platform can tell.
    pub height: u32,
}

/// Who decodes a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Way {
    /// This library: [`Protector::protect_bytes`].
    Library(FileFormat),
    /// The platform: decode it there, protect the pixels, encode them as JPEG, and give that to
    /// [`Protector::finish_decoded`].
    Platform,
}

/// A JPEG of pixels that a platform decoded, with the photo's metadata in it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Finished {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// What became of each piece of metadata.
    pub metadata: Vec<MetadataEntry>,
    /// What else the caller should know, in words.
    pub notes: Vec<String>,
}

impl Protector {
    /// What is to be done with a photo of any format. No pixel is decoded.
    ///
    /// # Errors
    /// What refuses the photo, whoever decodes it: `UnsupportedFormat` naming the format (animations among them) and for
    /// gray photos as [`protect_bytes`](Self::protect_bytes); `LimitExceeded`; `AlreadyProtected`; `ProtectedMetadata`;
    /// `Decode` for damaged headers.
    pub fn plan(&self, input: &[u8], options: &ProtectOptions) -> Result<Plan> {
        options.check()?;
        check_length(input, &options.limits)?;
        if let Some(format) = platform_format(input) {
            return self.plan_for_platform(input, format, options);
        }
        let info = self.dry_run(input, options)?;
        Ok(Plan {
            way: Way::Library(info.format),
            format: info.format.name(),
            media_type: media_type(info.format),
            width: info.width,
            height: info.height,
        })
    }

    /// Puts the photo's metadata, as the policy keeps it, and the mark into a JPEG that a platform encoded. `input` is the
    /// photo, for which [`plan`](Self::plan) said [`Way::Platform`]; `upright` says that its decoder turned the pixels.
    ///
    /// # Errors
    /// As [`plan`](Self::plan); `Encode` where `jpeg` is no whole JPEG.
    pub fn finish_decoded(
        &self,
        input: &[u8],
        jpeg: &[u8],
        upright: bool,
        options: &ProtectOptions,
    ) -> Result<Finished> {
        options.check()?;
        let heif = heif::read(input);
        let mut blocks = MetadataBlocks::new().upright(upright);
        blocks.xmp = heif.xmp;
        blocks.exif = heif.exif;
        let mut judged = self.judge_metadata(&blocks, options)?;
        if raw::name(input).is_some() {
            // All of a raw file is one TIFF; what tells of the exposure is a small part of it.
            let blocks = MetadataBlocks::new().exif(input).upright(upright);
            let private = match options.metadata {
                MetadataPolicy::Strip => options.clone(),
                _ => options.clone().metadata(MetadataPolicy::Private),
            };
            let small = self.judge_metadata(&blocks, &raw::unlimited(private, input))?;
            judged.exif = small.exif;
            judged.metadata.splice(0..0, small.metadata);
        }
        let mut finished = Finished {
            bytes: Vec::new(),
            metadata: judged.metadata,
            notes: judged.notes,
        };
        if heif.credentials {
            finished
                .notes
                .push("signed content credentials were removed".into());
        }
        let blocks = [
            ("EXIF", jpeg::EXIF, judged.exif),
            ("XMP", jpeg::XMP, judged.xmp),
        ];
        let bytes = jpeg::with(jpeg, blocks, &mut finished.metadata)?;
        finished.bytes = rights::apply(
            options.data_mining,
            bytes,
            &mut finished.metadata,
            &mut finished.notes,
        );
        Ok(finished)
    }

    fn plan_for_platform(
        &self,
        input: &[u8],
        format: &'static str,
        options: &ProtectOptions,
    ) -> Result<Plan> {
        let heif = heif::read(input);
        let (width, height) = heif.size.unwrap_or_default();
        check_size(width, height, &options.limits)?;
        if heif.credentials && options.credentials == Credentials::Refuse {
            return Err(Error::new(
                ErrorKind::ProtectedMetadata,
                "the photo carries signed content credentials (C2PA), which any change of its pixels makes invalid; ask \
                 for their removal (Credentials::Remove), or protect a copy without them",
            ));
        }
        gray::check(heif.gray, self.generator(), options)?;
        let mut blocks = MetadataBlocks::new();
        (blocks.exif, blocks.xmp) = (heif.exif, heif.xmp);
        self.judge_metadata(&blocks, options)?;
        Ok(Plan {
            way: Way::Platform,
            format,
            media_type: media_type(FileFormat::Jpeg),
            width,
            height,
        })
    }
}

/// The name of a format that platforms decode and this library does not.
fn platform_format(input: &[u8]) -> Option<&'static str> {
    if input.get(4..8) == Some(b"ftyp") {
        return match input.get(8..12)? {
            b"avif" => Some("AVIF"),
            b"heic" | b"heix" | b"heim" | b"heis" | b"mif1" => Some("HEIC"),
            b"crx " => Some("a camera raw file (CR3)"),
            _ => None,
        };
    }
    if input.starts_with(b"BM") {
        return Some("BMP");
    }
    raw::name(input)
}

fn media_type(format: FileFormat) -> &'static str {
    match format {
        FileFormat::Jpeg => "image/jpeg",
        FileFormat::Png => "image/png",
        FileFormat::WebP => "image/webp",
        FileFormat::Tiff => "image/tiff",
        FileFormat::Jxl => "image/jxl",
    }
}

fn check_size(width: u32, height: u32, limits: &Limits) -> Result<()> {
    let pixels = u64::from(width) * u64::from(height);
    if width <= limits.max_width && height <= limits.max_height && pixels <= limits.max_pixels {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "the photo is {width} x {height} px, more than the limits of {} x {} px and {} pixels (Limits); raise them, or \
             scale the photo down first",
            limits.max_width, limits.max_height, limits.max_pixels
        ),
    ))
}
