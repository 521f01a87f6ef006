//! How a TIFF was written, and what of its metadata is written again.

use super::directory::Metadata;

/// What the encoder needs to know of the input.
pub(in crate::codec) struct Encoding {
    pub(super) compression: Compression,
    /// Whether rows were stored as differences (predictor 2).
    pub(super) differences: bool,
    /// The value of tag 338 where the last sample is alpha.
    pub(super) alpha: Option<u16>,
    pub(super) metadata: Metadata,
}

/// The ways of packing strips that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
}
