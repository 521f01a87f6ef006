//! Protects photos from being learned.
//!
//! [`Protector`] adds a faint, bounded residual to a photo, computed by a small network (the *generator*) in one
//! forward pass. The photo looks the same to people; a classifier trained on photos so protected learns to read the
//! residual instead of the content. The method follows ConfounderGAN (Tian et al., NeurIPS 2022). It is not
//! cryptography: anyone can see the photo. What is locked is learning from it.
//!
//! Everything runs offline, in memory, in pure Rust. There is no global state, and no photo, path or metadata is logged.
//!
//! # A file
//!
//! ```no_run
//! # #[cfg(all(feature = "codecs", feature = "bundled-generator"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use confounder::{ProtectOptions, Protector, ProtectorOptions};
//! use std::path::Path;
//!
//! let protector = Protector::bundled(ProtectorOptions::new())?;
//! let options = ProtectOptions::new();
//! let report = protector.protect_file(Path::new("photo.jpg"), Path::new("protected.jpg"), &options)?;
//! println!("{:?} dB", report.psnr_db);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "codecs", feature = "bundled-generator")))]
//! # fn main() {}
//! ```
//!
//! # Pixels in memory
//!
//! Any width, height and stride; gray, RGB, RGBA or BGRA, of 8 or 16 bits ([`PixelLayout`]); changed in place:
//!
//! ```
//! # #[cfg(feature = "bundled-generator")]
//! # fn main() -> Result<(), confounder::Error> {
//! use confounder::{PixelLayout, PixelsMut, ProtectOptions, Protector, ProtectorOptions, Strength};
//!
//! let protector = Protector::bundled(ProtectorOptions::new())?;
//! let mut frame = vec![128; 640 * 480 * 4];
//! let mut pixels = PixelsMut::new(&mut frame, 640, 480, 640 * 4, PixelLayout::Bgra8)?;
//! let options = ProtectOptions::new().strength(Strength::new(0.8)?);
//! let report = protector.protect_pixels(&mut pixels, &options)?;
//! assert!(frame.iter().skip(3).step_by(4).all(|&alpha| alpha == 128));
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "bundled-generator"))]
//! # fn main() {}
//! ```
//!
//! Camera and video frames, planar YUV of any layout, are changed in their chroma planes only: see [`YuvMut`] and
//! [`Protector::protect_yuv`], and [`FrameProtector`] for previews and video. Whether a photo was protected is told by [`Protector::detect`].
//!
//! # One user
//!
//! Where a model is to tell *whose* photo it is, nothing needs to be recognised: [`Generator::personal`] makes a generator
//! of a [`PersonalKey`], and all photos of that user get the key's pattern.
//!
//! # What holds
//!
//! - No sample changes by more than `ceil(255 * epsilon * strength)` before encoding (of 16 bits: `65535` for `255`);
//!   size, depth, orientation and alpha stay. Gray stays gray, or is refused where the generator changes colour only.
//! - The same photo, generator and strength give the same bytes on any number of threads.
//! - Hostile input, photo or generator, gives an [`Error`]: see [`Limits`] and [`ErrorKind`].
//! - A [`CancelToken`] stops a call in every stage, decoding and encoding included.
//!
//! # Features
//!
//! - `codecs` (default): reads and writes JPEG, PNG, WebP, TIFF and JPEG XL files.
//! - `bundled-generator` (default): embeds the default generator, `Generator::bundled`.
//! - `image`: takes the pictures of the crate `image` as they are: `PixelsMut::try_from(&mut picture)`.
//! - `research`: what makers of generators need, in `confounder::research`.
//! - `gpu`: runs the generator on Vulkan, Metal, DX12 or GL once that is warm; see [`EngineChoice`].
//!
//! A generator of your own is an ONNX file; [`contract`] says what it keeps to. What the protection does and does not do is in
//! [`threat_model`].

mod blend;
mod cancel;
mod detect;
mod dither;
mod downscale;
mod engine;
mod error;
mod fit;
mod frames;
mod generator;
mod gpu;
mod graph;
#[cfg_attr(not(feature = "research"), allow(unreachable_pub))]
mod grating;
mod grid;
#[cfg(feature = "image")]
mod images;
mod network;
mod onnx;
mod options;
mod orientation;
mod personal;
mod pixels;
mod platform;
mod protector;
mod report;
#[cfg(feature = "research")]
pub mod research;
mod residual;
mod sample;
mod stage;
mod working;
mod yuv;

#[cfg(feature = "codecs")]
mod codec;

#[doc = include_str!("generator.md")]
pub mod contract {}

#[doc = include_str!("../docs/threat-model.md")]
pub mod threat_model {}

#[cfg(feature = "codecs")]
#[doc = include_str!("../docs/formats.md")]
pub mod formats {}

pub use blend::Change;
pub use cancel::CancelToken;
#[cfg(feature = "codecs")]
pub use codec::{
    DataMining, FileFormat, Finished, JpegInfo, JudgedMetadata, Marked, MetadataBlocks, PhotoInfo,
    Plan, Protected, Way,
};
pub use detect::{Detection, Verdict};
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "codecs")]
pub use fit::FitPhoto;
pub use fit::{
    FitOptions, FitRecord, Fitted, FittedGroup, FittedPhoto, Fitter, GroupRecord, Look, PhotoHook,
    SkippedPhoto,
};
pub use frames::{FrameOptions, FramePace, FrameProtector, FrameReport};
pub use generator::{Generator, InputShape};
pub use gpu::{GpuBackend, GpuInfo, GpuOptions, GpuStatus};
pub use grid::Grid;
pub use options::{
    Credentials, EngineChoice, JpegMethod, Limits, MetadataPolicy, ProtectOptions,
    ProtectorOptions, Strength,
};
pub use orientation::Orientation;
pub use personal::PersonalKey;
pub use pixels::{PixelLayout, Pixels, PixelsMut};
pub use protector::Protector;
pub use report::{EngineKind, MetadataAction, MetadataEntry, Report, Timings};
pub use residual::Residual;
pub use stage::{Stage, StageHook};
pub use yuv::{ChromaPlanes, ChromaSampling, SampleDepth, YuvFormat, YuvMatrix, YuvMut, YuvRange};
