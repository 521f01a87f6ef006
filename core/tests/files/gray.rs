//! Gray photos and photos of 16 bits: what comes out is of the kind that went in.

use confounder::{ErrorKind, FileFormat, PhotoInfo, ProtectOptions, Protector, ProtectorOptions};
use image::{ColorType, DynamicImage, ImageFormat};

use crate::common::{EPSILON, Noise, code_generator, luma_generator, read};

/// A protector whose residual is the same in red, green and blue.
fn luma() -> Protector {
    Protector::open(read(&luma_generator()).unwrap(), ProtectorOptions::new()).unwrap()
}

fn chroma() -> Protector {
    let generator = read(&code_generator(None)).unwrap();
    Protector::open(generator, ProtectorOptions::new()).unwrap()
}

/// A photo of mild noise, far from black and white, opaque or nearly so.
fn photo(colour: ColorType, (width, height): (u32, u32)) -> DynamicImage {
    let mut photo = DynamicImage::new(width, height, colour);
    let mut noise = Noise(5);
    let mut sample = |peak: f32| peak * (0.5 + 0.4 * noise.next());
    match &mut photo {
        DynamicImage::ImageLuma8(p) => p.iter_mut().for_each(|v| *v = sample(255.0) as u8),
        DynamicImage::ImageLumaA8(p) => p.iter_mut().for_each(|v| *v = sample(255.0) as u8),
        DynamicImage::ImageRgb8(p) => p.iter_mut().for_each(|v| *v = sample(255.0) as u8),
        DynamicImage::ImageRgba8(p) => p.iter_mut().for_each(|v| *v = sample(255.0) as u8),
        DynamicImage::ImageLuma16(p) => p.iter_mut().for_each(|v| *v = sample(65_535.0) as u16),
        DynamicImage::ImageLumaA16(p) => p.iter_mut().for_each(|v| *v = sample(65_535.0) as u16),
        DynamicImage::ImageRgb16(p) => p.iter_mut().for_each(|v| *v = sample(65_535.0) as u16),
        DynamicImage::ImageRgba16(p) => p.iter_mut().for_each(|v| *v = sample(65_535.0) as u16),
        other => panic!("{other:?}"),
    }
    photo
}

