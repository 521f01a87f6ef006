//! JPEGs changed in their coefficients: luma stays bit for bit, and chroma changes as it does by way of pixels.

use confounder::{
    ErrorKind, JpegMethod, Limits, MetadataPolicy, PhotoInfo, PixelLayout, PixelsMut,
    ProtectOptions, Protected, Protector, ProtectorOptions, Strength,
};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::common::{self, code_generator, model, read};

const FIXTURE: &[u8] = include_bytes!("../../../tests/fixtures/cyclamen_persicum.jpg");

fn protector() -> Protector {
    Protector::bundled(ProtectorOptions::new()).unwrap()
}

/// Mid tones only, so that no colour is clamped: soft waves with a little texture.
fn photo((width, height): (usize, usize)) -> Vec<u8> {
    let value = |x: usize, y: usize, c: usize| {
        let wave = ((x + 50 * c) as f32 / 41.0).sin() * (y as f32 / 29.0).cos();
        (128.0 + 50.0 * wave) as u8 + ((x * 7 + y * 13) % 5) as u8
    };
    (0..height)
        .flat_map(|y| (0..width * 3).map(move |i| value(i / 3, y, i % 3)))
        .collect()
}

/// How a test photo is encoded.
#[derive(Debug, Clone, Copy)]
struct Kind {
    sampling: SamplingFactor,
    progressive: bool,
    /// Huffman tables made for the photo, without a code to spare.
    optimised: bool,
    /// Minimum coded units between restart markers.
    restart: Option<u16>,
    quality: u8,
}

const KINDS: [Kind; 6] = {
    let plain = Kind {
        sampling: SamplingFactor::R_4_2_0,
        progressive: false,
        optimised: false,
        restart: None,
        quality: 90,
    };
    [
        plain,
        Kind {
            sampling: SamplingFactor::R_4_4_4,
            optimised: true,
            ..plain
        },
        Kind {
            sampling: SamplingFactor::R_4_2_2,
            restart: Some(3),
            quality: 75,
            ..plain
        },
        Kind {
            sampling: SamplingFactor::R_4_4_0,
            quality: 98,
            ..plain
        },
        Kind {
            progressive: true,
            optimised: true,
            ..plain
        },
        Kind {
            sampling: SamplingFactor::R_4_1_1,
            progressive: true,
            quality: 60,
            ..plain
        },
    ]
};

fn encode(pixels: &[u8], (width, height): (usize, usize), kind: Kind) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, kind.quality);
    encoder.set_sampling_factor(kind.sampling);
    encoder.set_progressive(kind.progressive);
    encoder.set_optimized_huffman_tables(kind.optimised);
    if let Some(interval) = kind.restart {
        encoder.set_restart_interval(interval);
    }
    encoder
        .encode(pixels, width as u16, height as u16, ColorType::Rgb)
        .unwrap();
    bytes
}

fn decode(jpeg: &[u8], space: ColorSpace) -> Vec<u8> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .jpeg_set_out_colorspace(space);
    JpegDecoder::new_with_options(ZCursor::new(jpeg), options)
        .decode()
        .unwrap()
}

fn protect(input: &[u8], method: JpegMethod) -> Protected {
    let options = ProtectOptions::new().jpeg(method);
    let protected = protector().protect_bytes(input, &options).unwrap();
    assert_eq!(protected.report.jpeg, Some(method));
    protected
}

/// Means of Cb and Cr over windows of 32 x 32 pixels, whole ones only.
fn chroma_means(ycbcr: &[u8], (width, height): (usize, usize)) -> Vec<[f64; 2]> {
    let mean = |x0: usize, y0: usize, c: usize| {
        let pixels = (0..32 * 32).map(|i| ((y0 + i / 32) * width + x0 + i % 32) * 3 + c);
        pixels.map(|at| f64::from(ycbcr[at])).sum::<f64>() / 1024.0
    };
    let windows = (0..height / 32).flat_map(|y| (0..width / 32).map(move |x| (32 * x, 32 * y)));
    windows
        .map(|(x, y)| [mean(x, y, 1), mean(x, y, 2)])
        .collect()
}

#[test]
fn luma_stays_bit_for_bit() {
    for size in [(200, 136), (97, 61), (16, 300), (9, 9)] {
        for kind in KINDS {
            let input = encode(&photo(size), size, kind);
            let output = protect(&input, JpegMethod::Coefficients).bytes;
            let (before, after) = (
                decode(&input, ColorSpace::Luma),
                decode(&output, ColorSpace::Luma),
            );
            assert!(before == after, "{size:?} {kind:?}");
            // A generator that recognises nothing adds little, which narrow pictures' coefficients may not hold.
            let same = decode(&input, ColorSpace::RGB) == decode(&output, ColorSpace::RGB);
            assert!(!same || size.0.min(size.1) < 32, "{size:?} {kind:?}");
        }
    }
}

