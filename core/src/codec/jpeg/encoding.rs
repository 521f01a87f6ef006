//! What the encoder needs to know of the input.

use img_parts::Bytes;

use super::quantisation::Tables;

/// How the input was encoded, so that the output is encoded alike.
pub(in crate::codec) struct Encoding {
    /// 1 (gray), 3 or 4 (CMYK).
    pub(super) components: u8,
    /// The input's own quantisation tables, where the encoder can use them.
    pub(super) tables: Option<Tables>,
    /// IJG quality that the luma table is closest to, 1 to 100.
    pub(super) quality: u8,
    /// Horizontal and vertical sampling of luma relative to chroma.
    pub(super) sampling: (u8, u8),
    pub(super) density: Option<Density>,
    pub(super) progressive: bool,
    /// A JPEG that follows the photo: the gain map, where it stays. [`finish`](super::finish::finish) writes it.
    pub(super) gain_map: Option<Bytes>,
}

/// Pixel density of the JFIF header: unit (0 none, 1 inch, 2 cm), horizontal, vertical.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Density {
    pub(super) unit: u8,
    pub(super) x: u16,
    pub(super) y: u16,
}