fn file(photo: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    photo.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

const COLOURS: [ColorType; 8] = [
    ColorType::L8,
    ColorType::La8,
    ColorType::Rgb8,
    ColorType::Rgba8,
    ColorType::L16,
    ColorType::La16,
    ColorType::Rgb16,
    ColorType::Rgba16,
];

/// Protects a lossless file and checks kind, size, alpha and the bound, all in 16 bits.
fn check(protector: &Protector, photo: &DynamicImage, input: &[u8]) {
    let colour = photo.color();
    let protected = protector
        .protect_bytes(input, &ProtectOptions::new())
        .unwrap();
    let result = image::load_from_memory(&protected.bytes).unwrap();
    assert_eq!(result.color(), colour);
    let wide = colour.bytes_per_pixel() > colour.channel_count();
    let bound = |peak: f64| (peak * f64::from(EPSILON)).ceil();
    let bound = if wide {
        bound(65_535.0)
    } else {
        bound(255.0) * 257.0
    };
    let (before, after) = (photo.to_rgba16(), result.to_rgba16());
    assert_eq!(before.dimensions(), after.dimensions());
    let mut changed = 0;
    for (a, b) in before.pixels().zip(after.pixels()) {
        assert_eq!(a[3], b[3], "{colour:?}: alpha changed");
        for i in 0..3 {
            assert!(
                f64::from(a[i].abs_diff(b[i])) <= bound,
                "{colour:?}: {a:?} became {b:?}"
            );
        }
        changed += usize::from(a != b);
    }
    assert!(changed > 0, "{colour:?}: nothing changed");
}

#[test]
fn png_of_every_kind_stays_what_it_is() {
    let protector = luma();
    for colour in COLOURS {
        let photo = photo(colour, (61, 47));
        check(&protector, &photo, &file(&photo, ImageFormat::Png));
    }
}

/// 16 bits are used: a residual that 8 bits could not tell apart gives many more values.
#[test]
fn sixteen_bits_carry_more_than_eight() {
    let flat = DynamicImage::ImageRgb16(image::ImageBuffer::from_pixel(
        300,
        200,
        image::Rgb([30_000, 31_000, 29_000]),
    ));
    let protected = chroma().protect_bytes(&file(&flat, ImageFormat::Png), &ProtectOptions::new());
    let result = image::load_from_memory(&protected.unwrap().bytes)
        .unwrap()
        .into_rgb16();
    let values: std::collections::BTreeSet<u16> = result.pixels().map(|p| p[0]).collect();
    assert!(values.len() > 256, "{} values", values.len());
}

#[test]
fn gray_jpeg_stays_gray() {
    let photo = photo(ColorType::L8, (300, 700));
    let input = file(&photo, ImageFormat::Jpeg);
    let protected = luma()
        .protect_bytes(&input, &ProtectOptions::new())
        .unwrap();
    let result = image::load_from_memory(&protected.bytes).unwrap();
    assert_eq!(
        (result.color(), result.width(), result.height()),
        (ColorType::L8, 300, 700)
    );
    assert_eq!(
        PhotoInfo::read(&protected.bytes, &Default::default())
            .unwrap()
            .colour,
        "gray"
    );
    let before = image::load_from_memory(&input).unwrap().into_luma8();
    let after = result.into_luma8();
    assert_ne!(before, after);
    // The bound, and what coding twice with the same tables may add.
    let mean = before
        .iter()
        .zip(after.iter())
        .map(|(a, b)| f64::from(a.abs_diff(*b)))
        .sum::<f64>();
    assert!(
        mean / f64::from(300 * 700) < 255.0 * f64::from(EPSILON) + 4.0,
        "{mean}"
    );
}

/// WebP has no gray of its own; a photo of equal samples is one.
#[test]
fn gray_webp_keeps_equal_samples() {
    let gray = photo(ColorType::L8, (50, 40)).to_rgb8();
    let input = file(&DynamicImage::ImageRgb8(gray.clone()), ImageFormat::WebP);
    let protected = luma()
        .protect_bytes(&input, &ProtectOptions::new())
        .unwrap();
    assert_eq!(protected.format, FileFormat::WebP);
    let result = image::load_from_memory(&protected.bytes)
        .unwrap()
        .into_rgb8();
    assert_ne!(result, gray);
    assert!(result.pixels().all(|p| p[0] == p[1] && p[1] == p[2]));
}

/// With a generator that has nothing for gray: refused with advice, or in colour where that was asked for.
#[test]
fn a_chroma_generator_refuses_gray_or_tints_it() {
    let protector = chroma();
    let l8 = photo(ColorType::L8, (90, 70));
    let equal = DynamicImage::ImageRgb8(l8.to_rgb8());
    for (photo, format) in [
        (&l8, ImageFormat::Jpeg),
        (&l8, ImageFormat::Png),
        (&photo(ColorType::La16, (90, 70)), ImageFormat::Png),
        (&equal, ImageFormat::WebP),
    ] {
        let input = file(photo, format);
        let error = protector
            .protect_bytes(&input, &ProtectOptions::new())
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnsupportedFormat, "{format:?}");
        assert!(
            error.to_string().contains("ProtectOptions::tint_gray"),
            "{error}"
        );
        let options = ProtectOptions::new().tint_gray(true);
        let protected = protector.protect_bytes(&input, &options).unwrap();
        let tinted = protected
            .report
            .notes
            .iter()
            .filter(|note| note.contains("written in colour"));
        assert_eq!(
            tinted.count(),
            1,
            "{format:?}: {:?}",
            protected.report.notes
        );
        let result = image::load_from_memory(&protected.bytes)
            .unwrap()
            .to_rgb16();
        assert!(
            result.pixels().any(|p| p[0] != p[1]),
            "{format:?}: no colour"
        );
    }
}

#[test]
fn gray_pixels_in_memory_are_refused_by_a_chroma_generator() {
    use confounder::{PixelLayout, PixelsMut};
    let mut bytes = vec![100; 40 * 30];
    let mut pixels = PixelsMut::new(&mut bytes, 40, 30, 40, PixelLayout::Gray8).unwrap();
    let error = chroma()
        .protect_pixels(&mut pixels, &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
    let report = luma()
        .protect_pixels(&mut pixels, &ProtectOptions::new())
        .unwrap();
    assert!(report.psnr_db.is_some());
    assert!(bytes.iter().any(|&v| v != 100));
}
