//! What happened to a photo.

use crate::options::JpegMethod;

/// What one call did to one photo.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Report {
    /// Width of the photo as stored, in pixels.
    pub width: u32,
    /// Height of the photo as stored, in pixels.
    pub height: u32,
    /// Width of the working grid that the generator saw.
    pub grid_width: u32,
    /// Height of the working grid that the generator saw.
    pub grid_height: u32,
    /// The engine that ran the generator.
    pub engine: String,
    /// Time per stage.
    pub timings: Timings,
    /// Peak signal-to-noise ratio of protected against original samples in decibels; none where nothing changed.
    pub psnr_db: Option<f64>,
    /// How a JPEG was changed; none for other formats and for pixels.
    pub jpeg: Option<JpegMethod>,
    /// What became of each piece of metadata; empty for pixels.
    pub metadata: Vec<MetadataEntry>,
    /// What else the caller should know, in words.
    pub notes: Vec<String>,
}

/// Time per stage in milliseconds.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Timings {
    /// Reading and decoding the file; none for pixels.
    pub decode_ms: Option<f64>,
    /// Scaling down to the working grid.
    pub grid_ms: f64,
    /// Running the generator.
    pub generator_ms: f64,
    /// Adding the residual.
    pub blend_ms: f64,
    /// Encoding and metadata; none for pixels.
    pub encode_ms: Option<f64>,
}

/// One piece of metadata and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct MetadataEntry {
    /// What it is: EXIF, ICC profile, ...
    pub name: String,
    /// Its size in the input in bytes.
    pub bytes: u64,
    /// What became of it.
    pub action: MetadataAction,
    /// Why, or what was changed or added.
    pub detail: Option<String>,
}

/// What became of a piece of metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum MetadataAction {
    /// Carried over byte for byte.
    Kept,
    /// Carried over, changed.
    Rewritten,
    /// Left out.
    Removed,
    /// Written although the input has none: the mark that the photo was protected.
    Added,
}

/// A protected photo file in memory.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ProtectedPhoto {
    /// The whole file, in the format of the input.
    pub bytes: Vec<u8>,
    /// Its format.
    pub format: FileFormat,
    /// What was done.
    pub report: Report,
}

/// The format of a photo file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum FileFormat {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
    /// TIFF.
    Tiff,
    /// JPEG XL.
    Jxl,
}

/// What a photo is and what protecting it would do to its metadata.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct PhotoInfo {
    /// Its format.
    pub format: FileFormat,
    /// Width as stored, in pixels.
    pub width: u32,
    /// Height as stored, in pixels.
    pub height: u32,
    /// Orientation as EXIF counts it, 1 to 8.
    pub orientation: u8,
    /// What would become of each piece of metadata.
    pub metadata: Vec<MetadataEntry>,
    /// What else the caller should know, in words.
    pub notes: Vec<String>,
}

/// Whether a photo carries the generator's residual, as far as one photo can tell.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct Detection {
    /// The answer.
    pub verdict: Verdict,
    /// How likely it is that the photo carries the residual, 0 to 1; none where that was not measured.
    pub probability: Option<f64>,
    /// How much of the residual was found; about 1 in a photo that carries it.
    pub amplitude: f64,
}

/// Whether a photo carries a residual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Verdict {
    /// It probably does.
    Likely,
    /// It probably does not.
    Unlikely,
    /// The photo does not tell.
    CannotTell,
    /// How the generator is detected was never measured.
    NotMeasured,
}
