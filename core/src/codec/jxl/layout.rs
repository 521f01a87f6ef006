//! How the decoded pixels of a JPEG XL lie.

use jxl::api::{ExtraChannel, JxlBasicInfo, JxlBitDepth};

use crate::error::{Error, ErrorKind, Result};
use crate::pixels::PixelLayout;

/// How they lie, and whether they can be protected.
///
/// # Errors
/// [`ErrorKind::UnsupportedFormat`] for what would have to be flattened or reduced.
pub(super) fn layout(info: &JxlBasicInfo, gray: bool) -> Result<PixelLayout> {
    if info.animation.is_some() {
        return Err(refused(
            "animated JPEG XL is not supported; save its frames as plain photos and protect those",
        ));
    }
    let JxlBitDepth::Int { bits_per_sample } = info.bit_depth else {
        return Err(refused(
            "JPEG XL of floating-point samples is not supported; save the photo with 8 or 16 bits a sample first",
        ));
    };
    if bits_per_sample > 16 {
        return Err(refused(
            "JPEG XL of more than 16 bits a sample is not supported; save the photo with 8 or 16 bits a sample first",
        ));
    }
    let mut alpha = false;
    for extra in &info.extra_channels {
        match extra.ec_type {
            ExtraChannel::Alpha if extra.alpha_associated => {
                return Err(refused(
                    "JPEG XL with premultiplied alpha is not supported; save the photo with unassociated alpha, or \
                     without alpha, first",
                ));
            }
            ExtraChannel::Alpha if !alpha => alpha = true,
            ExtraChannel::Depth => {}
            _ => {
                return Err(refused(
                    "JPEG XL with extra channels beside alpha is not supported; save the photo without them first",
                ));
            }
        }
    }
    use PixelLayout::{Gray8, Gray16, GrayAlpha8, GrayAlpha16, Rgb8, Rgb16, Rgba8, Rgba16};
    Ok(match (gray, alpha, bits_per_sample > 8) {
        (true, false, false) => Gray8,
        (true, true, false) => GrayAlpha8,
        (true, false, true) => Gray16,
        (true, true, true) => GrayAlpha16,
        (false, false, false) => Rgb8,
        (false, true, false) => Rgba8,
        (false, false, true) => Rgb16,
        (false, true, true) => Rgba16,
    })
}

pub(super) fn refused(message: &str) -> Error {
    Error::new(ErrorKind::UnsupportedFormat, message)
}
