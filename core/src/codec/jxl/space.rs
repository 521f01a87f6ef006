//! The colour space of decoded samples.

use std::borrow::Cow;

use img_parts::Bytes;
use jxl::api::{
    JxlColorEncoding, JxlColorProfile, JxlPrimaries, JxlTransferFunction, JxlWhitePoint,
};

use crate::codec::colour::ColourSpace;

/// The embedded profile, if there is one.
pub(super) fn profile(space: &JxlColorProfile) -> Option<&[u8]> {
    match space {
        JxlColorProfile::Icc(profile) => Some(profile),
        JxlColorProfile::Simple(_) => None,
    }
}

/// What a space is called that is stated without a profile; `None` for sRGB.
pub(super) fn name(space: &JxlColorProfile) -> Option<String> {
    match space {
        JxlColorProfile::Simple(encoding) if !is_srgb(encoding) => {
            Some(encoding.get_color_encoding_description())
        }
        _ => None,
    }
}

/// For the working grid.
pub(super) fn working(space: &JxlColorProfile) -> ColourSpace {
    match space {
        JxlColorProfile::Simple(JxlColorEncoding::RgbColorSpace {
            transfer_function: transfer @ (JxlTransferFunction::PQ | JxlTransferFunction::HLG),
            ..
        }) => ColourSpace::CodePoints {
            primaries: 9,
            transfer: if *transfer == JxlTransferFunction::PQ {
                16
            } else {
                18
            },
        },
        JxlColorProfile::Simple(encoding) if is_srgb(encoding) => ColourSpace::Srgb,
        _ if space.channels() != 3 => ColourSpace::Srgb,
        _ => ColourSpace::of_profile(
            space
                .try_as_icc()
                .map(|icc| Bytes::from(Cow::into_owned(icc))),
        ),
    }
}

/// The space of a gray photo that is written in colour.
pub(super) fn coloured(space: &JxlColorProfile) -> JxlColorProfile {
    JxlColorProfile::Simple(match space {
        JxlColorProfile::Simple(JxlColorEncoding::GrayscaleColorSpace {
            white_point,
            transfer_function,
            rendering_intent,
        }) => JxlColorEncoding::RgbColorSpace {
            white_point: white_point.clone(),
            primaries: JxlPrimaries::SRGB,
            transfer_function: transfer_function.clone(),
            rendering_intent: *rendering_intent,
        },
        _ => JxlColorEncoding::srgb(false),
    })
}

fn is_srgb(encoding: &JxlColorEncoding) -> bool {
    match encoding {
        JxlColorEncoding::RgbColorSpace {
            white_point,
            primaries,
            transfer_function,
            ..
        } => {
            *white_point == JxlWhitePoint::D65
                && *primaries == JxlPrimaries::SRGB
                && *transfer_function == JxlTransferFunction::SRGB
        }
        JxlColorEncoding::GrayscaleColorSpace {
            transfer_function, ..
        } => *transfer_function == JxlTransferFunction::SRGB,
        JxlColorEncoding::XYB { .. } => false,
    }
}
