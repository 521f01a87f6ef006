//! Colour that a file tells by code points, as a profile.

use moxcms::{
    CicpColorPrimaries, CicpProfile, ColorProfile, MatrixCoefficients, TransferCharacteristics,
};

use crate::error::{Error, Result};

/// The ICC profile of ITU-T H.273's code points; `None` for sRGB and for what is told as unknown, which is taken for it.
///
/// # Errors
/// High dynamic range, and code points that have no profile.
pub(crate) fn profile(primaries: u32, transfer: u32) -> Result<Option<Vec<u8>>> {
    const UNSPECIFIED: u32 = 2;
    // BT.709 and BT.601 have sRGB's primaries but for a shade, and cameras mean sRGB by their curves.
    if matches!(primaries, 1 | UNSPECIFIED | 5 | 6) && matches!(transfer, 1 | UNSPECIFIED | 6 | 13)
    {
        return Ok(None);
    }
    if matches!(transfer, 16..=18) {
        return Err(Error::Unsupported(
            "it is one of high dynamic range (PQ or HLG), which a JPEG cannot show; save it with standard range".into(),
        ));
    }
    let unknown = || {
        Error::Unsupported(format!(
            "its colour space (code points {primaries} and {transfer}) is unknown; save it in sRGB"
        ))
    };
    let code = |code: u32| u8::try_from(code).map_err(|_| unknown());
    let transfer = if transfer == UNSPECIFIED {
        13
    } else {
        transfer
    };
    let primaries = if primaries == UNSPECIFIED {
        1
    } else {
        primaries
    };
    let profile = ColorProfile::new_from_cicp(CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(code(primaries)?).map_err(|_| unknown())?,
        transfer_characteristics: TransferCharacteristics::try_from(code(transfer)?)
            .map_err(|_| unknown())?,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    });
    if profile.red_trc.is_none() {
        return Err(unknown());
    }
    profile.encode().map(Some).map_err(|_| unknown())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_spaces_have_a_profile_or_need_none() {
        for plain in [(1, 13), (2, 2), (1, 1), (6, 6)] {
            assert!(profile(plain.0, plain.1).expect("usual").is_none());
        }
        // Display P3 and BT.2020.
        for wide in [(12, 13), (9, 14), (12, 2)] {
            let icc = profile(wide.0, wide.1).expect("usual").expect("a profile");
            assert_eq!(icc.get(36..40), Some(&b"acsp"[..]));
        }
        for refused in [(9, 16), (9, 18), (200, 13), (12, 999)] {
            assert!(profile(refused.0, refused.1).is_err(), "{refused:?}");
        }
    }
}
