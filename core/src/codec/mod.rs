//! JPEG, PNG, WebP, TIFF and JPEG XL files: decode, protect, encode, with their metadata.
//!
//! The photo comes out in the format it came in: same size, same stored orientation, same alpha. A JPEG is changed in its
//! coefficients where generator and file allow it; else it is written with its own quantisation tables and chroma
//! sampling. What would show the unprotected photo (thumbnails, previews, depth maps, motion photos, gain maps but those
//! of luma) is left out; everything that happened to the metadata is in the report.
//!
//! From the ground up: `photo` (what a photo is), `metadata`, `format` (what a format has to do), a folder for each
//! format, `formats` (the one list), then what callers see.

mod blocks;
mod colour;
mod detect;
mod file;
mod format;
mod formats;
mod gray;
mod image_crate;
mod info;
mod jpeg;
mod jxl;
mod look;
mod memory;
mod metadata;
mod photo;
mod plan;
mod png;
mod protect;
mod rights;
mod tiff;
mod unsupported;
mod watched;
mod webp;

pub(crate) use file::read as read_file;

pub use blocks::{JudgedMetadata, MetadataBlocks};
pub use formats::FileFormat;
pub use info::PhotoInfo;
pub use photo::JpegInfo;
pub use plan::{Finished, Plan, Way};
pub use protect::Protected;
pub use rights::{DataMining, Marked};
