//! What `confounder protect` is told.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use confounder::{
    CancelToken, Credentials, DataMining, JpegMethod, Limits, MetadataPolicy, ProtectOptions,
    Strength,
};
use confounder_heif::Output;

use crate::engine::EngineArguments;
use crate::exit::{self, Failure};

/// Most megapixels that can be asked for: 65,535 x 65,535 px, the end of JPEG.
const MOST_MEGAPIXELS: f64 = 4294.8;

/// Protects photos (JPEG, PNG, WebP, TIFF, JPEG XL; HEIC and AVIF where libheif is installed)
///
/// Each photo is written beside the input as NAME.protected.EXT, or where -o says. Orientation, colour profile and
/// metadata are carried over; thumbnails and other copies of the unprotected photo inside the file are removed.
///
/// With -r, folders are searched for .jpg, .jpeg, .jpe, .jfif, .mpo, .png, .webp, .tif, .tiff and .jxl files; below -o
/// they keep their structure. So are .heic, .heif, .hif and .avif files, which become JPEGs. Other pictures found (GIF, camera
/// raw, ...) are named and counted as not protected.
/// Hidden files and folders, files named NAME.protected.EXT and the folder given with -o are passed over. Links to files
/// are followed, links to folders are not.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help("\
Examples:
  confounder protect photo.jpg                  writes photo.protected.jpg
  confounder protect photo.jpg -o safe.jpg
  confounder protect --private photo.jpg        and drops place, owner and serial numbers
  confounder protect -r holiday -o holiday-safe
  confounder protect -r holiday --dry-run       says what would happen, writes nothing
  confounder protect - < photo.jpg > safe.jpg"))]
pub(crate) struct Arguments {
    /// Photos, folders (with -r), or - for standard input
    #[arg(required = true, value_name = "PHOTO")]
    pub(super) inputs: Vec<PathBuf>,

    /// Where to write: a file for one photo, a folder for several, - for standard output
    #[arg(short, long, value_name = "PATH")]
    pub(super) output: Option<PathBuf>,

    /// Look for photos in folders and the folders inside them
    #[arg(short, long)]
    pub(super) recursive: bool,

    /// Replace files that exist already; links are never replaced, and pipes and devices are written to
    #[arg(short, long)]
    pub(super) force: bool,

    /// Give the new files the time of now [default: the time of their input]; permissions are those of the input
    #[arg(long)]
    pub(super) touch: bool,

    /// How much of the residual to add, 0 to 1.5: more protects better and is easier to see
    #[arg(long, default_value_t = 1.0, value_name = "NUMBER")]
    strength: f32,

    /// What becomes of the metadata
    #[arg(long, value_enum, default_value_t = Metadata::Keep, value_name = "POLICY")]
    metadata: Metadata,

    /// The same as --metadata private
    #[arg(long, conflicts_with = "metadata")]
    private: bool,

    /// Remove signed content credentials (C2PA), which the change makes invalid; photos with them are refused otherwise
    #[arg(long)]
    remove_credentials: bool,

    /// JPEG quality, 1 to 100 [default: that of the input]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: Option<u8>,

    /// How JPEGs are changed
    #[arg(long, value_enum, default_value_t = Jpeg::Auto, value_name = "METHOD")]
    jpeg: Jpeg,

    /// What HEIC and AVIF photos become
    #[arg(long, value_enum, default_value_t = Format::Jpeg, value_name = "FORMAT")]
    pub(super) format: Format,

    /// Let gray photos become colour photos where the generator changes colour only; they are refused otherwise
    #[arg(long)]
    tint_gray: bool,

    /// Protect photos once more that say they were protected before; they are refused otherwise
    #[arg(long)]
    repeat: bool,

    /// The generator to use: an ONNX file of contract v1, or `compact` for the small bundled one, which knows few kinds of
    /// things (`./compact` is a file) [default: the bundled one for photos of anything]
    #[arg(long, value_name = "FILE")]
    pub(super) generator: Option<PathBuf>,

    /// Give all photos the pattern of a personal key (a file of 16 to 1024 bytes; `confounder key` makes one): against
    /// models that are to tell whose photo it is
    #[arg(long, value_name = "FILE", conflicts_with = "generator")]
    pub(super) key: Option<PathBuf>,

    #[command(flatten)]
    pub(super) engine: EngineArguments,

    /// Largest photo in megapixels (millions of pixels, not pixels); larger ones are refused before they are decoded, and
    /// memory for decoding is allowed accordingly [default: 250 for a JPEG that is changed in its coefficients, and what
    /// 1.5 GiB of memory hold for others, about 130]
    #[arg(long, value_name = "MEGAPIXELS", value_parser = megapixels)]
    max_pixels: Option<f64>,

    /// Number of threads, shared by all photos [default: one per core]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,

    /// Photos in memory at once: fewer need less memory, more keep all threads busy [default: one per thread]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) jobs: Option<u16>,