#[test]
fn chroma_changes_as_by_way_of_pixels() {
    let size = (320, 256);
    for kind in KINDS {
        let input = encode(&photo(size), size, kind);
        let output = protect(&input, JpegMethod::Coefficients);
        let mut pixels = decode(&input, ColorSpace::RGB);
        let mut view = PixelsMut::new(&mut pixels, 320, 256, 320 * 3, PixelLayout::Rgb8).unwrap();
        let report = protector()
            .protect_pixels(&mut view, &ProtectOptions::new())
            .unwrap();

        let ycbcr = |rgb: &[u8]| -> Vec<u8> {
            let (pixels, _) = rgb.as_chunks::<3>();
            let convert = |&[r, g, b]: &[u8; 3]| {
                let [r, g, b] = [r, g, b].map(f64::from);
                [
                    0.299 * r + 0.587 * g + 0.114 * b,
                    128.0 - 0.168_736 * r - 0.331_264 * g + 0.5 * b,
                    128.0 + 0.5 * r - 0.418_688 * g - 0.081_312 * b,
                ]
            };
            pixels
                .iter()
                .flat_map(convert)
                .map(|v| v.round() as u8)
                .collect()
        };
        let wanted = chroma_means(&ycbcr(&pixels), size);
        let found = chroma_means(&decode(&output.bytes, ColorSpace::YCbCr), size);
        // Blocks are off by less than a quantiser step each, and windows hold several.
        let step = largest_chroma_step(&input) / 8.0;
        for (wanted, found) in wanted.iter().zip(&found) {
            for c in 0..2 {
                let off = (wanted[c] - found[c]).abs();
                assert!(
                    off < step + 0.3,
                    "{kind:?}: {wanted:?} {found:?}, step {step}"
                );
            }
        }
        // Rounding adds at most a step's noise to what the pixels say.
        let (coefficients, pixels) = (output.report.psnr_db.unwrap(), report.psnr_db.unwrap());
        assert!(
            pixels - coefficients < 3.0 && coefficients - pixels < 1.5,
            "{kind:?}: {coefficients} {pixels}"
        );
    }
}

/// The DC step of the last quantisation table.
fn largest_chroma_step(jpeg: &[u8]) -> f64 {
    let tables = jpeg
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| **pair == [0xFF, 0xDB]);
    // Marker, length, then precision and destination, then the DC step.
    tables
        .map(|(at, _)| f64::from(jpeg[at + 5]))
        .fold(0.0, f64::max)
}

#[test]
fn the_reported_noise_is_that_of_the_pixels() {
    let size = (320, 256);
    for kind in [KINDS[1], KINDS[3]] {
        let input = encode(&photo(size), size, kind);
        let output = protect(&input, JpegMethod::Coefficients);
        let (before, after) = (
            decode(&input, ColorSpace::RGB),
            decode(&output.bytes, ColorSpace::RGB),
        );
        let squared: f64 = before
            .iter()
            .zip(&after)
            .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
            .sum();
        let psnr = 10.0 * (255.0f64.powi(2) * before.len() as f64 / squared).log10();
        // Decoders round every sample, which the coefficients do not know of.
        assert!(
            (psnr - output.report.psnr_db.unwrap()).abs() < 0.5,
            "{kind:?}: {psnr} {:?}",
            output.report.psnr_db
        );
    }
}

#[test]
fn structure_stays() {
    let size = (200, 136);
    for kind in KINDS {
        let input = encode(&photo(size), size, kind);
        let options = ProtectOptions::new()
            .metadata(MetadataPolicy::Private)
            .jpeg(JpegMethod::Coefficients);
        let output = protector().protect_bytes(&input, &options).unwrap();
        assert_eq!(output.report.jpeg, Some(JpegMethod::Coefficients));
        let info = |bytes: &[u8]| PhotoInfo::read(bytes, &Limits::default()).unwrap().jpeg;
        assert_eq!(info(&input), info(&output.bytes), "{kind:?}");
        let restarts = |bytes: &[u8]| {
            let pairs = bytes.windows(2);
            pairs
                .filter(|pair| pair[0] == 0xFF && (0xD0..=0xD7).contains(&pair[1]))
                .count()
        };
        assert_eq!(restarts(&input), restarts(&output.bytes), "{kind:?}");
    }
}

