//! What the encoder needs to know of the input.

use jxl::api::{JxlColorProfile, ToneMapping};

/// What the header of the output repeats.
#[derive(Clone)]
pub(in crate::codec) struct Encoding {
    /// The space of the decoded samples.
    pub(super) space: JxlColorProfile,
    /// As in the header, 1 to 8.
    pub(super) orientation: u8,
    pub(super) tone: ToneMapping,
}
