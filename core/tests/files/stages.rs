//! The hook for stages: each in its order, on the caller's thread, and it can end the call.

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};
use std::thread;

use confounder::{
    ErrorKind, JpegMethod, Orientation, PixelLayout, PixelsMut, ProtectOptions, Protector,
    ProtectorOptions, Stage, YuvMut,
};
use image::{ImageFormat, RgbImage};

use crate::common::{code_generator, read};

fn protector() -> Protector {
    // A pool of its own: the hook must not be called there.
    let options = ProtectorOptions::new().threads(2);
    Protector::open(read(&code_generator(Some(32))).unwrap(), options).unwrap()
}

fn photo(format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 4, 90]));
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Options whose hook notes stages and ends the call at the one given.
fn noting(end: Option<Stage>) -> (ProtectOptions, Arc<Mutex<Vec<Stage>>>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (caller, notes) = (thread::current().id(), Arc::clone(&seen));
    let options = ProtectOptions::new().on_stage(move |stage| {
        assert_eq!(thread::current().id(), caller);
        notes.lock().unwrap().push(stage);
        if end == Some(stage) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    (options, seen)
}

#[test]
fn stages_come_in_their_order() {
    use Stage::{Blend, Decode, Encode, Generator};
    let protector = protector();
    for (format, method) in [
        (ImageFormat::Png, JpegMethod::Auto),
        (ImageFormat::Jpeg, JpegMethod::Coefficients),
        (ImageFormat::Jpeg, JpegMethod::Reencode),
    ] {
        let (options, seen) = noting(None);
        protector
            .protect_bytes(&photo(format), &options.jpeg(method))
            .unwrap();
        assert_eq!(*seen.lock().unwrap(), [Decode, Generator, Blend, Encode]);
    }
    let (options, seen) = noting(None);
    let mut bytes = vec![90; 64 * 48 * 4];
    let mut pixels = PixelsMut::new(&mut bytes, 64, 48, 256, PixelLayout::Rgba8).unwrap();
    protector.protect_pixels(&mut pixels, &options).unwrap();
    let mut frame = YuvMut::nv12(&mut bytes, 64, 48).unwrap();
    protector
        .protect_yuv(&mut frame, Orientation::Upright, &options)
        .unwrap();
    assert_eq!(*seen.lock().unwrap(), [Generator, Blend, Generator, Blend]);
}

#[test]
fn every_stage_can_end_the_call() {
    let protector = protector();
    for end in [Stage::Decode, Stage::Generator, Stage::Blend, Stage::Encode] {
        for format in [ImageFormat::Png, ImageFormat::Jpeg] {
            let (options, seen) = noting(Some(end));
            let error = protector
                .protect_bytes(&photo(format), &options)
                .unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Cancelled);
            assert_eq!(seen.lock().unwrap().last(), Some(&end));
        }
    }
}
