//! Draws what protection does to many photos, for the eye: each photo, the protected one, and the residual around middle gray.
//!
//! `cargo run --release --example contact_sheet -- OUT.jpg PHOTO... [--gain 10] [--columns 3] [--side 200]`: JPEG, PNG or
//! WebP, each protected as by `confounder protect` at strength 1 and then shown with a long side of `--side` px. Photos that
//! cannot be protected are named and left out.

#![allow(clippy::print_stderr)]

use std::error::Error;

use confounder::{ProtectOptions, Protector, ProtectorOptions};
use image::imageops::{FilterType, overlay, resize};
use image::{DynamicImage, Rgb, RgbImage};

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// What is left free around a photo, in pixels.
const GAP: u32 = 6;
/// Quality of the sheet: its own losses must not be taken for the residual.
const QUALITY: u8 = 90;

fn main() -> Outcome {
    // The side of the square that a photo is shown in, in pixels.
    let mut side = 200u32;
    let (mut files, mut gain, mut columns) = (Vec::new(), 10.0f32, 3u32);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().ok_or(format!("{argument} needs a number"));
        match argument.as_str() {
            "--gain" => gain = number()?.parse()?,
            "--columns" => columns = number()?.parse::<u32>()?.max(1),
            "--side" => side = number()?.parse::<u32>()?.max(1),
            _ => files.push(argument),
        }
    }
    let [out, photos @ ..] = &files[..] else {
        return Err(
            "usage: contact_sheet OUT.jpg PHOTO... [--gain 10] [--columns 3] [--side 200]".into(),
        );
    };
    let protector = Protector::bundled(ProtectorOptions::new())?;
    let mut rows = Vec::new();
    for file in photos {
        match row(&protector, file, gain, side) {
            Ok(row) => rows.push(row),
            Err(why) => eprintln!("left out: {file}: {why}"),
        }
    }
    let columns = columns.clamp(1, rows.len().max(1) as u32);
    let lines: Vec<&[[RgbImage; 3]]> = rows.chunks(columns as usize).collect();
    let tallest = |line: &[[RgbImage; 3]]| line.iter().map(|row| row[0].height()).max();
    let heights: Vec<u32> = lines.iter().filter_map(|line| tallest(line)).collect();
    let (width, height) = (
        columns * (3 * (side + GAP) + GAP),
        heights.iter().map(|height| height + GAP).sum(),
    );
    let mut sheet = RgbImage::from_pixel(width, height, Rgb([255; 3]));
    let mut top = 0;
    for (line, height) in lines.iter().zip(heights) {
        let tiles = line.iter().enumerate().flat_map(|(column, row)| {
            let left = column as u32 * (3 * (side + GAP) + GAP);
            let at = move |j: usize| left + j as u32 * (side + GAP);
            row.iter().enumerate().map(move |(j, tile)| (at(j), tile))
        });
        for (left, tile) in tiles {
            let (x, y) = ((side - tile.width()) / 2, (height - tile.height()) / 2);
            overlay(&mut sheet, tile, (left + x).into(), (top + y).into());
        }
        top += height + GAP;
    }
    let mut bytes = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    sheet.write_with_encoder(encoder)?;
    std::fs::write(out, bytes)?;
    Ok(())
}

/// The photo, the protected one, and what was added, amplified.
fn row(protector: &Protector, file: &str, gain: f32, side: u32) -> Outcome<[RgbImage; 3]> {
    let bytes = std::fs::read(file)?;
    let safe = protector
        .protect_bytes(&bytes, &ProtectOptions::default())?
        .bytes;
    let shown = |bytes: &[u8]| -> Outcome<RgbImage> {
        let photo = upright(bytes)?.into_rgb8();
        let (width, height) = photo.dimensions();
        let scale = f64::from(side) / f64::from(width.max(height));
        let scaled = |length| ((f64::from(length) * scale).round() as u32).max(1);
        let (width, height) = (scaled(width), scaled(height));
        Ok(resize(&photo, width, height, FilterType::Triangle))
    };
    let (before, after) = (shown(&bytes)?, shown(&safe)?);
    let mut residual = before.clone();
    for (to, (a, b)) in residual.iter_mut().zip(before.iter().zip(after.iter())) {
        *to = (128.0 + gain * (f32::from(*b) - f32::from(*a))).clamp(0.0, 255.0) as u8;
    }
    Ok([before, after, residual])
}

/// The photo as people see it: turned as its orientation says.
fn upright(bytes: &[u8]) -> Outcome<DynamicImage> {
    let reader = image::ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format()?;
    let mut decoder = reader.into_decoder()?;
    let orientation = image::ImageDecoder::orientation(&mut decoder)?;
    let mut photo = DynamicImage::from_decoder(decoder)?;
    photo.apply_orientation(orientation);
    Ok(photo)
}
