//! Confounder for Kotlin, Swift and Python.
//!
//! Two ways into [`confounder`], which does all the work:
//!
//! - The surface that UniFFI makes bindings of: [`Protector`], [`CancelToken`], [`ProgressListener`], [`FrameProtector`],
//!   and values. Calls are synchronous; what suspends or awaits is written by hand in each language on top.
//! - `raw`: entry points for JNI and C that protect pixels where they lie, without a copy. They share options, report
//!   and error with the first way, serialised as UniFFI does it, so that each exists once in every language.

mod about;
mod cancel;
mod conversions;
#[cfg(feature = "codecs")]
mod conversions_of_files;
mod error;
mod frames;
mod gpu;
mod key;
mod limits;
mod options;
mod plan;
mod progress;
mod protector;
mod raw;
mod report;

pub use about::{BuildInfo, build_info};
pub use cancel::CancelToken;
pub use error::ConfounderError;
pub use frames::{FrameOptions, FramePace, FrameProtector};
pub use gpu::GpuStatus;
pub use key::new_personal_key;
pub use limits::Limits;
pub use options::{
    Credentials, DataMining, EngineChoice, JpegMethod, MetadataPolicy, ProtectOptions,
    ProtectorOptions,
};
pub use plan::{FinishedPhoto, PhotoPlan, Way};
pub use progress::{ProgressListener, Stage};
pub use protector::{GeneratorInfo, Protector};
pub use report::{
    Detection, FileFormat, MetadataAction, MetadataEntry, PhotoInfo, ProtectedPhoto, Report,
    Timings, Verdict,
};

uniffi::setup_scaffolding!("confounder");
