//! Whole files: every format from bytes to bytes. One binary, so that decoders and encoders are built into it once.
#![cfg(feature = "codecs")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "../common/check_jxl.rs"]
mod check_jxl;
#[path = "../common/mod.rs"]
mod common;
#[path = "../common/photo_jxl.rs"]
mod photo_jxl;
#[path = "../common/programs.rs"]
mod programs;
#[path = "../common/shared.rs"]
mod shared;

mod gray;
mod jxl;
mod jxl_judges;
mod sizes;
mod stages;
mod tiff;

#[cfg(feature = "bundled-generator")]
mod coefficients;
#[cfg(feature = "bundled-generator")]
mod coefficients_odd;
#[cfg(feature = "bundled-generator")]
mod coefficients_of_photos;
#[cfg(feature = "bundled-generator")]
mod colour_models;
#[cfg(feature = "bundled-generator")]
mod gain_map;
#[cfg(feature = "bundled-generator")]
mod judges;
#[cfg(feature = "bundled-generator")]
mod layouts;
#[cfg(feature = "bundled-generator")]
mod metadata;
#[cfg(feature = "bundled-generator")]
mod photos;
#[cfg(feature = "bundled-generator")]
mod regressions;
#[cfg(feature = "bundled-generator")]
mod reported;
mod reported_tiff;
