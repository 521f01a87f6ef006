//! A stream of 1080p frames on one thread: what the thread of the frames spends on each.
//!
//! `cargo bench -p confounder --bench frames`. `add`: most frames; `average_and_add`: a frame of which a residual is to
//! be computed; `all`: the same with the wait for that residual. Where Linux tells it, the time is that of the processor
//! (of this thread alone), so that other work on the machine does not count.

#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use confounder::{
    FrameOptions, FramePace, FrameProtector, Orientation, Protector, ProtectorOptions, YuvMut,
};
use criterion::{Criterion, criterion_group, criterion_main};

const SIZE: (u32, u32) = (1920, 1080);

/// The processor's time of this thread, else the wall's.
enum Clock {
    Processor(Duration),
    Wall(Instant),
}

impl Clock {
    fn now() -> Self {
        Self::processor().map_or_else(|| Self::Wall(Instant::now()), Self::Processor)
    }

    fn elapsed(&self) -> Duration {
        match self {
            Self::Processor(started) => Self::processor().unwrap() - *started,
            Self::Wall(started) => started.elapsed(),
        }
    }

    fn processor() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let nanoseconds = text.split_whitespace().next()?.parse().ok()?;
        Some(Duration::from_nanos(nanoseconds))
    }
}

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
        ("all", 1, FramePace::Exact),
    ] {
        let options = FrameOptions::new().every(every).pace(pace);
        let mut stream = FrameProtector::new(Arc::clone(&protector), options).unwrap();
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|count| {
                let started = Clock::now();
                for _ in 0..count {
                    let mut frame = YuvMut::nv12(&mut bytes, SIZE.0, SIZE.1).unwrap();
                    stream.protect(&mut frame, Orientation::Upright).unwrap();
                }
                started.elapsed()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
