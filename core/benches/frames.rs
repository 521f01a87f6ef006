//! A stream of 1080p frames on one thread: what the thread of the frames spends on each.
//!
//! `cargo bench -p confounder --bench frames`. `add`: most frames; `average_and_add`: a frame of which a residual is to
//! be computed; `residual`: what the other thread then does.

#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;

use confounder::{
    FrameOptions, FramePace, FrameProtector, Orientation, Protector, ProtectorOptions, YuvMut,
};
use criterion::{Criterion, criterion_group, criterion_main};

const SIZE: (u32, u32) = (1920, 1080);

fn frames(criterion: &mut Criterion) {
    let protector = Arc::new(Protector::bundled(ProtectorOptions::new().threads(1)).unwrap());
    let mut bytes: Vec<u8> = (0..SIZE.0 * SIZE.1 * 3 / 2)
        .map(|i| 64 + (i.wrapping_mul(2_654_435_761) >> 25) as u8)
        .collect();
    let mut group = criterion.benchmark_group("frame_1080p_nv12");
    group.sample_size(50);
    for (name, every, pace) in [
        ("add", 100_000, FramePace::Live),
        ("average_and_add", 1, FramePace::Live),
        ("average_residual_and_add", 1, FramePace::Exact),
    ] {
        let options = FrameOptions::new().every(every).pace(pace);
        let mut stream = FrameProtector::new(Arc::clone(&protector), options).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut frame = YuvMut::nv12(&mut bytes, SIZE.0, SIZE.1).unwrap();
                stream.protect(&mut frame, Orientation::Upright).unwrap()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
