//! TIFF: every kind that is read comes out as it went in but for the residual; what cannot is refused by name.

use std::io::Cursor;

use confounder::{
    ErrorKind, FileFormat, Limits, MetadataAction, MetadataPolicy, PhotoInfo, ProtectOptions,
    Protected, Protector, ProtectorOptions, Report,
};
use proptest::prelude::*;
use tiff::decoder::{Decoder, DecodingResult};
use tiff::encoder::colortype::{ColorType, Gray8, Gray16, RGB8, RGB16, RGBA8, RGBA16};
use tiff::encoder::{Compression, DeflateLevel, TiffEncoder, TiffValue};
use tiff::tags::{Predictor, Tag};

use crate::common::{EPSILON, Noise, luma_generator, read};

const SIZE: (u32, u32) = (61, 47);

fn protector() -> Protector {
    let generator = read(&luma_generator()).unwrap();
    Protector::open(generator, ProtectorOptions::new()).unwrap()
}

fn protect(input: &[u8], policy: MetadataPolicy) -> Protected {
    let options = ProtectOptions::new().metadata(policy);
    protector().protect_bytes(input, &options).unwrap()
}

/// Samples far from black and white.
fn samples(count: usize) -> Vec<u16> {
    let mut noise = Noise(11);
    (0..count)
        .map(|_| (65_535.0 * (0.5 + 0.4 * noise.next())) as u16)
        .collect()
}

/// A TIFF with an orientation; `alpha`: the last sample of a pixel is alpha.
fn file<C: ColorType>(
    samples: &[C::Inner],
    packing: Compression,
    differences: bool,
    alpha: bool,
) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes)
        .unwrap()
        .with_compression(packing);
    if differences {
        encoder = encoder.with_predictor(Predictor::Horizontal);
    }
    let mut image = encoder.new_image::<C>(SIZE.0, SIZE.1).unwrap();
    image.encoder().write_tag(Tag::Orientation, 6u16).unwrap();
    if alpha {
        image.encoder().write_tag(Tag::ExtraSamples, 2u16).unwrap();
    }
    image.write_data(samples).unwrap();
    bytes.into_inner()
}

/// All samples as 16-bit numbers, and the compression tag.
fn decoded(bytes: &[u8]) -> (Vec<u16>, u32) {
    let mut decoder = Decoder::new(Cursor::new(bytes)).unwrap();
    let compression = decoder.get_tag_u32(Tag::Compression).unwrap();
    let samples = match decoder.read_image().unwrap() {
        DecodingResult::U8(samples) => samples.into_iter().map(u16::from).collect(),
        DecodingResult::U16(samples) => samples,
        other => panic!("{other:?}"),
    };
    (samples, compression)
}

/// The protected file holds the same photo but for the residual; `channels` includes alpha.
fn check(name: &str, input: &[u8], channels: usize, alpha: bool, peak: f64) {
    let protected = protect(input, MetadataPolicy::Keep);
    assert_eq!(protected.format, FileFormat::Tiff);
    let info = PhotoInfo::read(&protected.bytes, &Limits::default()).unwrap();
    assert_eq!(
        (info.width, info.height, info.orientation.exif()),
        (SIZE.0, SIZE.1, 6),
        "{name}"
    );
    let ((before, packing), (after, packed)) = (decoded(input), decoded(&protected.bytes));
    assert_eq!((before.len(), packing), (after.len(), packed), "{name}");
    let bound = (peak * f64::from(EPSILON)).ceil();
    for (i, (a, b)) in before.iter().zip(&after).enumerate() {
        let free = alpha && i % channels == channels - 1;
        let bound = if free { 0.0 } else { bound };
        assert!(
            f64::from(a.abs_diff(*b)) <= bound,
            "{name}: sample {i} was {a} and is {b}"
        );
    }
    assert_ne!(before, after, "{name}: nothing changed");
}

