//! Protects a picture in memory: one that the crate `image` has read.
//!
//! `cargo run --release --features image --example pixels -- PICTURE.png PROTECTED.png`

#![allow(clippy::print_stdout)]

use std::error::Error;

use confounder::{PixelsMut, ProtectOptions, Protector, ProtectorOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = &arguments[..] else {
        return Err("usage: pixels PICTURE PROTECTED".into());
    };
    let mut picture = image::open(input)?.to_rgba8();
    let protector = Protector::bundled(ProtectorOptions::new())?;
    let mut pixels = PixelsMut::try_from(&mut picture)?;
    let report = protector.protect_pixels(&mut pixels, &ProtectOptions::new())?;
    println!(
        "{} x {} px in {:?}",
        report.width, report.height, report.timings.blend
    );
    // What comes from an encoder that loses much should be of high quality: what is lost is protection too.
    picture.save(output)?;
    Ok(())
}
