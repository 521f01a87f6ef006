//! Cancelling from another thread, in every stage of large photos: the call ends as cancelled and leaves no file.

#![cfg(feature = "codecs")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

#[path = "common/shared.rs"]
mod shared;

#[path = "common/photo_jxl.rs"]
mod photo_jxl;

use std::path::Path;
use std::time::{Duration, Instant};

use common::{code_generator, read};
use confounder::{CancelToken, ErrorKind, JpegMethod, ProtectOptions, Protector, ProtectorOptions};
use image::{DynamicImage, ImageFormat, RgbImage};

/// Moments at which each photo is cancelled, spread over the time that protecting it takes.
const MOMENTS: u32 = 15;

fn protector() -> Protector {
    let generator = read(&code_generator(None)).unwrap();
    Protector::open(generator, ProtectorOptions::new()).unwrap()
}

/// Waves with a little grain: what compresses like a photo, and takes long enough to be cancelled.
fn photo((width, height): (u32, u32)) -> DynamicImage {
    let pixel = |x: u32, y: u32| {
        let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519)) >> 29;
        let wave = (x as f32 / 97.0).sin() * (y as f32 / 61.0).cos();
        [0.0, 40.0, 80.0].map(|shift| (90.0 + 60.0 * wave + shift) as u8 + grain as u8)
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(pixel(x, y))
    }))
}

fn tiff(photo: &DynamicImage) -> Vec<u8> {
    use tiff::encoder::{Compression, TiffEncoder, colortype::RGB16};
    let mut bytes = std::io::Cursor::new(Vec::new());
    let encoder = TiffEncoder::new(&mut bytes).unwrap();
    let photo = photo.to_rgb16();
    let (width, height) = photo.dimensions();
    let mut encoder = encoder.with_compression(Compression::Lzw);
    encoder.write_image::<RGB16>(width, height, &photo).unwrap();
    bytes.into_inner()
}

/// Cancels at moments spread over the whole call; returns how many calls were cancelled and the longest that one
/// went on after it.
fn cancel_everywhere(name: &str, input: &Path, options: &ProtectOptions) -> u32 {
    let protector = protector();
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("out");
    let started = Instant::now();
    protector.protect_file(input, &output, options).unwrap();
    let whole = started.elapsed();
    std::fs::remove_file(&output).unwrap();
    let (mut cancelled, mut longest) = (0, Duration::ZERO);
    for moment in 0..MOMENTS {
        let cancel = CancelToken::new();
        let options = options.clone().cancel(cancel.clone());
        let (result, latency) = std::thread::scope(|scope| {
            let call = scope.spawn(|| protector.protect_file(input, &output, &options));
            let until = Instant::now() + whole * moment / MOMENTS;
            // The first call may have taken longer than this one, on a busy machine much longer.
            while Instant::now() < until && !call.is_finished() {
                std::thread::sleep(Duration::from_millis(1));
            }
            cancel.cancel();
            let asked = Instant::now();
            (call.join().unwrap(), asked.elapsed())
        });
        match result {
            Err(error) => {
                assert_eq!(
                    error.kind(),
                    ErrorKind::Cancelled,
                    "{name} at {moment}: {error}"
                );
                (cancelled, longest) = (cancelled + 1, longest.max(latency));
                assert_eq!(
                    std::fs::read_dir(folder.path()).unwrap().count(),
                    0,
                    "{name}"
                );
            }
            // It was done before it was cancelled.
            Ok(_) => std::fs::remove_file(&output).unwrap(),
        }
    }
    eprintln!("{name}: {whole:?} in all, {cancelled} of {MOMENTS} cancelled, within {longest:?}");
    cancelled
}

#[test]
fn every_stage_of_every_format_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let photo = photo((3000, 2000));
    for (name, format) in [
        ("photo.jpg", ImageFormat::Jpeg),
        ("photo.png", ImageFormat::Png),
        ("photo.webp", ImageFormat::WebP),
    ] {
        let path = folder.path().join(name);
        photo.save_with_format(&path, format).unwrap();
        let options = ProtectOptions::new().jpeg(JpegMethod::Reencode);
        assert!(cancel_everywhere(name, &path, &options) > 0, "{name}");
    }
    let path = folder.path().join("photo.tif");
    std::fs::write(&path, tiff(&photo)).unwrap();
    assert!(cancel_everywhere("photo.tif", &path, &ProtectOptions::new()) > 0);
}

/// JPEG XL of 6 megapixels with 16 bits a sample: decoder and encoder.
#[test]
fn a_large_jpeg_xl_can_be_cancelled() {
    use zune_jpeg::zune_core::colorspace::ColorSpace::RGB;
    let photo = photo((3000, 2000)).to_rgb16();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.jxl");
    let file = photo_jxl::encoded(photo.as_raw(), photo.dimensions(), RGB, true);
    std::fs::write(&path, file).unwrap();
    assert!(cancel_everywhere("photo.jxl", &path, &ProtectOptions::new()) > 0);
}

/// A progressive JPEG of 24 megapixels.
#[test]
fn a_large_progressive_photo_can_be_cancelled() {
    let Some(path) = shared::photo("camera/craft-beer.jpg") else {
        return;
    };
    for method in [JpegMethod::Reencode, JpegMethod::Auto] {
        let options = ProtectOptions::new().jpeg(method);
        assert!(cancel_everywhere("craft-beer.jpg", &path, &options) > 0);
    }
}
