//! What a PNG's chunks say of its colour space (W3C PNG Specification, third edition, 11.3.2).

use img_parts::ImageICC;
use img_parts::png::Png;
use moxcms::{
    Chromaticity, CicpColorPrimaries, CicpProfile, ColorPrimaries, ColorProfile,
    MatrixCoefficients, ToneReprCurve, TransferCharacteristics, XyY,
};

use super::space::ColourSpace;

/// gAMA and cHRM as an sRGB photo carries them for old readers (11.3.2.5), to within 1 %.
const SRGB_GAMMA: f64 = 0.454_55;
const SRGB_CHROMATICITIES: [f64; 8] = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];

/// The colour space of a PNG: cICP before iCCP before sRGB before gAMA with cHRM (4.3).
pub(in crate::codec) fn png_space(png: &Png) -> ColourSpace {
    let chunk = |kind: &[u8; 4]| Some(png.chunk_by_type(*kind)?.contents());
    if let Some([primaries, transfer, 0, 1]) = chunk(b"cICP").map(|contents| &contents[..]) {
        return ColourSpace::CodePoints {
            primaries: *primaries,
            transfer: *transfer,
        };
    }
    if let Some(profile) = png.icc_profile() {
        return ColourSpace::Icc(profile);
    }
    let exponent = chunk(b"gAMA").and_then(|contents| number(contents, 0));
    let (None, Some(exponent)) = (chunk(b"sRGB"), exponent) else {
        return ColourSpace::Srgb;
    };
    let chromaticities = chunk(b"cHRM").and_then(|contents| {
        let read: Vec<f64> = (0..8).map_while(|i| number(contents, i)).collect();
        <[f64; 8]>::try_from(read).ok()
    });
    let near = |a: f64, b: f64| (a - b).abs() < 0.01 * b;
    let primaries = chromaticities.unwrap_or(SRGB_CHROMATICITIES);
    if near(exponent, SRGB_GAMMA)
        && primaries
            .iter()
            .zip(SRGB_CHROMATICITIES)
            .all(|(&a, b)| near(a, b))
    {
        return ColourSpace::Srgb;
    }
    ColourSpace::Gamma {
        exponent,
        chromaticities,
    }
}

/// The 32-bit number at `index`, which the chunks store times 100,000.
fn number(contents: &[u8], index: usize) -> Option<f64> {
    let raw = contents.get(4 * index..4 * index + 4)?.try_into().ok()?;
    Some(f64::from(u32::from_be_bytes(raw)) / 100_000.0)
}

/// The profile of code points.
///
/// # Errors
/// Why they cannot be used: unknown ones, and those of high dynamic range, which sRGB cannot show.
pub(super) fn from_code_points(primaries: u8, transfer: u8) -> Result<ColorProfile, &'static str> {
    use TransferCharacteristics::{Hlg, Smpte428, Smpte2084};
    let unknown = "its cICP code points are unknown";
    let transfer = TransferCharacteristics::try_from(transfer).map_err(|_| unknown)?;
    if matches!(transfer, Hlg | Smpte2084 | Smpte428) {
        return Err("it is one of high dynamic range");
    }
    let codes = CicpProfile {
        color_primaries: CicpColorPrimaries::try_from(primaries).map_err(|_| unknown)?,
        transfer_characteristics: transfer,
        matrix_coefficients: MatrixCoefficients::Identity,
        full_range: true,
    };
    let profile = ColorProfile::new_from_cicp(codes);
    let complete = profile.red_trc.is_some() && profile.cicp.is_some();
    complete.then_some(profile).ok_or(unknown)
}

/// The profile of a power law.
///
/// # Errors
/// Why the numbers cannot be used.
pub(super) fn from_gamma(
    exponent: f64,
    chromaticities: Option<[f64; 8]>,
) -> Result<ColorProfile, &'static str> {
    let [wx, wy, rx, ry, gx, gy, bx, by] = chromaticities.unwrap_or(SRGB_CHROMATICITIES);
    let inside = [wx, wy, rx, ry, gx, gy, bx, by]
        .into_iter()
        .all(|v| (0.0..=1.0).contains(&v));
    // Twice the area of the triangle of primaries; sRGB's is 0.22.
    let area = ((gx - rx) * (by - ry) - (bx - rx) * (gy - ry)).abs();
    let usable = (0.1..=2.0).contains(&exponent) && inside && wy > 0.01 && area > 0.01;
    if !usable {
        return Err("its gAMA or cHRM chunk is out of range");
    }
    let point = |x: f64, y: f64| Chromaticity {
        x: x as f32,
        y: y as f32,
    };
    let primaries = ColorPrimaries {
        red: point(rx, ry),
        green: point(gx, gy),
        blue: point(bx, by),
    };
    let mut profile = ColorProfile::new_srgb();
    profile.update_rgb_colorimetry(
        XyY {
            x: wx,
            y: wy,
            yb: 1.0,
        },
        primaries,
    );
    let curve = ToneReprCurve::Parametric(vec![(1.0 / exponent) as f32]);
    profile.red_trc = Some(curve.clone());
    profile.green_trc = Some(curve.clone());
    profile.blue_trc = Some(curve);
    Ok(profile)
}
