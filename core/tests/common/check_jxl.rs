//! Protecting a JPEG XL photo, and that nothing but the residual changed.
#![allow(dead_code)] // Each test binary uses its own part.
#![allow(clippy::unwrap_used)]

use confounder::{
    FileFormat, Limits, MetadataPolicy, PhotoInfo, ProtectOptions, Protected, Protector,
    ProtectorOptions,
};

use super::common::{EPSILON, Noise, luma_generator, read};
use super::photo_jxl::decoded;

pub(crate) fn protector() -> Protector {
    let generator = read(&luma_generator()).unwrap();
    Protector::open(generator, ProtectorOptions::new()).unwrap()
}

pub(crate) fn protect(input: &[u8], policy: MetadataPolicy) -> Protected {
    let options = ProtectOptions::new().metadata(policy);
    protector().protect_bytes(input, &options).unwrap()
}

pub(crate) fn info(bytes: &[u8]) -> PhotoInfo {
    PhotoInfo::read(bytes, &Limits::default()).unwrap()
}

/// Samples far from black and white.
pub(crate) fn samples(count: usize) -> Vec<u16> {
    let mut noise = Noise(11);
    (0..count)
        .map(|_| (65_535.0 * (0.5 + 0.4 * noise.next())) as u16)
        .collect()
}

/// The protected file holds the same photo but for the residual, and the same alpha.
pub(crate) fn check(name: &str, input: &[u8]) -> Protected {
    let protected = protect(input, MetadataPolicy::Keep);
    assert_eq!(protected.format, FileFormat::Jxl, "{name}");
    let (before, after) = (info(input), info(&protected.bytes));
    assert_eq!(
        (
            before.width,
            before.height,
            before.orientation,
            before.colour,
            before.profile
        ),
        (
            after.width,
            after.height,
            after.orientation,
            after.colour,
            after.profile
        ),
        "{name}"
    );
    let (before, after) = (decoded(input), decoded(&protected.bytes));
    assert_eq!(
        (before.colours, before.alpha, before.samples.len()),
        (after.colours, after.alpha, after.samples.len()),
        "{name}"
    );
    let channels = before.colours + usize::from(before.alpha);
    let most = (f64::from(EPSILON) * 255.0).ceil() * 257.0;
    let mut changed = 0;
    for (at, (a, b)) in before.samples.iter().zip(&after.samples).enumerate() {
        let change = a.abs_diff(*b);
        if at % channels >= before.colours {
            assert_eq!(change, 0, "{name}: alpha");
        }
        assert!(f64::from(change) <= most, "{name}: {change}");
        changed += usize::from(change > 0);
    }
    assert!(
        changed > before.samples.len() / 4,
        "{name}: {changed} changed"
    );
    protected
}