#[test]
fn every_kind_stays_what_it_is() {
    let all = samples(61 * 47 * 4);
    let bytes: Vec<u8> = all.iter().map(|v| (v >> 8) as u8).collect();
    let of = |channels: usize| 61 * 47 * channels;
    for packing in [
        Compression::Uncompressed,
        Compression::Lzw,
        Compression::Deflate(DeflateLevel::Balanced),
        Compression::Packbits,
    ] {
        for differences in [false, true] {
            let packs = matches!(packing, Compression::Lzw | Compression::Deflate(_));
            if differences && !packs {
                continue;
            }
            let name = |kind| format!("{kind}, differences {differences}");
            let gray = file::<Gray8>(&bytes[..of(1)], packing, differences, false);
            check(&name("gray 8"), &gray, 1, false, 255.0);
            let gray = file::<Gray16>(&all[..of(1)], packing, differences, false);
            check(&name("gray 16"), &gray, 1, false, 65_535.0);
            let rgb = file::<RGB8>(&bytes[..of(3)], packing, differences, false);
            check(&name("RGB 8"), &rgb, 3, false, 255.0);
            let rgb = file::<RGB16>(&all[..of(3)], packing, differences, false);
            check(&name("RGB 16"), &rgb, 3, false, 65_535.0);
            let rgba = file::<RGBA8>(&bytes, packing, differences, true);
            check(&name("RGBA 8"), &rgba, 4, true, 255.0);
            let rgba = file::<RGBA16>(&all, packing, differences, true);
            check(&name("RGBA 16"), &rgba, 4, true, 65_535.0);
        }
    }
}

/// Gray with alpha, which the encoder has no kind for.
struct GrayAlpha;

impl ColorType for GrayAlpha {
    type Inner = u16;
    const TIFF_VALUE: tiff::tags::PhotometricInterpretation =
        tiff::tags::PhotometricInterpretation::BlackIsZero;
    const BITS_PER_SAMPLE: &'static [u16] = &[16, 16];
    const SAMPLE_FORMAT: &'static [tiff::tags::SampleFormat] = &[
        tiff::tags::SampleFormat::Uint,
        tiff::tags::SampleFormat::Uint,
    ];

    fn horizontal_predict(row: &[u16], result: &mut Vec<u16>) {
        result.extend(
            (0..row.len()).map(|i| row[i].wrapping_sub(if i < 2 { 0 } else { row[i - 2] })),
        );
    }
}

#[test]
fn gray_with_alpha_stays_what_it_is() {
    for differences in [false, true] {
        let input = file::<GrayAlpha>(&samples(61 * 47 * 2), Compression::Lzw, differences, true);
        check("gray and alpha", &input, 2, true, 65_535.0);
    }
}

