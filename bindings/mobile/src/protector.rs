//! The one object a user holds.

use std::sync::Arc;

use confounder::Generator;

use crate::cancel::CancelToken;
use crate::error::Result;
use crate::gpu::GpuStatus;
use crate::options::{ProtectOptions, ProtectorOptions};
use crate::plan::{FinishedPhoto, PhotoPlan};
use crate::progress::{Call, ProgressListener};
use crate::report::{Detection, PhotoInfo, ProtectedPhoto, Report};

/// Protects photos with one generator. Opening one takes a while (see `warm_up` of each language), so keep it; any number
/// of threads may use it at once.
#[derive(Debug, uniffi::Object)]
pub struct Protector {
    pub(crate) core: Arc<confounder::Protector>,
}

/// What a generator says of itself.
#[derive(Debug, Clone, PartialEq, uniffi::Record)]
pub struct GeneratorInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The bound of its residual, where samples go from 0 to 1.
    pub epsilon: f32,
    /// Whether its residual changes colour only.
    pub chroma_only: bool,
    /// The SHA-256 of its file.
    pub sha256: String,
}

#[uniffi::export]
impl Protector {
    /// Opens the generator that comes with the library.
    ///
    /// Throws `UnsupportedFormat` in a build without it, `InvalidOptions`, and `Engine`.
    #[uniffi::constructor]
    pub fn bundled(options: ProtectorOptions) -> Result<Arc<Self>> {
        #[cfg(feature = "bundled-generator")]
        return Self::of(Generator::bundled()?, options);
        #[cfg(not(feature = "bundled-generator"))]
        {
            let _ = options;
            Err(missing("the bundled generator"))
        }
    }

    /// Opens a generator given as the bytes of its file.
    ///
    /// Throws `GeneratorInvalid`, `GeneratorTooNew`, `LimitExceeded`, `InvalidOptions`, and `Engine`.
    #[uniffi::constructor]
    pub fn open(generator: &[u8], options: ProtectorOptions) -> Result<Arc<Self>> {
        Self::of(Generator::from_bytes(generator)?, options)
    }

    /// Opens the generator of a user: all photos get the one pattern that this key (16 to 1,024 bytes, see
    /// `new_personal_key`) gives, against models that are to tell whose photo it is. Keep the key as you keep a password.
    ///
    /// Throws `InvalidOptions` and `Engine`.
    #[uniffi::constructor]
    pub fn personal(key: &[u8], options: ProtectorOptions) -> Result<Arc<Self>> {
        let key = confounder::PersonalKey::new(key)?;
        Self::of(Generator::personal(&key)?, options)
    }

    /// What the generator says of itself.
    pub fn generator(&self) -> GeneratorInfo {
        let generator = self.core.generator();
        GeneratorInfo {
            name: generator.name().into(),
            version: generator.version().into(),
            epsilon: generator.epsilon(),
            chroma_only: generator.chroma(),
            sha256: generator.sha256(),
        }
    }

    /// The name of the engine that runs the generator.
    pub fn engine(&self) -> String {
        self.core.engine().to_string()
    }

    /// What the GPU is doing.
    pub fn gpu_status(&self) -> GpuStatus {
        self.core.gpu_status().into()
    }

    /// Waits until the GPU is ready or off, and says which.
    pub fn warm_up_gpu(&self) -> GpuStatus {
        self.core.warm_up().into()
    }

    /// Leaves the GPU alone, or uses it again. For apps that go to the background, where phones forbid it.
    pub fn pause_gpu(&self, paused: bool) {
        self.core.pause_gpu(paused);
    }

    /// Protects a photo given as the bytes of a JPEG, PNG, WebP or TIFF file.
    ///
    /// Throws every error but `Io`, `GeneratorInvalid`, and `GeneratorTooNew`.
    pub fn protect_bytes(
        &self,
        input: &[u8],
        options: ProtectOptions,
        cancel: Option<Arc<CancelToken>>,
        listener: Option<Arc<dyn ProgressListener>>,
    ) -> Result<ProtectedPhoto> {
        let call = Call::new(options, cancel, listener)?;
        self.bytes(input, &call)
    }

    /// Protects a photo file and writes the result to `output`, whole or not at all. It may be the same path.
    ///
    /// Throws as `protect_bytes`, and `Io`.
    pub fn protect_file(
        &self,
        input: String,
        output: String,
        options: ProtectOptions,
        cancel: Option<Arc<CancelToken>>,
        listener: Option<Arc<dyn ProgressListener>>,
    ) -> Result<Report> {
        let call = Call::new(options, cancel, listener)?;
        self.file(&input, &output, &call)
    }