#[test]
fn the_same_bytes_on_any_number_of_threads_and_nothing_at_strength_nought() {
    let bytes = |threads: usize| {
        let protector = Protector::bundled(ProtectorOptions::new().threads(threads)).unwrap();
        protector
            .protect_bytes(FIXTURE, &ProtectOptions::new())
            .unwrap()
            .bytes
    };
    assert_eq!(bytes(1), bytes(3));
    let none = ProtectOptions::new().strength(Strength::new(0.0).unwrap());
    let output = protector().protect_bytes(FIXTURE, &none).unwrap();
    assert_eq!(output.report.psnr_db, None);
    assert_eq!(
        decode(FIXTURE, ColorSpace::RGB),
        decode(&output.bytes, ColorSpace::RGB)
    );
}

#[test]
fn what_cannot_be_done_is_refused_or_done_another_way() {
    let only = ProtectOptions::new().jpeg(JpegMethod::Coefficients);
    let error = protector()
        .protect_bytes(FIXTURE, &only.clone().quality(80))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions, "{error}");
    // A quality means to compress anew.
    let anew = protector()
        .protect_bytes(FIXTURE, &ProtectOptions::new().quality(80))
        .unwrap();
    assert_eq!(anew.report.jpeg, Some(JpegMethod::Reencode));
    // A residual of 72 x 72 is no smooth tint.
    let fine = Protector::open(read(&fine_generator()).unwrap(), ProtectorOptions::new()).unwrap();
    let error = fine.protect_bytes(FIXTURE, &only).unwrap_err();
    assert!(error.to_string().contains("too fine"), "{error}");
    let other = fine.protect_bytes(FIXTURE, &ProtectOptions::new()).unwrap();
    assert_eq!(other.report.jpeg, Some(JpegMethod::Reencode));
    assert!(
        other
            .report
            .notes
            .iter()
            .any(|note| note.contains("too fine")),
        "{:?}",
        other.report.notes
    );
}

#[test]
fn a_photo_with_very_coarse_steps_is_compressed_anew_and_finer() {
    let size = (320, 256);
    let coarse = Kind {
        quality: 4,
        ..KINDS[0]
    };
    let input = encode(&photo(size), size, coarse);
    let output = protector()
        .protect_bytes(&input, &ProtectOptions::new())
        .unwrap();
    assert_eq!(output.report.jpeg, Some(JpegMethod::Reencode));
    let notes = &output.report.notes;
    assert!(
        notes.iter().any(|note| note.contains("coarse")),
        "{notes:?}"
    );
    // The residual arrives: in some window chroma has moved by a step or more.
    let means = |jpeg: &[u8]| chroma_means(&decode(jpeg, ColorSpace::YCbCr), size);
    let moved = means(&input)
        .iter()
        .zip(means(&output.bytes))
        .any(|(a, b)| (a[0] - b[0]).abs() > 1.0 || (a[1] - b[1]).abs() > 1.0);
    assert!(moved);
}

/// A generator whose residual is as fine as its input.
fn fine_generator() -> tract_onnx::pb::ModelProto {
    use crate::common::{constant, node, value};
    let graph = tract_onnx::pb::GraphProto {
        name: "fine".into(),
        node: vec![node("Conv", &["image", "weight"], "residual", vec![])],
        // Each channel shrunk far below the bound.
        initializer: vec![constant(
            "weight",
            &[3, 3, 1, 1],
            &[0.03, 0.0, 0.0, 0.0, 0.03, 0.0, 0.0, 0.0, 0.03],
        )],
        input: vec![value("image", [Some(1), Some(3), Some(72), Some(72)])],
        output: vec![value("residual", [Some(1), Some(3), Some(72), Some(72)])],
        ..tract_onnx::pb::GraphProto::default()
    };
    model(graph, "square:72", false)
}

#[test]
fn a_generator_with_luma_changes_luma_too() {
    let mut generator = code_generator(Some(64));
    common::set(&mut generator, "chroma", "false");
    let protector = Protector::open(read(&generator).unwrap(), ProtectorOptions::new()).unwrap();
    let output = protector
        .protect_bytes(FIXTURE, &ProtectOptions::new())
        .unwrap();
    assert_eq!(output.report.jpeg, Some(JpegMethod::Coefficients));
    assert!(output.report.psnr_db.is_some());
}
