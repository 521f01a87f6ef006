//! The README's quick start in Rust is this code.
#![cfg(feature = "bundled-generator")]
#![allow(clippy::unwrap_used)]

mod common;

use confounder::{PixelLayout, PixelsMut, ProtectOptions, Protector, ProtectorOptions, Report};

#[rustfmt::skip]
fn quick_start(mut bytes: Vec<u8>, width: u32, height: u32, stride: usize) -> confounder::Result<Report> {
    let protector = Protector::bundled(ProtectorOptions::default())?; // once; share it between threads
    let mut pixels = PixelsMut::new(&mut bytes, width, height, stride, PixelLayout::Rgba8)?;
    let report = protector.protect_pixels(&mut pixels, &ProtectOptions::default())?;
    Ok(report)
}

#[test]
fn the_quick_start_is_this_code_and_works() {
    let report = quick_start(vec![120; 64 * 48 * 4], 64, 48, 256).unwrap();
    assert!(report.psnr_db.unwrap() > 30.0);
    let shown = common::quick_start("rust");
    let here = include_str!("readme.rs");
    assert!(
        shown.lines().count() == 3 && shown.lines().all(|line| here.contains(line)),
        "{shown}"
    );
}
