//! A stream of frames allocates nothing on the thread of the frames. A program of its own: it counts by an allocator.
#![cfg(feature = "bundled-generator")]
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use confounder::{
    ChromaPlanes, FrameOptions, FramePace, FrameProtector, Orientation, Protector,
    ProtectorOptions, SampleDepth, YuvFormat, YuvMut,
};

const WIDTH: usize = 640;
const HEIGHT: usize = 360;

/// Views of the same memory, one for each way the samples may lie.
type Layout = fn(&mut [u8]) -> YuvMut<'_>;

const LAYOUTS: [(&str, Layout); 4] = [
    ("NV12", |bytes| {
        YuvMut::nv12(bytes, WIDTH as u32, HEIGHT as u32).unwrap()
    }),
    ("I420", |bytes| {
        YuvMut::i420(bytes, WIDTH as u32, HEIGHT as u32).unwrap()
    }),
    ("P010", |bytes| {
        YuvMut::p010(bytes, WIDTH as u32, HEIGHT as u32).unwrap()
    }),
    ("padded, two bytes from sample to sample", padded),
];

fn padded(bytes: &mut [u8]) -> YuvMut<'_> {
    let (luma, chroma) = bytes.split_at_mut(WIDTH * HEIGHT);
    let (cb, cr) = chroma.split_at_mut(chroma.len() / 2);
    let planes = ChromaPlanes::Separate {
        cb,
        cr,
        row_stride: WIDTH + 64,
        pixel_stride: 2,
    };
    let format = YuvFormat::new().depth(SampleDepth::Eight);
    YuvMut::new(
        (WIDTH as u32, HEIGHT as u32),
        luma,
        (WIDTH, 1),
        planes,
        format,
    )
    .unwrap()
}

#[test]
fn no_frame_allocates() {
    let protector = Arc::new(Protector::bundled(ProtectorOptions::new()).unwrap());
    for (name, layout) in LAYOUTS {
        for pace in [FramePace::Live, FramePace::Exact] {
            let options = FrameOptions::new().every(3).fade(2).pace(pace);
            let mut stream = FrameProtector::new(Arc::clone(&protector), options).unwrap();
            let mut bytes = vec![100; WIDTH * HEIGHT * 4];
            let mut protect = || {
                stream
                    .protect(&mut layout(&mut bytes), Orientation::Rotate90)
                    .unwrap()
                    .residual_of
            };
            // Until the first residual after that of the first frame is in use, locks and buffers come into being.
            while protect() == 0 {
                std::thread::yield_now();
            }
            let mut newest = 0;
            let counted = allocation_counter::measure(|| {
                for _ in 0..60 {
                    newest = protect();
                }
            });
            assert!(newest > 0);
            assert_eq!(counted.count_total, 0, "{name}, {pace:?}: {counted:?}");
        }
    }
}
