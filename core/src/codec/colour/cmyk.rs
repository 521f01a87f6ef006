//! Ink to light: CMYK samples to sRGB.

use std::panic::{AssertUnwindSafe, catch_unwind};

use moxcms::{ColorProfile, Layout, TransformOptions};

use super::profile::{self, Space};

/// Interleaved 8-bit CMYK (255 is full ink) to interleaved 8-bit sRGB.
///
/// With `inverted` 0 is full ink, as Adobe's JPEGs have it. Colour goes through the CMYK profile given; without one,
/// or with one that cannot be used, through R = (1 - C)(1 - K) and so on. Bytes beyond the last whole pixel are left out.
pub(in crate::codec) fn cmyk_to_srgb(
    profile: Option<&[u8]>,
    cmyk: &[u8],
    inverted: bool,
) -> Vec<u8> {
    let whole = cmyk.len() / 4 * 4;
    let turn = if inverted { 255 } else { 0 };
    let inks: Vec<u8> = cmyk[..whole].iter().map(|ink| ink ^ turn).collect();
    profile
        .and_then(|profile| managed(profile, &inks))
        .unwrap_or_else(|| plain(&inks))
}

fn managed(profile: &[u8], inks: &[u8]) -> Option<Vec<u8>> {
    let source = profile::parse(profile, Space::Cmyk).ok()?;
    let run = || {
        let target = ColorProfile::new_srgb();
        let options = TransformOptions::default();
        let transform = source
            .create_transform_8bit(Layout::Rgba, &target, Layout::Rgb, options)
            .ok()?;
        let mut rgb = vec![0; inks.len() / 4 * 3];
        transform.transform(inks, &mut rgb).ok()?;
        Some(rgb)
    };
    // A last defence, as in decode.rs: a fault in the colour engine on a hostile profile means the plain formula.
    catch_unwind(AssertUnwindSafe(run)).ok().flatten()
}

fn plain(inks: &[u8]) -> Vec<u8> {
    let (pixels, _) = inks.as_chunks::<4>();
    let light = |ink: u8, black: u8| {
        let product = u32::from(255 - ink) * u32::from(255 - black);
        ((product + 127) / 255) as u8
    };
    pixels
        .iter()
        .flat_map(|&[c, m, y, k]| [light(c, k), light(m, k), light(y, k)])
        .collect()
}
