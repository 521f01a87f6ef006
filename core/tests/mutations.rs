//! Photos that were cut, changed and spliced at random give an error or a photo: never a panic, never a long wait,
//! never memory beyond the limits.
//!
//! A binary of its own, since it looks at the memory of the process.

#![cfg(all(feature = "codecs", feature = "bundled-generator"))]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "common/photo_jxl.rs"]
mod photo_jxl;
#[path = "common/shared.rs"]
mod shared;

use std::io::Cursor;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use confounder::{
    JpegMethod, Limits, MetadataPolicy, PhotoInfo, ProtectOptions, Protector, ProtectorOptions,
};
use image::{DynamicImage, ImageFormat, RgbImage};
use jpeg_encoder::{ColorType, Encoder};
use proptest::prelude::*;
use proptest::sample::Index;
use tiff::encoder::{Compression, TiffEncoder, colortype};

/// No photo may take longer (debug builds on a busy machine included).
const LONGEST: Duration = Duration::from_secs(5);

/// What decoding one photo may take.
const MOST_MEMORY: u64 = 64 << 20;

/// Room for what a test program itself needs, and for tests that run at the same time.
const SLACK: u64 = 64 << 20;

/// How many mutated files are tried.
const CASES: u32 = 4000;

/// Files above this size of the shared set are left out.
const LARGEST: u64 = 40 << 10;

static PROTECTOR: LazyLock<Protector> =
    LazyLock::new(|| Protector::bundled(ProtectorOptions::new().threads(2)).unwrap());

static PHOTOS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut photos = synthetic();
    photos.push(include_bytes!("../../tests/fixtures/cyclamen_persicum.jpg").to_vec());
    photos.extend(small_photos());
    photos
});

/// One small photo per kind of encoding, each with metadata where its encoder can write some.
fn synthetic() -> Vec<Vec<u8>> {
    let (width, height) = (61, 47);
    let photo = RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([(x * 4) as u8, (y * 5) as u8, (x * y) as u8])
    });
    let mut photos = vec![
        jpeg(&photo, false, 0),
        jpeg(&photo, true, 0),
        jpeg(&photo, false, 1),
        jpeg(&photo, true, 3),
        tiff(&photo, Compression::Uncompressed),
        tiff(&photo, Compression::Lzw),
        tiff(&photo, Compression::Packbits),
        tiff16(&photo),
    ];
    photos.extend(jxl(&photo));
    let colour = DynamicImage::ImageRgb8(photo);
    for (photo, format) in [
        (colour.clone(), ImageFormat::Png),
        (colour.to_rgba8().into(), ImageFormat::Png),
        (colour.to_luma8().into(), ImageFormat::Png),
        (colour.to_rgb16().into(), ImageFormat::Png),
        (colour.to_rgba16().into(), ImageFormat::Png),
        (colour.to_luma16().into(), ImageFormat::Png),
        (colour.clone(), ImageFormat::WebP),
        (colour.to_rgba8().into(), ImageFormat::WebP),
    ] {
        let mut bytes = Cursor::new(Vec::new());
        photo.write_to(&mut bytes, format).unwrap();
        photos.push(bytes.into_inner());
    }
    photos
}

/// A JPEG with an orientation; `restart` is its restart interval in blocks, 0 for none.
fn jpeg(photo: &RgbImage, progressive: bool, restart: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 85);
    encoder.set_progressive(progressive);
    encoder.set_restart_interval(restart);
    encoder
        .add_app_segment(
            1,
            b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec(),
        )
        .unwrap();
    let (width, height) = (photo.width() as u16, photo.height() as u16);
    encoder
        .encode(photo.as_raw(), width, height, ColorType::Rgb)
        .unwrap();
    bytes
}

fn tiff(photo: &RgbImage, compression: Compression) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    TiffEncoder::new(&mut bytes)
        .unwrap()
        .with_compression(compression)
        .write_image::<colortype::RGB8>(photo.width(), photo.height(), photo)
        .unwrap();
    bytes.into_inner()
}

/// JPEG XL of 8 and 16 bits, bare and with boxes.
fn jxl(photo: &RgbImage) -> [Vec<u8>; 3] {
    use zune_jpeg::zune_core::colorspace::ColorSpace::RGB;
    let samples: Vec<u16> = photo
        .iter()
        .map(|&sample| u16::from(sample) * 257)
        .collect();
    let bare = photo_jxl::encoded(&samples, photo.dimensions(), RGB, false);
    let boxes = photo_jxl::boxed(
        &bare,
        &[
            (*b"Exif", &photo_jxl::exif()),
            (*b"jbrd", b"reconstruction"),
        ],
    );
    let wide = photo_jxl::encoded(&samples, photo.dimensions(), RGB, true);
    [bare, boxes, wide]
}

/// 16 bits a sample.
fn tiff16(photo: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let samples: Vec<u16> = photo
        .iter()
        .map(|&sample| u16::from(sample) * 257)
        .collect();
    TiffEncoder::new(&mut bytes)
        .unwrap()
        .write_image::<colortype::RGB16>(photo.width(), photo.height(), &samples)
        .unwrap();
    bytes.into_inner()
}