/// A photo with one tag of every group, EXIF and GPS directories, and a second directory behind a tag.
fn tagged() -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    let mut exif = encoder.extra_directory().unwrap();
    exif.write_tag(
        Tag::from_u16_exhaustive(33434),
        tiff::encoder::Rational { n: 1, d: 125 },
    )
    .unwrap();
    exif.write_tag(Tag::from_u16_exhaustive(42033), "serial secret")
        .unwrap();
    exif.write_tag(Tag::from_u16_exhaustive(37500), &b"maker secret"[..])
        .unwrap();
    exif.write_tag(
        Tag::from_u16_exhaustive(37510),
        &b"preview \xFF\xD8\xFF\xDB hidden \xFF\xD9 end"[..],
    )
    .unwrap();
    let exif = exif.finish_with_offsets().unwrap().offset;
    let mut gps = encoder.extra_directory().unwrap();
    gps.write_tag(Tag::from_u16_exhaustive(1), "N").unwrap();
    gps.write_tag(Tag::from_u16_exhaustive(29), "gps secret")
        .unwrap();
    let gps = gps.finish_with_offsets().unwrap().offset;
    let mut preview = encoder.extra_directory().unwrap();
    preview.write_tag(Tag::ImageWidth, 8u32).unwrap();
    preview.write_tag(Tag::ImageLength, 8u32).unwrap();
    let preview = preview.finish_with_offsets().unwrap().offset;
    let mut image = encoder.new_image::<RGB8>(SIZE.0, SIZE.1).unwrap();
    let tags = image.encoder();
    tags.write_tag(Tag::ImageDescription, "description secret")
        .unwrap();
    tags.write_tag(Tag::Make, "Maker").unwrap();
    tags.write_tag(Tag::Model, "Model 1").unwrap();
    tags.write_tag(Tag::Orientation, 8u16).unwrap();
    tags.write_tag(Tag::XResolution, tiff::encoder::Rational { n: 300, d: 1 })
        .unwrap();
    tags.write_tag(Tag::DateTime, "2024:05:06 07:08:09")
        .unwrap();
    tags.write_tag(Tag::Artist, "artist secret").unwrap();
    tags.write_tag(Tag::Copyright, "copyright secret").unwrap();
    tags.write_tag(
        Tag::from_u16_exhaustive(700),
        &b"<x:xmpmeta>xmp secret</x:xmpmeta>"[..],
    )
    .unwrap();
    tags.write_tag(Tag::from_u16_exhaustive(33723), &b"iptc secret"[..])
        .unwrap();
    tags.write_tag(Tag::IccProfile, &[7u8; 200][..]).unwrap();
    tags.write_tag(Tag::from_u16_exhaustive(37724), &b"layers hidden"[..])
        .unwrap();
    tags.write_tag(Tag::ExifDirectory, exif).unwrap();
    tags.write_tag(Tag::GpsDirectory, gps).unwrap();
    tags.write_tag(Tag::SubIfd, preview).unwrap();
    let samples: Vec<u8> = samples(61 * 47 * 3)
        .iter()
        .map(|v| (v >> 8) as u8)
        .collect();
    image.write_data(&samples).unwrap();
    bytes.into_inner()
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes
        .windows(word.len())
        .any(|window| window == word.as_bytes())
}

fn action(report: &Report, name: &str) -> MetadataAction {
    let entry = report.metadata.iter().find(|entry| entry.name == name);
    entry
        .unwrap_or_else(|| panic!("{name} is not reported"))
        .action
}

#[test]
fn keep_carries_everything_but_previews() {
    use MetadataAction::{Kept, Removed, Rewritten};
    let protected = protect(&tagged(), MetadataPolicy::Keep);
    for word in [
        "description",
        "serial",
        "maker",
        "gps",
        "artist",
        "copyright",
        "xmp",
        "iptc",
    ] {
        assert!(
            contains(&protected.bytes, &format!("{word} secret")),
            "{word}"
        );
    }
    assert!(!contains(&protected.bytes, "hidden"));
    for (name, expected) in [
        ("GPS", Kept),
        ("XMP", Kept),
        ("ICC profile", Kept),
        ("maker note", Kept),
        ("Photoshop layers", Removed),
        ("further directories", Removed),
        ("description", Rewritten),
    ] {
        assert_eq!(action(&protected.report, name), expected, "{name}");
    }
    let mut decoder = Decoder::new(Cursor::new(&protected.bytes)).unwrap();
    assert_eq!(decoder.get_tag_u8_vec(Tag::IccProfile).unwrap(), [7; 200]);
    assert_eq!(decoder.get_tag_ascii_string(Tag::Make).unwrap(), "Maker");
    let pointer = decoder
        .get_tag(Tag::ExifDirectory)
        .unwrap()
        .into_ifd_pointer()
        .unwrap();
    let exif = decoder.read_directory(pointer).unwrap();
    assert_eq!(exif.len(), 4);
    let info = PhotoInfo::read(&protected.bytes, &Limits::default()).unwrap();
    assert_eq!(info.orientation.exif(), 8);
    assert!(
        info.metadata.iter().all(|entry| entry.action == Kept),
        "{:?}",
        info.metadata
    );
}

