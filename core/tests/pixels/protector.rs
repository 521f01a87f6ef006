//! The whole path on pixels in memory.

use confounder::{
    CancelToken, EngineKind, ErrorKind, Limits, Orientation, PixelLayout, Pixels, PixelsMut,
    ProtectOptions, Protector, ProtectorOptions, Report, Strength,
};
use proptest::prelude::*;

use crate::common::{EPSILON, Noise, code_generator, read};

fn protector(side: Option<usize>) -> Protector {
    Protector::open(
        read(&code_generator(side)).unwrap(),
        ProtectorOptions::new(),
    )
    .unwrap()
}

fn protect(
    protector: &Protector,
    photo: &mut [u8],
    (width, height): (u32, u32),
    options: &ProtectOptions,
) -> Report {
    let mut pixels =
        PixelsMut::new(photo, width, height, width as usize * 3, PixelLayout::Rgb8).unwrap();
    protector.protect_pixels(&mut pixels, options).unwrap()
}

#[test]
fn reports_what_was_done() {
    let before = Noise(1).samples(300 * 200 * 3);
    let mut after = before.clone();
    let report = protect(
        &protector(None),
        &mut after,
        (300, 200),
        &ProtectOptions::new(),
    );
    assert_eq!(
        (report.width, report.height, report.grid, report.engine),
        (300, 200, (96, 64), EngineKind::Cpu)
    );
    let squared: f64 = before
        .iter()
        .zip(&after)
        .map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2))
        .sum();
    let psnr = 10.0 * (255.0f64.powi(2) * before.len() as f64 / squared).log10();
    assert!(
        (report.psnr_db.unwrap() - psnr).abs() < 1e-9,
        "{:?} {psnr}",
        report.psnr_db
    );
    assert!(psnr > 30.0 && psnr < 60.0, "{psnr}");
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let before = Noise(2).samples(333 * 211 * 3);
    let results = [1, 2, 4].map(|threads| {
        let generator = read(&code_generator(Some(64))).unwrap();
        let protector =
            Protector::open(generator, ProtectorOptions::new().threads(threads)).unwrap();
        let mut photo = before.clone();
        protect(&protector, &mut photo, (333, 211), &ProtectOptions::new());
        photo
    });
    assert_ne!(results[0], before);
    assert!(results.iter().all(|result| *result == results[0]));
}

#[test]
fn threads_share_one_protector() {
    let protector = protector(None);
    // Sizes whose grids differ, more of them than models are kept for.
    let sizes: [(u32, u32); 6] = [(80, 60), (60, 80), (90, 50), (50, 90), (64, 64), (200, 50)];
    let run = |(width, height): (u32, u32)| {
        let mut photo = Noise(3).samples((width * height * 3) as usize);
        protect(
            &protector,
            &mut photo,
            (width, height),
            &ProtectOptions::new(),
        );
        photo
    };
    let alone = sizes.map(run);
    std::thread::scope(|scope| {
        let threads = [0, 1, 2].map(|_| scope.spawn(|| sizes.map(run)));
        for thread in threads {
            assert_eq!(thread.join().unwrap(), alone);
        }
    });
}

#[test]
fn strength_nought_changes_nothing() {
    let before = Noise(4).samples(50 * 50 * 3);
    let mut after = before.clone();
    let options = ProtectOptions::new().strength(Strength::new(0.0).unwrap());
    assert_eq!(
        protect(&protector(Some(32)), &mut after, (50, 50), &options).psnr_db,
        None
    );
    assert_eq!(before, after);
}

/// A photo with a bright corner, so that which way is up matters.
fn lopsided((width, height): (usize, usize)) -> Vec<u8> {
    let mut photo = Noise(5).samples(width * height * 3);
    for y in 0..height / 2 {
        photo[y * width * 3..y * width * 3 + width].fill(255);
    }
    photo
}

