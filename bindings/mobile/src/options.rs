//! What a caller may choose.

use confounder::{GpuOptions, Strength};

use crate::error::Result;
use crate::limits::Limits;

/// How a protector works; fixed when it is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq, uniffi::Record)]
pub struct ProtectorOptions {
    /// Threads of its own, 1 to 1,024. None: the threads of the process, one for each core.
    #[uniffi(default = None)]
    pub threads: Option<u32>,
    /// What runs the generator. None: the CPU alone.
    #[uniffi(default = None)]
    pub engine: Option<EngineChoice>,
    /// A folder of the app's own, kept between starts, for the GPU's compiled code and for a marker that keeps a driver
    /// that ended the app once from doing so again. None: neither.
    #[uniffi(default = None)]
    pub gpu_folder: Option<String>,
}

/// What runs the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum EngineChoice {
    /// The CPU alone: the same bytes on every call.
    Cpu,
    /// The GPU once it is warm and agrees with the CPU; until then and without one the CPU.
    Auto,
    /// The GPU: the first call waits until it is warm. Where there is none the CPU answers, and the report says why.
    Gpu,
}

/// How one photo is protected.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct ProtectOptions {
    /// How much of the residual is added, 0 to 1.5; default 1.
    #[uniffi(default = 1.0)]
    pub strength: f32,
    /// What becomes of the photo's metadata. None: it is kept.
    #[uniffi(default = None)]
    pub metadata: Option<MetadataPolicy>,
    /// What is done with signed content credentials. None: a photo that has them is refused.
    #[uniffi(default = None)]
    pub credentials: Option<Credentials>,
    /// Encoder quality, 1 to 100, for a JPEG, which is then compressed anew. None: as the input.
    #[uniffi(default = None)]
    pub quality: Option<u32>,
    /// How a JPEG is changed. None: in its coefficients where that can be done.
    #[uniffi(default = None)]
    pub jpeg: Option<JpegMethod>,
    /// Whether a gray photo may become a colour photo. Else it is refused.
    #[uniffi(default = false)]
    pub tint_gray: bool,
    /// Whether a photo that says it was protected before is protected once more. Else it is refused.
    #[uniffi(default = false)]
    pub repeat: bool,
    /// What an input may cost. None: the defaults.
    #[uniffi(default = None)]
    pub limits: Option<Limits>,
    /// What the photo's owner says about data mining, written into the file's metadata. None: nothing is written.
    #[uniffi(default = None)]
    pub data_mining: Option<DataMining>,
}

/// What a photo's owner says about data mining: a term of the PLUS vocabulary (`plus:DataMining`). It is a lawful notice
/// and no lock; what a file says already is never weakened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum DataMining {
    /// Allowed.
    Allowed,
    /// Prohibited for training of generative models.
    ProhibitedGenAiMlTraining,
    /// Prohibited for training of any model.
    ProhibitedAiMlTraining,
    /// Prohibited but for indexing by search engines.
    ProhibitedExceptSearchEngineIndexing,
    /// Prohibited.
    Prohibited,
}

/// What becomes of the photo's metadata. What would show the unprotected photo (thumbnails, previews, depth maps) is
/// always removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum MetadataPolicy {
    /// Everything else is carried over.
    Keep,
    /// For sharing: where, who and which device are dropped.
    Private,
    /// Only orientation and colour profile stay.
    Strip,
}

/// What is done with signed content credentials (C2PA).
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Credentials {
    /// A photo that carries them is refused.
    Refuse,
    /// They are removed.
    Remove,
}

/// How a JPEG is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum JpegMethod {
    /// In its coefficients where that can be done, else by way of pixels.
    Auto,
    /// In its coefficients only; refused where that cannot be done.
    Coefficients,
    /// Decoded, changed and encoded again.
    Pixels,
}

impl Default for ProtectOptions {
    fn default() -> Self {
        Self {
            strength: 1.0,
            metadata: None,
            credentials: None,
            quality: None,
            jpeg: None,
            tint_gray: false,
            repeat: false,
            limits: None,
            data_mining: None,
        }
    }
}