    /// What `protect_bytes` would do to a photo, told from its headers.
    ///
    /// Throws what `protect_bytes` throws before it decodes pixels.
    pub fn inspect(&self, input: &[u8], options: ProtectOptions) -> Result<PhotoInfo> {
        let call = Call::new(options, None, None)?;
        self.headers(input, &call)
    }

    /// What is to be done with a photo of any format, HEIC and camera raw among them: no pixel is decoded.
    ///
    /// Throws what refuses the photo, whoever decodes it: `UnsupportedFormat`, `LimitExceeded`, `AlreadyProtected`,
    /// `ProtectedMetadata`, `InvalidOptions`, and `Decode`.
    pub fn plan(&self, input: &[u8], options: ProtectOptions) -> Result<PhotoPlan> {
        let call = Call::new(options, None, None)?;
        self.way(input, &call)
    }

    /// Puts the metadata of the photo `input`, as the policy keeps it, and the mark into a JPEG that the platform encoded of
    /// its protected pixels. `upright` says that its decoder has turned them.
    ///
    /// Throws as `plan`, and `Encode` where `jpeg` is no whole JPEG.
    pub fn finish_decoded(
        &self,
        input: &[u8],
        jpeg: Vec<u8>,
        upright: bool,
        options: ProtectOptions,
    ) -> Result<FinishedPhoto> {
        let call = Call::new(options, None, None)?;
        self.finished(input, &jpeg, upright, &call)
    }

    /// Whether a photo carries this generator's residual, as far as one photo can tell.
    ///
    /// Throws `UnsupportedFormat`, `Decode`, and `LimitExceeded`.
    pub fn detect(&self, input: &[u8], options: ProtectOptions) -> Result<Detection> {
        let call = Call::new(options, None, None)?;
        self.residual_in(input, &call)
    }
}

impl Protector {
    fn of(generator: Generator, options: ProtectorOptions) -> Result<Arc<Self>> {
        let core = confounder::Protector::open(generator, options.into())?;
        Ok(Arc::new(Self {
            core: Arc::new(core),
        }))
    }
}

#[cfg(feature = "codecs")]
impl Protector {
    fn bytes(&self, input: &[u8], call: &Call) -> Result<ProtectedPhoto> {
        let result = self.core.protect_bytes(input, &call.options);
        Ok(call.finish(result)?.into())
    }

    fn file(&self, input: &str, output: &str, call: &Call) -> Result<Report> {
        let result = self
            .core
            .protect_file(input.as_ref(), output.as_ref(), &call.options);
        Ok(call.finish(result)?.into())
    }

    fn headers(&self, input: &[u8], call: &Call) -> Result<PhotoInfo> {
        Ok(self.core.dry_run(input, &call.options)?.into())
    }

    fn way(&self, input: &[u8], call: &Call) -> Result<PhotoPlan> {
        Ok(self.core.plan(input, &call.options)?.into())
    }

    fn finished(
        &self,
        input: &[u8],
        jpeg: &[u8],
        upright: bool,
        call: &Call,
    ) -> Result<FinishedPhoto> {
        let finished = self
            .core
            .finish_decoded(input, jpeg, upright, &call.options)?;
        Ok(finished.into())
    }

    fn residual_in(&self, input: &[u8], call: &Call) -> Result<Detection> {
        Ok(self.core.detect_bytes(input, &call.options.limits)?.into())
    }
}

#[cfg(not(feature = "codecs"))]
impl Protector {
    fn bytes(&self, _: &[u8], _: &Call) -> Result<ProtectedPhoto> {
        Err(missing("codecs for photo files"))
    }

    fn file(&self, _: &str, _: &str, _: &Call) -> Result<Report> {
        Err(missing("codecs for photo files"))
    }

    fn headers(&self, _: &[u8], _: &Call) -> Result<PhotoInfo> {
        Err(missing("codecs for photo files"))
    }

    fn way(&self, _: &[u8], _: &Call) -> Result<PhotoPlan> {
        Err(missing("codecs for photo files"))
    }

    fn finished(&self, _: &[u8], _: &[u8], _: bool, _: &Call) -> Result<FinishedPhoto> {
        Err(missing("codecs for photo files"))
    }

    fn residual_in(&self, _: &[u8], _: &Call) -> Result<Detection> {
        Err(missing("codecs for photo files"))
    }
}

/// The error of a build that lacks something.
#[cfg(not(all(feature = "codecs", feature = "bundled-generator")))]
fn missing(what: &str) -> crate::ConfounderError {
    crate::ConfounderError::UnsupportedFormat {
        reason: format!("this build of the library comes without {what}; see build_info"),
    }
}
