//! Protects photos from being learned.

mod cancel;
mod error;
mod options;
mod orientation;
mod pixels;
mod report;

pub use cancel::CancelToken;
pub use error::{Error, ErrorKind, Result};
pub use options::{Limits, MetadataPolicy, ProtectOptions, ProtectorOptions, Strength};
pub use orientation::Orientation;
pub use pixels::{PixelLayout, Pixels, PixelsMut};
pub use report::{MetadataAction, MetadataEntry, Report, Timings};