impl From<ProtectorOptions> for confounder::ProtectorOptions {
    fn from(options: ProtectorOptions) -> Self {
        let mut core = Self::new();
        if let Some(threads) = options.threads {
            core = core.threads(usize::try_from(threads).unwrap_or(usize::MAX));
        }
        if let Some(engine) = options.engine {
            core = core.engine(engine.into());
        }
        if let Some(folder) = options.gpu_folder {
            core = core.gpu(GpuOptions::new().folder(folder));
        }
        core
    }
}

impl TryFrom<ProtectOptions> for confounder::ProtectOptions {
    type Error = crate::ConfounderError;

    fn try_from(options: ProtectOptions) -> Result<Self> {
        let mut core = Self::new()
            .strength(Strength::new(options.strength)?)
            .tint_gray(options.tint_gray)
            .repeat(options.repeat);
        if let Some(metadata) = options.metadata {
            core = core.metadata(metadata.into());
        }
        if let Some(credentials) = options.credentials {
            core = core.credentials(credentials.into());
        }
        if let Some(quality) = options.quality {
            core = core.quality(u8::try_from(quality).map_err(|_| {
                let reason = format!("quality is {quality}; it must be 1 to 100");
                crate::ConfounderError::InvalidOptions { reason }
            })?);
        }
        if let Some(jpeg) = options.jpeg {
            core = core.jpeg(jpeg.into());
        }
        if let Some(limits) = options.limits {
            core = core.limits(limits.into());
        }
        match options.data_mining {
            Some(term) => marked(core, term),
            None => Ok(core),
        }
    }
}

#[cfg(feature = "codecs")]
fn marked(
    core: confounder::ProtectOptions,
    term: DataMining,
) -> Result<confounder::ProtectOptions> {
    use confounder::DataMining as Core;

    Ok(core.data_mining(match term {
        DataMining::Allowed => Core::Allowed,
        DataMining::ProhibitedGenAiMlTraining => Core::ProhibitedGenAiMlTraining,
        DataMining::ProhibitedAiMlTraining => Core::ProhibitedAiMlTraining,
        DataMining::ProhibitedExceptSearchEngineIndexing => {
            Core::ProhibitedExceptSearchEngineIndexing
        }
        DataMining::Prohibited => Core::Prohibited,
    }))
}

#[cfg(not(feature = "codecs"))]
fn marked(_: confounder::ProtectOptions, _: DataMining) -> Result<confounder::ProtectOptions> {
    let reason = "dataMining needs a build of the library with codecs".to_owned();
    Err(crate::ConfounderError::InvalidOptions { reason })
}

impl From<EngineChoice> for confounder::EngineChoice {
    fn from(choice: EngineChoice) -> Self {
        match choice {
            EngineChoice::Cpu => Self::Cpu,
            EngineChoice::Auto => Self::Auto,
            EngineChoice::Gpu => Self::Gpu,
        }
    }
}

impl From<MetadataPolicy> for confounder::MetadataPolicy {
    fn from(policy: MetadataPolicy) -> Self {
        match policy {
            MetadataPolicy::Keep => Self::Keep,
            MetadataPolicy::Private => Self::Private,
            MetadataPolicy::Strip => Self::Strip,
        }
    }
}

impl From<Credentials> for confounder::Credentials {
    fn from(credentials: Credentials) -> Self {
        match credentials {
            Credentials::Refuse => Self::Refuse,
            Credentials::Remove => Self::Remove,
        }
    }
}

impl From<JpegMethod> for confounder::JpegMethod {
    fn from(method: JpegMethod) -> Self {
        match method {
            JpegMethod::Auto => Self::Auto,
            JpegMethod::Coefficients => Self::Coefficients,
            JpegMethod::Pixels => Self::Reencode,
        }
    }
}

impl From<confounder::JpegMethod> for JpegMethod {
    fn from(method: confounder::JpegMethod) -> Self {
        match method {
            confounder::JpegMethod::Coefficients => Self::Coefficients,
            confounder::JpegMethod::Reencode => Self::Pixels,
            _ => Self::Auto,
        }
    }
}
