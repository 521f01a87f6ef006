//! What a caller may choose: for a [`Protector`](crate::Protector), and for each call.

use serde::Serialize;

use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::gpu::GpuOptions;
use crate::stage::{Stage, StageHook};

/// How a [`Protector`](crate::Protector) works; fixed when it is opened.
///
/// ```
/// let options = confounder::ProtectorOptions::new().threads(2);
/// assert_eq!(options.threads, Some(2));
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ProtectorOptions {
    /// Threads of the protector's own pool, 1 to 1,024. `None` (the default): the thread pool of the process
    /// (one thread per core). The result is the same bytes for any number.
    pub threads: Option<usize>,
    /// What runs the generator.
    pub engine: EngineChoice,
    /// How the GPU is used, where this build has the feature `gpu`.
    pub gpu: GpuOptions,
}

impl ProtectorOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`threads`](Self::threads); the range is checked by `Protector::open`.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads);
        self
    }

    /// Sets [`engine`](Self::engine).
    #[must_use]
    pub fn engine(mut self, engine: EngineChoice) -> Self {
        self.engine = engine;
        self
    }

    /// Sets [`gpu`](Self::gpu).
    #[must_use]
    pub fn gpu(mut self, gpu: GpuOptions) -> Self {
        self.gpu = gpu;
        self
    }
}

/// What runs the generator.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EngineChoice {
    /// The CPU alone: the same bytes on every call.
    #[default]
    Cpu,
    /// The GPU once it is warm and has given the CPU's numbers for two pictures, until then and without one the CPU.
    /// Without the feature `gpu`: the CPU.
    Auto,
    /// The GPU: the first call waits until it is warm. Where there is none or it fails, the CPU answers and
    /// [`Report::notes`](crate::Report::notes) says why.
    Gpu,
}

impl EngineChoice {
    pub(crate) fn check(self) -> Result<()> {
        if self == Self::Gpu && !cfg!(feature = "gpu") {
            return Err(Error::new(
                ErrorKind::InvalidOptions,
                "the engine gpu is not part of this build; build with the feature gpu",
            ));
        }
        Ok(())
    }
}

/// How one photo is protected.
///
/// ```
/// use confounder::{ProtectOptions, Strength};
///
/// let options = ProtectOptions::new().strength(Strength::new(0.8)?).quality(92);
/// # Ok::<(), confounder::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ProtectOptions {
    /// How much of the residual is added; default 1.
    pub strength: Strength,
    /// What an input may cost; see [`Limits`].
    pub limits: Limits,
    /// What becomes of the photo's metadata.
    pub metadata: MetadataPolicy,
    /// What is done with signed content credentials (C2PA), which any change of the pixels makes invalid.
    pub credentials: Credentials,
    /// Encoder quality, 1 to 100, for formats that have one (JPEG), which is then compressed anew. `None` (the
    /// default): as the input. Excludes [`JpegMethod::Coefficients`].
    pub quality: Option<u8>,
    /// How a JPEG is changed: in its coefficients or by way of pixels.
    pub jpeg: JpegMethod,
    /// Whether a gray photo may become a colour photo where the generator's residual is chroma only. Default `false`:
    /// it is refused, since a gray photo with a tint is another photo.
    pub tint_gray: bool,
    /// Whether a photo that says it was protected before is protected once more. Default `false`: it is refused.
    pub repeat: bool,
    /// What the photo's owner says about data mining, written into the file's XMP packet beside the protection; `None`
    /// (the default): nothing is written.
    #[cfg(feature = "codecs")]
    pub data_mining: Option<crate::codec::DataMining>,
    /// Cancels the call.
    pub cancel: CancelToken,
    /// Is told of every stage.
    pub on_stage: StageHook,
}

impl ProtectOptions {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets [`strength`](Self::strength).
    #[must_use]
    pub fn strength(mut self, strength: Strength) -> Self {
        self.strength = strength;
        self
    }