#[test]
fn private_and_strip_name_nobody() {
    for policy in [MetadataPolicy::Private, MetadataPolicy::Strip] {
        let protected = protect(&tagged(), policy);
        assert!(!contains(&protected.bytes, "secret"), "{policy:?}");
        assert!(!contains(&protected.bytes, "hidden"), "{policy:?}");
        let private = policy == MetadataPolicy::Private;
        assert_eq!(contains(&protected.bytes, "Model 1"), private);
        assert_eq!(contains(&protected.bytes, "2024:05:06"), private);
        let info = PhotoInfo::read(&protected.bytes, &Limits::default()).unwrap();
        assert_eq!(info.orientation.exif(), 8, "{policy:?}");
        assert!(
            info.metadata
                .iter()
                .any(|entry| entry.name == "ICC profile")
        );
        assert_eq!(
            info.metadata.iter().any(|entry| entry.name == "exposure"),
            private
        );
        assert_eq!(action(&protected.report, "GPS"), MetadataAction::Removed);
    }
}

fn refused(input: &[u8]) -> String {
    let error = protector()
        .protect_bytes(input, &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat, "{error}");
    error.to_string()
}

#[test]
fn what_cannot_be_kept_is_refused_by_name() {
    let gray = vec![9u8; 61 * 47];
    let with = |tag: u16, value: u16| {
        let mut bytes = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
        let mut image = encoder.new_image::<Gray8>(SIZE.0, SIZE.1).unwrap();
        image
            .encoder()
            .write_tag(Tag::from_u16_exhaustive(tag), value)
            .unwrap();
        image.write_data(&gray).unwrap();
        bytes.into_inner()
    };
    assert!(refused(&with(254, 1)).contains("raw"));
    assert!(refused(&with(50706, 1)).contains("develop"));
    assert!(refused(&with(266, 2)).contains("bit order"));
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    encoder.write_image::<Gray8>(SIZE.0, SIZE.1, &gray).unwrap();
    encoder.write_image::<Gray8>(SIZE.0, SIZE.1, &gray).unwrap();
    assert!(refused(&bytes.into_inner()).contains("pages"));
    let mut bytes = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut bytes).unwrap();
    let cmyk = vec![9; 61 * 47 * 4];
    encoder
        .write_image::<tiff::encoder::colortype::CMYK8>(SIZE.0, SIZE.1, &cmyk)
        .unwrap();
    assert!(refused(&bytes.into_inner()).contains("CMYK"));
    assert!(refused(b"II*\0\x10\0\0\0CR\x02\0").contains("raw"));
}

#[test]
fn limits_hold_before_pixels_are_decoded() {
    let input = tagged();
    let kind = |limits: Limits| {
        let options = ProtectOptions::new().limits(limits);
        protector()
            .protect_bytes(&input, &options)
            .map(|_| ())
            .map_err(|e| e.kind())
    };
    assert_eq!(
        kind(Limits::new().max_pixels(100)),
        Err(ErrorKind::LimitExceeded)
    );
    assert_eq!(
        kind(Limits::new().max_metadata_bytes(300)),
        Err(ErrorKind::LimitExceeded)
    );
    assert_eq!(kind(Limits::new()), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    /// A damaged file gives a photo or an error, never a panic, whatever was damaged.
    #[test]
    fn damage_never_panics(flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>()) {
        let mut input = tagged();
        // The directories lie before and after the pixels: aim at both ends.
        for (at, value) in flips {
            let half = input.len() / 16;
            let at = at.index(2 * half);
            let at = if at < half { at } else { input.len() - 1 - (at - half) };
            input[at] = value;
        }
        let _ = protector().protect_bytes(&input, &ProtectOptions::new());
        let length = cut.index(input.len());
        prop_assert!(protector().protect_bytes(&input[..length], &ProtectOptions::new()).is_err());
    }
}