/// The small files of the shared set, if it is there: real, odd and damaged ones.
fn small_photos() -> Vec<Vec<u8>> {
    let mut files = shared::photos();
    if files.is_empty() {
        return Vec::new();
    }
    files.retain(|path| path.metadata().unwrap().len() <= LARGEST);
    assert!(
        files.len() > 20,
        "only {} small files in the shared set",
        files.len()
    );
    files
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// One change of a file.
#[derive(Debug, Clone)]
enum Mutation {
    Cut(Index),
    Flip(Index, u8),
    Overwrite(Index, Vec<u8>),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    /// A piece of another photo in place of what is there.
    Splice(Index, Index, Index, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    use Mutation::{Cut, Flip, Insert, Overwrite, Remove, Splice};
    let at = || any::<Index>();
    // Numbers that sizes and offsets break at, and noise.
    let bytes = || {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 1..24),
            prop::sample::select(vec![
                vec![0xFF; 4],
                vec![0; 4],
                vec![0x7F, 0xFF, 0xFF, 0xFF],
                vec![0xFF, 0xD8],
                vec![0xFF, 0xD9],
                vec![0xFF, 0xDA]
            ]),
        ]
    };
    prop_oneof![
        1 => at().prop_map(Cut),
        4 => (at(), 0..8u8).prop_map(|(at, bit)| Flip(at, bit)),
        3 => (at(), bytes()).prop_map(|(at, bytes)| Overwrite(at, bytes)),
        2 => (at(), bytes()).prop_map(|(at, bytes)| Insert(at, bytes)),
        1 => (at(), 1..64usize).prop_map(|(at, length)| Remove(at, length)),
        2 => (at(), at(), at(), 1..2000usize).prop_map(|(to, photo, from, length)| Splice(to, photo, from, length)),
    ]
}

impl Mutation {
    fn apply(&self, file: &mut Vec<u8>) {
        let length = file.len();
        let place = |at: &Index| at.index(length + 1);
        match self {
            Self::Cut(at) => file.truncate(place(at)),
            Self::Flip(at, bit) if length > 0 => file[at.index(length)] ^= 1 << bit,
            Self::Flip(..) => {}
            Self::Overwrite(at, bytes) => {
                let start = place(at);
                let end = (start + bytes.len()).min(length);
                file[start..end].copy_from_slice(&bytes[..end - start]);
            }
            Self::Insert(at, bytes) => {
                file.splice(place(at)..place(at), bytes.iter().copied());
            }
            Self::Remove(at, count) => {
                file.drain(place(at)..(place(at) + count).min(length));
            }
            Self::Splice(to, photo, from, count) => {
                let other = photo.get(&PHOTOS);
                let start = from.index(other.len() + 1);
                let piece = &other[start..(start + count).min(other.len())];
                let to = place(to)..(place(to) + piece.len()).min(length);
                file.splice(to, piece.iter().copied());
            }
        }
    }
}

fn options(metadata: MetadataPolicy, jpeg: JpegMethod) -> ProtectOptions {
    let limits = Limits::new()
        .max_pixels(1 << 20)
        .max_input_bytes(1 << 20)
        .max_metadata_bytes(1 << 19)
        .max_alloc_bytes(MOST_MEMORY);
    ProtectOptions::new()
        .limits(limits)
        .metadata(metadata)
        .jpeg(jpeg)
        .tint_gray(true)
        .repeat(true)
}

/// Protects a file; what comes out must be a photo of the same format and size.
fn check(file: &[u8], options: &ProtectOptions) -> Result<bool, TestCaseError> {
    let started = Instant::now();
    let result = PROTECTOR.protect_bytes(file, options);
    let time = started.elapsed();
    prop_assert!(time < LONGEST, "took {time:?}");
    let Ok(protected) = result else {
        return Ok(false);
    };
    let before = PhotoInfo::read(file, &Limits::new()).unwrap();
    let after = PhotoInfo::read(&protected.bytes, &Limits::new());
    let after =
        after.map_err(|e| TestCaseError::fail(format!("the output cannot be read: {e}")))?;
    prop_assert_eq!(
        (before.format, before.width, before.height),
        (after.format, after.width, after.height)
    );
    Ok(true)
}

/// A field of the process's status in bytes (Linux only).
fn memory(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

#[test]
fn what_is_not_changed_is_protected() {
    for photo in synthetic() {
        for jpeg in [JpegMethod::Auto, JpegMethod::Reencode] {
            assert!(check(&photo, &options(MetadataPolicy::Keep, jpeg)).unwrap());
        }
    }
}

#[test]
fn mutated_photos_give_an_error_or_a_photo() {
    let policies = [
        MetadataPolicy::Keep,
        MetadataPolicy::Private,
        MetadataPolicy::Strip,
    ];
    let methods = [
        JpegMethod::Auto,
        JpegMethod::Coefficients,
        JpegMethod::Reencode,
    ];
    let strategy = (
        any::<Index>(),
        prop::collection::vec(mutation(), 1..5),
        prop::sample::select(policies.to_vec()),
        prop::sample::select(methods.to_vec()),
    );
    // Photos and generator are loaded before memory is looked at.
    let first = options(MetadataPolicy::Keep, JpegMethod::Auto);
    check(&PHOTOS[0], &first).unwrap();
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    let before = memory("VmRSS:");
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let good = std::cell::Cell::new(0u32);
    runner
        .run(&strategy, |(photo, mutations, metadata, jpeg)| {
            let mut file = photo.get(&PHOTOS).clone();
            for mutation in &mutations {
                mutation.apply(&mut file);
            }
            if check(&file, &options(metadata, jpeg))? {
                good.set(good.get() + 1);
            }
            Ok(())
        })
        .unwrap();
    // Both ends were tried: some mutated files are still photos, and some are not.
    let good = good.get();
    assert!(
        (CASES / 50..CASES - CASES / 50).contains(&good),
        "{good} of {CASES} were protected"
    );
    if let (Some(before), Some(peak)) = (before, memory("VmHWM:")) {
        let grown = peak.saturating_sub(before);
        assert!(
            grown <= MOST_MEMORY + SLACK,
            "one photo took up to {} MiB",
            grown >> 20
        );
    }
}