    /// Sets [`limits`](Self::limits).
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets [`metadata`](Self::metadata).
    #[must_use]
    pub fn metadata(mut self, metadata: MetadataPolicy) -> Self {
        self.metadata = metadata;
        self
    }

    /// Sets [`credentials`](Self::credentials).
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = credentials;
        self
    }

    /// Sets [`jpeg`](Self::jpeg).
    #[must_use]
    pub fn jpeg(mut self, method: JpegMethod) -> Self {
        self.jpeg = method;
        self
    }

    /// Sets [`tint_gray`](Self::tint_gray).
    #[must_use]
    pub fn tint_gray(mut self, tint: bool) -> Self {
        self.tint_gray = tint;
        self
    }

    /// Sets [`repeat`](Self::repeat).
    #[must_use]
    pub fn repeat(mut self, repeat: bool) -> Self {
        self.repeat = repeat;
        self
    }

    /// Sets [`quality`](Self::quality); the range is checked when the photo is protected.
    #[must_use]
    pub fn quality(mut self, quality: u8) -> Self {
        self.quality = Some(quality);
        self
    }

    /// Sets [`data_mining`](Self::data_mining).
    #[cfg(feature = "codecs")]
    #[must_use]
    pub fn data_mining(mut self, value: crate::codec::DataMining) -> Self {
        self.data_mining = Some(value);
        self
    }

    /// Sets [`cancel`](Self::cancel).
    #[must_use]
    pub fn cancel(mut self, cancel: CancelToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Sets [`on_stage`](Self::on_stage).
    #[must_use]
    pub fn on_stage(
        mut self,
        hook: impl Fn(Stage) -> std::ops::ControlFlow<()> + Send + Sync + 'static,
    ) -> Self {
        self.on_stage = StageHook::new(hook);
        self
    }

    /// Checks what the types cannot.
    pub(crate) fn check(&self) -> Result<()> {
        match self.quality {
            Some(quality) if !(1..=100).contains(&quality) => Err(Error::new(
                ErrorKind::InvalidOptions,
                format!("quality is {quality}; it must be 1 to 100"),
            )),
            Some(_) if self.jpeg == JpegMethod::Coefficients => Err(Error::new(
                ErrorKind::InvalidOptions,
                "a quality means to compress anew, which changing coefficients only excludes; leave one of the two out",
            )),
            _ => Ok(()),
        }
    }
}

/// How much of the generator's residual is added to the photo: 0 (nothing) to 1.5; 1 is what it was trained for.
///
/// Every sample changes by at most `ceil(255 * epsilon * strength)`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Strength(f32);

impl Strength {
    /// The largest strength.
    pub const MAX: f32 = 1.5;

    /// A strength of 0 to [`MAX`](Self::MAX).
    ///
    /// # Errors
    /// [`ErrorKind::InvalidOptions`] for any other value, NaN included.
    pub fn new(strength: f32) -> Result<Self> {
        if (0.0..=Self::MAX).contains(&strength) {
            return Ok(Self(strength));
        }
        let message = format!("strength is {strength}; it must be 0 to {}", Self::MAX);
        Err(Error::new(ErrorKind::InvalidOptions, message))
    }

    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

impl Default for Strength {
    fn default() -> Self {
        Self(1.0)
    }
}

/// What an input may cost. All are checked before pixels are decoded or allocated.
///
/// ```
/// let limits = confounder::Limits::new().max_pixels(50_000_000);
/// assert_eq!(limits.max_width, 65_535);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Widest photo in pixels; default 65,535 (the end of JPEG).
    pub max_width: u32,
    /// Highest photo in pixels; default 65,535.
    pub max_height: u32,
    /// Most pixels in a photo; default 250 million. What is decoded to pixels also ends at
    /// [`max_alloc_bytes`](Self::max_alloc_bytes); a JPEG that is changed in its coefficients needs little memory.
    pub max_pixels: u64,
    /// Longest input file in bytes; default 256 MiB.
    pub max_input_bytes: u64,
    /// Most metadata in bytes, all segments together; default 64 MiB.
    pub max_metadata_bytes: u64,
    /// Most memory for decoding one photo in bytes; default 1,536 MiB.
    pub max_alloc_bytes: u64,
}

