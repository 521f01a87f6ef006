//! Planar frames against the same photo in RGB, and the ranges against each other.

use confounder::{
    ChromaPlanes, ChromaSampling, Orientation, PixelLayout, PixelsMut, ProtectOptions, Protector,
    ProtectorOptions, YuvFormat, YuvMut, YuvRange,
};

use crate::common::{Noise, code_generator, read};

fn protector() -> Protector {
    Protector::open(
        read(&code_generator(Some(32))).unwrap(),
        ProtectorOptions::new(),
    )
    .unwrap()
}

/// JFIF (ITU-T T.871, 7), not rounded.
fn to_yuv(rgb: &[u8]) -> [Vec<f64>; 3] {
    let (pixels, _) = rgb.as_chunks::<3>();
    let row = |weights: [f64; 3], zero: f64| -> Vec<f64> {
        let value = |p: &[u8; 3]| {
            zero + p
                .iter()
                .zip(weights)
                .map(|(&v, w)| f64::from(v) * w)
                .sum::<f64>()
        };
        pixels.iter().map(value).collect()
    };
    [
        row([0.299, 0.587, 0.114], 0.0),
        row([-0.299 / 1.772, -0.587 / 1.772, 0.5], 128.0),
        row([0.5, -0.587 / 1.402, -0.114 / 1.402], 128.0),
    ]
}

/// Protecting RGB and converting it gives what converting it and protecting that gives, but for rounding.
#[test]
fn planar_and_interleaved_agree() {
    const SIDE: usize = 128;
    let mut noise = Noise(4);
    let rgb: Vec<u8> = (0..SIDE * SIDE * 3)
        .map(|i| {
            (60.0
                + 80.0 * (i / 3 % SIDE) as f32 / SIDE as f32
                + 20.0 * ((i % 3) as f32 + noise.next())) as u8
        })
        .collect();
    for orientation in [
        Orientation::Upright,
        Orientation::Rotate90,
        Orientation::FlipVertical,
    ] {
        let mut protected = rgb.clone();
        let mut pixels = PixelsMut::new(
            &mut protected,
            SIDE as u32,
            SIDE as u32,
            SIDE * 3,
            PixelLayout::Rgb8,
        )
        .unwrap();
        protector()
            .protect_pixels_oriented(&mut pixels, orientation, &ProtectOptions::new())
            .unwrap();
        let [_, cb, cr] = to_yuv(&protected);

        let planes =
            to_yuv(&rgb).map(|plane| plane.iter().map(|v| v.round() as u8).collect::<Vec<u8>>());
        let [luma, mut own_cb, mut own_cr] = planes.clone();
        let chroma = ChromaPlanes::Separate {
            cb: &mut own_cb,
            cr: &mut own_cr,
            row_stride: SIDE,
            pixel_stride: 1,
        };
        let format = YuvFormat::new().sampling(ChromaSampling::S444);
        let mut frame =
            YuvMut::new((SIDE as u32, SIDE as u32), &luma, (SIDE, 1), chroma, format).unwrap();
        protector()
            .protect_yuv(&mut frame, orientation, &ProtectOptions::new())
            .unwrap();
        let mut moved = 0.0f64;
        for (own, other, before) in [(&own_cb, &cb, &planes[1]), (&own_cr, &cr, &planes[2])] {
            for window in 0..(SIDE / 16) * (SIDE / 16) {
                let (left, top) = (window % (SIDE / 16) * 16, window / (SIDE / 16) * 16);
                let inside = || (0..256).map(|i| (top + i / 16) * SIDE + left + i % 16);
                let mean = |value: &dyn Fn(usize) -> f64| inside().map(value).sum::<f64>() / 256.0;
                let (own, other) = (mean(&|i| f64::from(own[i])), mean(&|i| other[i]));
                assert!(
                    (own - other).abs() < 0.2,
                    "{orientation:?} at {left}, {top}: {own} and {other}"
                );
                moved = moved.max((own - mean(&|i| f64::from(before[i]))).abs());
            }
        }
        assert!(
            moved > 1.0,
            "the residual moved no window by more than {moved}"
        );
    }
}

/// Video range has 224 steps of chroma where full range has 255.
#[test]
fn limited_range_takes_smaller_steps() {
    const SIDE: usize = 96;
    let grey = vec![120u8; SIDE * SIDE];
    let moved = [YuvRange::Full, YuvRange::Limited].map(|range| {
        let (mut cb, mut cr) = (vec![128u8; SIDE * SIDE], vec![128u8; SIDE * SIDE]);
        let chroma = ChromaPlanes::Separate {
            cb: &mut cb,
            cr: &mut cr,
            row_stride: SIDE,
            pixel_stride: 1,
        };
        let format = YuvFormat::new().sampling(ChromaSampling::S444).range(range);
        // The same gray in both ranges, so that the generator sees the same.
        let luma: Vec<u8> = match range {
            YuvRange::Full => grey.clone(),
            _ => grey
                .iter()
                .map(|&v| (16.0 + f32::from(v) * 219.0 / 255.0).round() as u8)
                .collect(),
        };
        let mut frame =
            YuvMut::new((SIDE as u32, SIDE as u32), &luma, (SIDE, 1), chroma, format).unwrap();
        protector()
            .protect_yuv(&mut frame, Orientation::Upright, &ProtectOptions::new())
            .unwrap();
        cb.iter()
            .chain(&cr)
            .map(|&v| (f64::from(v) - 128.0).abs())
            .sum::<f64>()
    });
    let ratio = moved[1] / moved[0];
    assert!((ratio - 224.0 / 255.0).abs() < 0.03, "{ratio}");
}
