//! What happened to a photo.

use std::fmt;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::options::JpegMethod;

/// What one call did to one photo. Serialises to JSON with times in milliseconds.
///
/// ```
/// # fn show(report: &confounder::Report) {
/// println!("{} x {} px on {}: {:?} dB", report.width, report.height, report.engine, report.psnr_db);
/// # }
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// Width of the photo as stored, in pixels.
    pub width: u32,
    /// Height of the photo as stored, in pixels.
    pub height: u32,
    /// Width and height of the working grid the generator saw.
    pub grid: (u32, u32),
    /// The engine that ran the generator.
    pub engine: EngineKind,
    /// Time per stage.
    #[serde(rename = "timings_ms")]
    pub timings: Timings,
    /// Peak signal-to-noise ratio of the protected against the original samples (R, G and B, before encoding; told from
    /// the coefficients where those were changed) in decibels; `None` where nothing changed.
    pub psnr_db: Option<f64>,
    /// How a JPEG was changed: in its coefficients, or decoded and encoded again; `None` for other formats.
    pub jpeg: Option<JpegMethod>,
    /// What became of each piece of metadata; empty for pixels in memory.
    pub metadata: Vec<MetadataEntry>,
    /// What else the caller should know, in words.
    pub notes: Vec<String>,
}

/// What runs a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EngineKind {
    /// The CPU, by tract.
    Cpu,
    /// The GPU, by compute shaders.
    Gpu,
}

impl EngineKind {
    /// Its name: `cpu` or `gpu`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Wall-clock time per stage; in JSON milliseconds, `null` where there was no such stage.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[non_exhaustive]
pub struct Timings {
    /// Reading and decoding the file.
    #[serde(serialize_with = "optional_milliseconds")]
    pub decode: Option<Duration>,
    /// Scaling down to the working grid.
    #[serde(serialize_with = "milliseconds")]
    pub grid: Duration,
    /// Running the generator.
    #[serde(serialize_with = "milliseconds")]
    pub generator: Duration,
    /// Adding the residual.
    #[serde(serialize_with = "milliseconds")]
    pub blend: Duration,
    /// Encoding and metadata.
    #[serde(serialize_with = "optional_milliseconds")]
    pub encode: Option<Duration>,
}

/// One piece of metadata and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct MetadataEntry {
    /// What it is: `EXIF`, `ICC profile`, ...
    pub name: String,
    /// Its size in the input in bytes.
    pub bytes: u64,
    /// What became of it.
    pub action: MetadataAction,
    /// Why it was removed or kept, or what was changed or added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What became of a piece of metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
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

#[cfg(feature = "codecs")]
impl MetadataEntry {
    pub(crate) fn new(
        name: String,
        bytes: u64,
        action: MetadataAction,
        detail: Option<String>,
    ) -> Self {
        Self {
            name,
            bytes,
            action,
            detail,
        }
    }
}

fn milliseconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64() * 1e3)
}

fn optional_milliseconds<S: Serializer>(
    time: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => milliseconds(time, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_milliseconds_in_json() {
        let timings = Timings {
            grid: Duration::from_micros(1500),
            ..Timings::default()
        };
        let json = serde_json::to_value(timings).unwrap();
        assert_eq!(json["grid"], 1.5);
        assert!(json["decode"].is_null());
    }
}
