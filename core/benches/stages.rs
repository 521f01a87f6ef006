//! The stages of one photo in memory: scaling to the working grid, the generator, the blend; and camera frames.
//!
//! `cargo bench -p confounder --bench stages`. 24 megapixels on one thread; the printed rate is photo pixels a second.

#![allow(missing_docs, clippy::unwrap_used)]

use std::hint::black_box;

use confounder::research::{self, blend_residual};
use confounder::{
    Orientation, PixelLayout, PixelsMut, ProtectOptions, Protector, ProtectorOptions, Residual,
    Strength, YuvMut,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const WIDTH: usize = 6000;
const HEIGHT: usize = 4000;

fn photo(layout: PixelLayout) -> Vec<u8> {
    let length = WIDTH * HEIGHT * layout.bytes_per_pixel();
    (0..length as u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

fn view(photo: &mut [u8], layout: PixelLayout) -> PixelsMut<'_> {
    let stride = WIDTH * layout.bytes_per_pixel();
    PixelsMut::new(photo, WIDTH as u32, HEIGHT as u32, stride, layout).unwrap()
}

/// A residual of `side` x `side`.
fn residual(side: usize) -> Residual {
    let planes = (0..3 * side * side)
        .map(|i| if i % 3 == 0 { 0.02 } else { -0.01 })
        .collect();
    research::residual(side, side, 0.04, planes).unwrap()
}

fn blend(criterion: &mut Criterion) {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build()
        .unwrap();
    let mut group = criterion.benchmark_group("blend_24mp_one_thread");
    group
        .sample_size(10)
        .throughput(Throughput::Elements((WIDTH * HEIGHT) as u64));
    for (name, layout, side) in [
        ("rgb_4x4", PixelLayout::Rgb8, 4),
        ("rgba_4x4", PixelLayout::Rgba8, 4),
        ("rgb_224x224", PixelLayout::Rgb8, 224),
        ("gray_4x4", PixelLayout::Gray8, 4),
        ("rgb16_4x4", PixelLayout::Rgb16, 4),
    ] {
        let (mut photo, residual) = (photo(layout), residual(side));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut pixels = view(&mut photo, layout);
                pool.install(|| {
                    blend_residual(&mut pixels, black_box(&residual), Strength::default())
                })
                .unwrap()
            });
        });
    }
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    let protector = Protector::bundled(ProtectorOptions::new().threads(1)).unwrap();
    let mut group = criterion.benchmark_group("protect_pixels_24mp_one_thread");
    group
        .sample_size(10)
        .throughput(Throughput::Elements((WIDTH * HEIGHT) as u64));
    let mut photo = photo(PixelLayout::Rgba8);
    group.bench_function("rgba", |bencher| {
        bencher.iter(|| {
            let mut pixels = view(&mut photo, PixelLayout::Rgba8);
            protector
                .protect_pixels(&mut pixels, &ProtectOptions::new())
                .unwrap()
                .timings
                .grid
        });
    });
    group.finish();
}

/// A camera frame of 12 megapixels as NV21, and the same as RGB and RGBA.
fn frame(criterion: &mut Criterion) {
    const SIZE: (u32, u32) = (4000, 3000);
    let length = SIZE.0 as usize * SIZE.1 as usize;
    let protector = Protector::bundled(ProtectorOptions::new().threads(1)).unwrap();
    let options = ProtectOptions::new();
    let mut group = criterion.benchmark_group("protect_12mp_frame_one_thread");
    group
        .sample_size(20)
        .throughput(Throughput::Elements(length as u64));
    let mut bytes = photo(PixelLayout::Rgba8);
    group.bench_function("nv21", |bencher| {
        bencher.iter(|| {
            let mut frame = YuvMut::nv21(&mut bytes[..length / 2 * 3], SIZE.0, SIZE.1).unwrap();
            let report = protector.protect_yuv(&mut frame, Orientation::Upright, &options);
            report.unwrap().timings
        });
    });
    for (name, layout) in [("rgb", PixelLayout::Rgb8), ("rgba", PixelLayout::Rgba8)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let stride = SIZE.0 as usize * layout.bytes_per_pixel();
                let mut pixels =
                    PixelsMut::new(&mut bytes, SIZE.0, SIZE.1, stride, layout).unwrap();
                protector
                    .protect_pixels(&mut pixels, &options)
                    .unwrap()
                    .timings
            });
        });
    }
    group.finish();
}

criterion_group!(benches, blend, whole, frame);
criterion_main!(benches);
