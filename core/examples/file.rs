//! Protects a photo file.
//!
//! `cargo run --release --example file -- PHOTO.jpg PROTECTED.jpg`

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::Path;

use confounder::{ProtectOptions, Protector, ProtectorOptions};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, output] = &arguments[..] else {
        return Err("usage: file PHOTO PROTECTED".into());
    };
    // One protector serves all photos, from any number of threads.
    let protector = Protector::bundled(ProtectorOptions::new())?;
    let options = ProtectOptions::new();
    let report = protector.protect_file(Path::new(input), Path::new(output), &options)?;
    println!(
        "{} x {} px on the {}",
        report.width, report.height, report.engine
    );
    if let Some(db) = report.psnr_db {
        println!("{db:.1} dB from the original");
    }
    for entry in &report.metadata {
        println!("{}: {:?}, {} bytes", entry.name, entry.action, entry.bytes);
    }
    Ok(())
}
