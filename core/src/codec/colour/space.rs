//! The colour space of a photo's samples.

use img_parts::Bytes;

/// The colour space in which a photo's R'G'B' samples are stored, as the file states it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::codec) enum ColourSpace {
    /// sRGB, or nothing is said.
    Srgb,
    /// An ICC profile (ICC.1:2022), from its first byte. Profiles for gray are taken for sRGB.
    Icc(Bytes),
    /// Code points of Rec. ITU-T H.273: colour primaries and transfer characteristics.
    CodePoints { primaries: u8, transfer: u8 },
    /// A pure power law.
    Gamma {
        /// The exponent of encoding, such as 1 / 2.2.
        exponent: f64,
        /// x and y of white, red, green and blue (CIE 1931); `None` for those of sRGB.
        chromaticities: Option<[f64; 8]>,
    },
}

impl ColourSpace {
    /// The space of an embedded profile, if there is one.
    pub(in crate::codec) fn of_profile(profile: Option<Bytes>) -> Self {
        profile.map_or(Self::Srgb, Self::Icc)
    }

    /// The embedded profile, if there is one.
    pub(in crate::codec) fn profile(&self) -> Option<&[u8]> {
        match self {
            Self::Icc(profile) => Some(profile),
            _ => None,
        }
    }
}
