//! A 12-megapixel JPEG from bytes to bytes, against plain decoding and encoding of the same file.
//!
//! `cargo bench -p confounder --bench end_to_end`. The photo is the shared set's 4080 x 3072 camera photo where that
//! set is beside the workspace, else a synthetic photo of the same size.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stderr)]

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use confounder::{Limits, PhotoInfo, ProtectOptions, Protector, ProtectorOptions};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jpeg_encoder::{ChromaSubsamplingMethod, ColorType, Encoder, SamplingFactor};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;

const CAMERA: &str = "../../shared/data/photos/camera/Ultra_HDR_Samples_Originals_05.jpg";

fn photo() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(CAMERA)).unwrap_or_else(|_| {
        eprintln!("the shared photo set is not beside the workspace: using a synthetic photo");
        let noise = |x: usize, y: usize| ((x * 31 + y * 17) ^ (x * y / 64)) as u8;
        let rgb: Vec<u8> = (0..3072)
            .flat_map(|y| (0..4080 * 3).map(move |x| noise(x, y) / 4 + (x / 64 + y / 16) as u8 / 2))
            .collect();
        encode(&rgb, (4080, 3072), 90)
    })
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
    report_stages(&protector, &input, pixels);

    let mut group = criterion.benchmark_group("jpeg_12mp");
    group
        .sample_size(10)
        .measurement_time(Duration::from_secs(10))
        .throughput(Throughput::Elements(pixels));
    group.bench_function("plain_decode_encode", |bencher| {
        bencher.iter(|| {
            let (rgb, size) = decode(black_box(&input));
            encode(&rgb, size, quality)
        });
    });
    group.bench_function("protect_bytes", |bencher| {
        bencher.iter(|| {
            protector
                .protect_bytes(black_box(&input), &ProtectOptions::new())
                .unwrap()
        });
    });
    group.finish();
}

/// Prints the stages of the second of two runs, and the memory that one run adds to the process.
fn report_stages(protector: &Protector, input: &[u8], pixels: u64) {
    protector
        .protect_bytes(input, &ProtectOptions::new())
        .unwrap();
    let before = forget_peak();
    let report = protector
        .protect_bytes(input, &ProtectOptions::new())
        .unwrap()
        .report;
    let timings =
        serde_json::to_string(&serde_json::to_value(&report).unwrap()["timings_ms"]).unwrap();
    eprintln!("stages in ms: {timings}");
    if let (Some(before), Some(peak)) = (before, memory("VmHWM:")) {
        let bytes = peak.saturating_sub(before);
        eprintln!(
            "peak memory of one call: {} MiB, {:.1} bytes per pixel",
            bytes >> 20,
            bytes as f64 / pixels as f64
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
