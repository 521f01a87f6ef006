//! A 12-megapixel JPEG from bytes to bytes, in its coefficients and by way of pixels, against plain decoding and encoding
//! of the same file; and memory and time of 50 and 100 megapixels.
//!
//! `cargo bench -p confounder --bench end_to_end`. The photo is the shared set's 4080 x 3072 camera photo where that
//! set is beside the workspace, else a synthetic photo of the same size.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use confounder::{
    JpegMethod, Limits, MetadataPolicy, PhotoInfo, ProtectOptions, Protector, ProtectorOptions,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

const CAMERA: &str = "../../shared/data/photos/camera/Ultra_HDR_Samples_Originals_05.jpg";

fn photo() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(CAMERA)).unwrap_or_else(|_| {
        eprintln!("the shared photo set is not beside the workspace: using a synthetic photo");
        synthetic((4080, 3072), 90)
    })
}

/// Noise on a slow wave.
fn synthetic((width, height): (u16, u16), quality: u8) -> Vec<u8> {
    let noise = |x: usize, y: usize| ((x * 31 + y * 17) ^ (x * y / 64)) as u8;
    let row = usize::from(width) * 3;
    let rgb: Vec<u8> = (0..usize::from(height))
        .flat_map(|y| (0..row).map(move |x| noise(x, y) / 4 + (x / 64 + y / 16) as u8 / 2))
        .collect();
    encode(&rgb, (width, height), quality)
}

/// Decoding without protecting: the same decoder.
fn decode(jpeg: &[u8]) -> (Vec<u8>, (u16, u16)) {
    let mut decoder = JpegDecoder::new(ZCursor::new(jpeg));
    let rgb = decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    (rgb, (info.width, info.height))
}

/// Encoding without protecting: the same encoder, 4:2:0 as phones do.
fn encode(rgb: &[u8], (width, height): (u16, u16), quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::R_4_2_0);
    encoder.set_chroma_subsampling_method(ChromaSubsamplingMethod::Average);
    encoder.encode(rgb, width, height, ColorType::Rgb).unwrap();
    bytes
}

fn end_to_end(criterion: &mut Criterion) {
    let input = photo();
    let info = PhotoInfo::read(&input, &Limits::default()).unwrap();
    let pixels = u64::from(info.width) * u64::from(info.height);
    let quality = info.jpeg.as_ref().unwrap().quality;
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    for method in [JpegMethod::Coefficients, JpegMethod::Reencode] {
        report(&protector, &input, "the photo", method);
    }
    for megapixels in [50, 100] {
        let input = synthetic((10_000, megapixels * 100), 90);
        let name = format!("{megapixels} MP of noise");
        for method in [JpegMethod::Coefficients, JpegMethod::Reencode] {
            report(&protector, &input, &name, method);
        }
    }

    let mut group = criterion.benchmark_group("jpeg_12mp");
    group
        .sample_size(20)
        .measurement_time(Duration::from_secs(10))
        .throughput(Throughput::Elements(pixels));
    group.bench_function("plain_decode_encode", |bencher| {
        bencher.iter(|| {
            let (rgb, size) = decode(black_box(&input));
            encode(&rgb, size, quality)
        });
    });
    for (name, method) in [
        ("protect_coefficients", JpegMethod::Coefficients),
        ("protect_pixels", JpegMethod::Reencode),
    ] {
        let options = options(method);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                protector
                    .protect_bytes(black_box(&input), &options)
                    .unwrap()
            });
        });
    }
    group.finish();
}

fn options(method: JpegMethod) -> ProtectOptions {
    // Strip: so that sizes compare without thumbnails, gain maps and marks.
    ProtectOptions::new()
        .jpeg(method)
        .metadata(MetadataPolicy::Strip)
}

/// Prints the stages of the second of two runs, the memory that one run adds to the process, and the sizes.
fn report(protector: &Protector, input: &[u8], name: &str, method: JpegMethod) {
    let options = options(method);
    protector.protect_bytes(input, &options).unwrap();
    let before = forget_peak();
    let started = Instant::now();
    let protected = protector.protect_bytes(input, &options).unwrap();
    let total = started.elapsed();
    let report = serde_json::to_value(&protected.report).unwrap();
    let pixels = u64::from(protected.report.width) * u64::from(protected.report.height);
    let (from, to) = (input.len(), protected.bytes.len());
    eprintln!(
        "{name}, {method:?}: {total:.1?}, {from} -> {to} bytes, stages in ms {}",
        report["timings_ms"]
    );
    if let (Some(before), Some(peak)) = (before, memory("VmHWM:")) {
        let bytes = peak.saturating_sub(before);
        let per_pixel = bytes as f64 / pixels as f64;
        eprintln!(
            "  peak memory of the call: {} MiB, {per_pixel:.2} bytes per pixel",
            bytes >> 20
        );
    }
}

/// Resets the process's peak (Linux only) and returns what it uses now.
fn forget_peak() -> Option<u64> {
    std::fs::write("/proc/self/clear_refs", "5").ok()?;
    memory("VmRSS:")
}

fn memory(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

criterion_group!(benches, end_to_end);
criterion_main!(benches);
