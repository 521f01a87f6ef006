//! Photos of unusual sizes, in every format: lines, prime sides, panoramas, less than the working grid.

use std::io::Cursor;

use confounder::{FileFormat, Limits, PhotoInfo, ProtectOptions, Protector, ProtectorOptions};
use image::{DynamicImage, ImageFormat, RgbImage};

use crate::common::{EPSILON, Noise, code_generator, read};

/// Width and height in pixels. The working grid is at least 64 on its short side.
const SIZES: [(u32, u32); 14] = [
    (1, 1),
    (2, 1),
    (1, 2),
    (1, 700),
    (700, 1),
    (5, 3),
    (7, 13),
    (17, 19),
    (97, 89),
    (503, 61),
    (2000, 100),
    (60, 1200),
    (63, 64),
    (4099, 3),
];

fn photo((width, height): (u32, u32)) -> RgbImage {
    let samples = Noise(3).samples((width * height * 3) as usize);
    RgbImage::from_raw(width, height, samples).unwrap()
}

fn tiff(photo: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut bytes).unwrap();
    let (width, height) = photo.dimensions();
    encoder
        .write_image::<tiff::encoder::colortype::RGB8>(width, height, photo)
        .unwrap();
    bytes.into_inner()
}

fn file(photo: &RgbImage, format: FileFormat) -> Vec<u8> {
    let format = match format {
        FileFormat::Jpeg => ImageFormat::Jpeg,
        FileFormat::Png => ImageFormat::Png,
        FileFormat::WebP => ImageFormat::WebP,
        _ => return tiff(photo),
    };
    let mut bytes = Cursor::new(Vec::new());
    DynamicImage::ImageRgb8(photo.clone())
        .write_to(&mut bytes, format)
        .unwrap();
    bytes.into_inner()
}

fn pixels(bytes: &[u8], format: FileFormat) -> Vec<u8> {
    if format != FileFormat::Tiff {
        return image::load_from_memory(bytes)
            .unwrap()
            .into_rgb8()
            .into_raw();
    }
    match tiff::decoder::Decoder::new(Cursor::new(bytes))
        .unwrap()
        .read_image()
        .unwrap()
    {
        tiff::decoder::DecodingResult::U8(samples) => samples,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_size_in_every_format() {
    let generator = read(&code_generator(None)).unwrap();
    let protector = Protector::open(generator, ProtectorOptions::new()).unwrap();
    let bound = (255.0 * EPSILON).ceil() as u8;
    for format in [
        FileFormat::Jpeg,
        FileFormat::Png,
        FileFormat::WebP,
        FileFormat::Tiff,
    ] {
        for size in SIZES {
            let photo = photo(size);
            let input = file(&photo, format);
            let protected = protector.protect_bytes(&input, &ProtectOptions::new());
            let protected = protected.unwrap_or_else(|e| panic!("{format} {size:?}: {e}"));
            let info = PhotoInfo::read(&protected.bytes, &Limits::default()).unwrap();
            assert_eq!((info.width, info.height), size, "{format}");
            let after = pixels(&protected.bytes, format);
            let before = pixels(&input, format);
            assert_eq!(before.len(), after.len(), "{format} {size:?}");
            let largest = before.iter().zip(&after).map(|(a, b)| a.abs_diff(*b)).max();
            if format == FileFormat::Jpeg {
                continue; // Coded anew, so no bound for single samples.
            }
            assert!(largest <= Some(bound), "{format} {size:?}: {largest:?}");
            assert!(largest > Some(0), "{format} {size:?}: nothing changed");
        }
    }
}