    /// Say what would be written where, what would happen to the metadata and what would be refused; write nothing.
    /// Only headers are read: damage further inside a photo is not seen
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Write one JSON object per photo to standard output
    #[arg(long)]
    pub(super) json: bool,

    /// Say nothing (but --json lines) unless something fails
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Also say in the metadata that the photo may not be mined to train models (plus:DataMining, see `confounder mark`);
    /// another term of the PLUS vocabulary may be given
    #[arg(
        long,
        value_name = "TERM",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = DataMining::ProhibitedAiMlTraining.term(),
        value_parser = crate::mark::term,
    )]
    mark: Option<DataMining>,
}

/// The values of `--metadata`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Metadata {
    /// Carry over all but what shows the unprotected photo
    Keep,
    /// For sharing: drop where, who and which device; keep time, camera model, exposure
    Private,
    /// Only what is needed to show the photo right: orientation, colour profile
    Strip,
}

/// The values of `--jpeg`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Jpeg {
    /// In their coefficients where that can be done, else by way of pixels
    Auto,
    /// In their coefficients only, so that nothing is compressed twice; others are refused
    Coefficients,
    /// Decoded, changed and encoded again
    Pixels,
}

/// The values of `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Format {
    /// A JPEG of quality 92 with its chroma as fine as its luma
    Jpeg,
    /// A HEIC, where libheif has an encoder
    Heic,
}

impl Format {
    /// The extension of the files that come out.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Heic => "heic",
        }
    }
}

impl From<Format> for Output {
    fn from(format: Format) -> Self {
        match format {
            Format::Jpeg => Self::Jpeg,
            Format::Heic => Self::Heic,
        }
    }
}

impl From<Metadata> for MetadataPolicy {
    fn from(metadata: Metadata) -> Self {
        match metadata {
            Metadata::Keep => Self::Keep,
            Metadata::Private => Self::Private,
            Metadata::Strip => Self::Strip,
        }
    }
}

impl From<Jpeg> for JpegMethod {
    fn from(jpeg: Jpeg) -> Self {
        match jpeg {
            Jpeg::Auto => Self::Auto,
            Jpeg::Coefficients => Self::Coefficients,
            Jpeg::Pixels => Self::Reencode,
        }
    }
}

impl Arguments {
    /// The library's options for every photo.
    pub(super) fn options(&self) -> Result<ProtectOptions, Failure> {
        if self.quality.is_some() && matches!(self.jpeg, Jpeg::Coefficients) {
            return Err(Failure::usage(
                "--quality means to compress anew, which --jpeg coefficients excludes; leave one of the two out",
            ));
        }
        let strength =
            Strength::new(self.strength).map_err(|e| Failure::usage(format!("--strength: {e}")))?;
        let metadata = if self.private {
            Metadata::Private
        } else {
            self.metadata
        };
        let credentials = if self.remove_credentials {
            Credentials::Remove
        } else {
            Credentials::Refuse
        };
        let options = ProtectOptions::new()
            .strength(strength)
            .limits(limits(self.max_pixels))
            .metadata(metadata.into())
            .credentials(credentials)
            .jpeg(self.jpeg.into())
            .tint_gray(self.tint_gray)
            .repeat(self.repeat)
            .cancel(CancelToken::new());
        let options = match self.mark {
            Some(term) => options.data_mining(term),
            None => options,
        };
        Ok(match self.quality {
            Some(quality) => options.quality(quality),
            None => options,
        })
    }
}

/// Most memory for a pixel while a photo is decoded, in bytes.
const BYTES_PER_PIXEL: u64 = 16;

/// The default limits, or those with another number of pixels; memory for decoding grows with it, but does not fall below
/// the default.
fn limits(megapixels: Option<f64>) -> Limits {
    let default = Limits::new();
    let Some(megapixels) = megapixels else {
        return default;
    };
    let pixels = (megapixels * 1e6) as u64;
    let memory = pixels
        .saturating_mul(BYTES_PER_PIXEL)
        .max(default.max_alloc_bytes);
    default.max_pixels(pixels).max_alloc_bytes(memory)
}

fn megapixels(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && number <= MOST_MEGAPIXELS => Ok(number),
        _ => Err(format!(
            "give megapixels: a number above 0 and at most {MOST_MEGAPIXELS}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn megapixels_are_not_pixels() {
        assert_eq!(megapixels("0.5"), Ok(0.5));
        assert_eq!(megapixels("4294.8"), Ok(4294.8));
        for bad in ["0", "-1", "50000000", "NaN", "inf", "12MP", ""] {
            assert!(megapixels(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn memory_follows_the_pixels_allowed() {
        let default = Limits::new();
        assert_eq!(limits(None), default);
        assert_eq!(limits(Some(1.0)).max_pixels, 1_000_000);
        assert_eq!(limits(Some(1.0)).max_alloc_bytes, default.max_alloc_bytes);
        assert_eq!(limits(Some(200.0)).max_alloc_bytes, 3_200_000_000);
    }
}
