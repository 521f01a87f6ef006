//! Streams of frames: the same bytes as single frames, nothing flickers, nothing leaves unprotected.

use std::sync::Arc;

use confounder::{
    ErrorKind, FrameOptions, FramePace, FrameProtector, Orientation, ProtectOptions, Protector,
    ProtectorOptions, YuvMut,
};

use crate::common::{EPSILON, Noise, code_generator, luma_generator, read};

const SIZE: (u32, u32) = (320, 180);

fn protector() -> Arc<Protector> {
    let generator = read(&code_generator(Some(32))).unwrap();
    Arc::new(Protector::open(generator, ProtectorOptions::new()).unwrap())
}

fn exact() -> FrameOptions {
    FrameOptions::new().every(6).fade(4).pace(FramePace::Exact)
}

/// A picture of one of several scenes as NV12, without values near the ends.
fn scene(number: u64) -> Vec<u8> {
    let mut noise = Noise(number + 1);
    let (width, height) = (SIZE.0 as usize, SIZE.1 as usize);
    let tint = (number as usize * 37) % 60;
    let soft = |i: usize| 80 + tint + 30 * (i % width) / width + 25 * (i / width) / height;
    (0..width * height * 3 / 2)
        .map(|i| (soft(i) as f32 + 8.0 * noise.next()) as u8)
        .collect()
}

fn view(bytes: &mut [u8]) -> YuvMut<'_> {
    YuvMut::nv12(bytes, SIZE.0, SIZE.1).unwrap()
}

/// What a stream of scenes adds, frame by frame, and the frames themselves.
fn run(options: FrameOptions, scenes: &[u64]) -> (Vec<Vec<i16>>, Vec<Vec<u8>>) {
    let mut stream = FrameProtector::new(protector(), options).unwrap();
    let frames = scenes.iter().map(|&number| {
        let original = scene(number);
        let mut bytes = original.clone();
        stream
            .protect(&mut view(&mut bytes), Orientation::Upright)
            .unwrap();
        let added = bytes
            .iter()
            .zip(&original)
            .map(|(a, b)| i16::from(*a) - i16::from(*b));
        (added.collect(), bytes)
    });
    frames.unzip()
}

#[test]
fn the_first_frame_is_protected_as_a_single_one() {
    let mut bytes = scene(3);
    let options = ProtectOptions::new();
    protector()
        .protect_yuv(&mut view(&mut bytes), Orientation::Rotate90, &options)
        .unwrap();
    let mut stream = FrameProtector::new(protector(), FrameOptions::new()).unwrap();
    let mut frame = scene(3);
    let report = stream
        .protect(&mut view(&mut frame), Orientation::Rotate90)
        .unwrap();
    assert_eq!(frame, bytes);
    assert_eq!(
        (report.frame, report.residual_of, report.fading),
        (0, 0, false)
    );
}

/// A still scene gets the very same residual in every frame; between scenes it goes in steps no one sees.
#[test]
fn nothing_flickers() {
    let scenes: Vec<u64> = (0..40).map(|i| if i < 14 { 0 } else { 5 }).collect();
    let (added, _) = run(exact(), &scenes);
    let steps: Vec<i16> = added
        .windows(2)
        .map(|pair| {
            pair[0]
                .iter()
                .zip(&pair[1])
                .map(|(a, b)| (a - b).abs())
                .max()
                .unwrap()
        })
        .collect();
    // Twice the bound in four steps, and one for the dither.
    let most = (2.0 * EPSILON * 255.0 / 4.0).ceil() as i16 + 1;
    assert!(steps.iter().all(|&step| step <= most), "{steps:?}");
    assert!(steps[..13].iter().all(|&step| step == 0), "{steps:?}");
    assert!(
        steps.iter().any(|&step| step > 0),
        "the scenes get the same residual"
    );
    let bound = (EPSILON * 255.0).ceil() as i16;
    assert!(added.iter().flatten().all(|d| d.abs() <= bound));
}

/// After a cut, `2 * every + fade` frames later at most, a frame is what a single one would be.
#[test]
fn follows_what_is_seen() {
    let scenes: Vec<u64> = (0..30).map(|i| if i < 7 { 0 } else { 5 }).collect();
    let (_, frames) = run(exact(), &scenes);
    let mut single = scene(5);
    let options = ProtectOptions::new();
    protector()
        .protect_yuv(&mut view(&mut single), Orientation::Upright, &options)
        .unwrap();
    assert_eq!(frames[7 + 2 * 6 + 4], single);
    assert_ne!(frames[8], single);
}

#[test]
fn exact_streams_give_the_same_bytes() {
    let scenes: Vec<u64> = (0..25).map(|i| i / 5).collect();
    assert_eq!(run(exact(), &scenes).1, run(exact(), &scenes).1);
}

/// Live, a residual comes when it is ready; it does come.
#[test]
fn live_streams_follow() {
    let options = FrameOptions::new().every(2).fade(1);
    let mut stream = FrameProtector::new(protector(), options).unwrap();
    let original = scene(1);
    for _ in 0..500 {
        let mut bytes = original.clone();
        let report = stream
            .protect(&mut view(&mut bytes), Orientation::Upright)
            .unwrap();
        assert_ne!(bytes, original);
        if report.residual_of > 0 {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("no second residual in 500 frames");
}

#[test]
fn another_shape_begins_anew() {
    let mut stream = FrameProtector::new(protector(), exact()).unwrap();
    let options = ProtectOptions::new();
    let shapes: [(u64, Orientation, (u32, u32)); 4] = [
        (0, Orientation::Upright, (320, 180)),
        (1, Orientation::Rotate270, (320, 180)),
        (2, Orientation::Rotate270, (64, 48)),
        (3, Orientation::Upright, (1, 1)),
    ];
    for (number, orientation, size) in shapes {
        let length =
            (size.0 * size.1) as usize + 2 * (size.0.div_ceil(2) * size.1.div_ceil(2)) as usize;
        let mut single = scene(number)[..length].to_vec();
        let mut frame = single.clone();
        let mut pixels = YuvMut::i420(&mut single, size.0, size.1).unwrap();
        protector()
            .protect_yuv(&mut pixels, orientation, &options)
            .unwrap();
        let mut pixels = YuvMut::i420(&mut frame, size.0, size.1).unwrap();
        let report = stream.protect(&mut pixels, orientation).unwrap();
        assert_eq!((report.frame, report.residual_of), (number, number));
        assert_eq!(frame, single, "{size:?} {orientation:?}");
    }
}

#[test]
fn options_and_generators_are_checked() {
    for options in [
        FrameOptions::new().every(0),
        FrameOptions::new().fade(0),
        FrameOptions::new().every(100_001),
    ] {
        let error = FrameProtector::new(protector(), options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOptions);
    }
    let luma = Protector::open(read(&luma_generator()).unwrap(), ProtectorOptions::new()).unwrap();
    let error = FrameProtector::new(Arc::new(luma), FrameOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions);
}