impl Limits {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// No limits, for files that were made here.
    #[cfg(feature = "codecs")]
    pub(crate) fn unbounded() -> Self {
        Self {
            max_width: u32::MAX,
            max_height: u32::MAX,
            max_pixels: u64::MAX,
            max_input_bytes: u64::MAX,
            max_metadata_bytes: u64::MAX,
            max_alloc_bytes: u64::MAX,
        }
    }

    /// Sets [`max_width`](Self::max_width) and [`max_height`](Self::max_height).
    #[must_use]
    pub fn max_size(mut self, width: u32, height: u32) -> Self {
        (self.max_width, self.max_height) = (width, height);
        self
    }

    /// Sets [`max_pixels`](Self::max_pixels).
    #[must_use]
    pub fn max_pixels(mut self, pixels: u64) -> Self {
        self.max_pixels = pixels;
        self
    }

    /// Sets [`max_input_bytes`](Self::max_input_bytes).
    #[must_use]
    pub fn max_input_bytes(mut self, bytes: u64) -> Self {
        self.max_input_bytes = bytes;
        self
    }

    /// Sets [`max_metadata_bytes`](Self::max_metadata_bytes).
    #[must_use]
    pub fn max_metadata_bytes(mut self, bytes: u64) -> Self {
        self.max_metadata_bytes = bytes;
        self
    }

    /// Sets [`max_alloc_bytes`](Self::max_alloc_bytes).
    #[must_use]
    pub fn max_alloc_bytes(mut self, bytes: u64) -> Self {
        self.max_alloc_bytes = bytes;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_width: 65_535,
            max_height: 65_535,
            max_pixels: 250_000_000,
            max_input_bytes: 256 << 20,
            max_metadata_bytes: 64 << 20,
            max_alloc_bytes: 1536 << 20,
        }
    }
}

/// What becomes of the photo's metadata. Under every policy, what would show the unprotected photo (thumbnails,
/// previews, depth maps, motion photos) is removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataPolicy {
    /// Everything else is carried over: EXIF with maker notes, XMP, IPTC, ICC, density, comments.
    #[default]
    Keep,
    /// For sharing: drops where, who and which device (GPS, owner, serial numbers, maker notes, XMP, IPTC, comments);
    /// keeps orientation, time, camera and lens model, exposure, colour profile.
    Private,
    /// Only what is needed to show the pixels right: orientation, colour profile.
    Strip,
}

/// What is done with signed content credentials (C2PA).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// A photo that carries them is refused with [`ErrorKind::ProtectedMetadata`].
    #[default]
    Refuse,
    /// They are removed.
    Remove,
}

/// How a JPEG is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JpegMethod {
    /// In its coefficients where generator and file allow it and no quality is asked for, else decoded and encoded again.
    #[default]
    Auto,
    /// In its coefficients only: nothing is compressed a second time. Refused where that cannot be done.
    Coefficients,
    /// Decoded, changed and encoded again.
    #[serde(rename = "pixels")]
    Reencode,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strength_has_a_range() {
        for bad in [f32::NAN, -0.01, 1.501, f32::INFINITY] {
            let error = Strength::new(bad).map_err(|e| e.kind());
            assert_eq!(error, Err(ErrorKind::InvalidOptions), "{bad}");
        }
        assert!(Strength::new(0.0).is_ok() && Strength::new(Strength::MAX).is_ok());
    }

    #[test]
    fn quality_has_a_range() {
        for (quality, good) in [(0, false), (1, true), (100, true), (101, false)] {
            assert_eq!(
                ProtectOptions::new().quality(quality).check().is_ok(),
                good,
                "{quality}"
            );
        }
    }
}