#[test]
fn the_generator_sees_every_orientation_upright() {
    let protector = protector(Some(64));
    let (width, height) = (96usize, 64usize);
    let upright = lopsided((width, height));
    let view = Pixels::new(&upright, 96, 64, width * 3, PixelLayout::Rgb8).unwrap();
    let expected = protector.residual(&view, Orientation::Upright).unwrap();
    // Stored turned by 90 degrees: the upright pixel (x, y) lies at (y, width - 1 - x).
    let mut stored = vec![0; upright.len()];
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        let (sx, sy) = (y, width - 1 - x);
        stored[(sy * height + sx) * 3..][..3].copy_from_slice(&upright[(y * width + x) * 3..][..3]);
    }
    let view = Pixels::new(&stored, 64, 96, height * 3, PixelLayout::Rgb8).unwrap();
    let turned = protector.residual(&view, Orientation::Rotate90).unwrap();
    assert_eq!((turned.width(), turned.height()), (4, 4));
    for (y, x) in (0..4).flat_map(|y| (0..4).map(move |x| (y, x))) {
        let (a, b) = (
            expected.plane(0)[y * 4 + x],
            turned.plane(0)[(3 - x) * 4 + y],
        );
        assert!((a - b).abs() < 1e-5, "({x}, {y}): {a} {b}");
    }
}

#[test]
fn a_cancelled_call_changes_nothing() {
    let cancel = CancelToken::new();
    cancel.cancel();
    let before = Noise(6).samples(40 * 40 * 3);
    let mut after = before.clone();
    let mut pixels = PixelsMut::new(&mut after, 40, 40, 120, PixelLayout::Rgb8).unwrap();
    let error = protector(Some(32))
        .protect_pixels(&mut pixels, &ProtectOptions::new().cancel(cancel))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(before, after);
}

#[test]
fn limits_and_options_are_checked() {
    let protector = protector(Some(32));
    let mut photo = vec![0; 40 * 30 * 3];
    let mut pixels = PixelsMut::new(&mut photo, 40, 30, 120, PixelLayout::Rgb8).unwrap();
    for limits in [
        Limits::new().max_pixels(1199),
        Limits::new().max_size(39, 30),
        Limits::new().max_size(40, 29),
    ] {
        let error = protector
            .protect_pixels(&mut pixels, &ProtectOptions::new().limits(limits))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded, "{error}");
    }
    let error = protector
        .protect_pixels(&mut pixels, &ProtectOptions::new().quality(0))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions);
    for threads in [0, 1025] {
        let options = ProtectorOptions::new().threads(threads);
        let error = Protector::open(protector.generator().clone(), options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidOptions);
    }
}

#[cfg(feature = "bundled-generator")]
#[test]
fn the_bundled_generator_keeps_its_bound() {
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    let bound = (255.0 * f64::from(protector.generator().epsilon())).ceil();
    let before = Noise(8).samples(400 * 300 * 3);
    let mut after = before.clone();
    let report = protect(&protector, &mut after, (400, 300), &ProtectOptions::new());
    let largest = before
        .iter()
        .zip(&after)
        .map(|(&a, &b)| a.abs_diff(b))
        .max()
        .unwrap();
    assert!(f64::from(largest) <= bound, "{largest} > {bound}");
    assert!(
        report.psnr_db.is_some(),
        "the bundled generator does nothing"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn the_bound_holds_for_any_frame(
        (width, height) in (1u32..90, 1u32..90), layout in 0usize..3, pad in 0usize..7, strength in 0.0f32..1.5, seed in 1u64..,
    ) {
        let layout = [PixelLayout::Rgb8, PixelLayout::Rgba8, PixelLayout::Bgra8][layout];
        let size = layout.bytes_per_pixel();
        let stride = width as usize * size + pad;
        let before = Noise(seed).samples(stride * height as usize - pad);
        let mut after = before.clone();
        let mut pixels = PixelsMut::new(&mut after, width, height, stride, layout).unwrap();
        let options = ProtectOptions::new().strength(Strength::new(strength).unwrap());
        protector(Some(32)).protect_pixels(&mut pixels, &options).unwrap();
        // A hair less than the bound itself, which may sit just above an integer.
        let bound = (255.0 * f64::from(EPSILON) * f64::from(strength) - 1e-4).ceil();
        for (i, (&a, &b)) in before.iter().zip(&after).enumerate() {
            let column = i % stride;
            let free = column >= width as usize * size || (size == 4 && column % 4 == 3);
            prop_assert!(f64::from(a.abs_diff(b)) <= if free { 0.0 } else { bound }, "sample {}: {} {}", i, a, b);
        }
    }
}
