//! The blend against its definition, written plainly in 64-bit floats.
#![allow(clippy::unwrap_used)]

mod common;

use common::Noise;
use confounder::{PixelLayout, PixelsMut, Residual, Strength, blend_residual};
use proptest::prelude::*;

/// Bilinear, half-pixel centres, clamped edges: `Resize` of ONNX, mode `linear`, `half_pixel`.
fn resize(
    plane: &[f32],
    (w, h): (usize, usize),
    (x, y): (usize, usize),
    (width, height): (usize, usize),
) -> f64 {
    let along = |i: usize, from: usize, to: usize| {
        let centre = (i as f64 + 0.5) * from as f64 / to as f64 - 0.5;
        let left = centre.floor();
        let clamp = |v: f64| v.clamp(0.0, (from - 1) as f64) as usize;
        (clamp(left), clamp(left + 1.0), centre - left)
    };
    let ((x0, x1, fx), (y0, y1, fy)) = (along(x, w, width), along(y, h, height));
    let at = |x: usize, y: usize| f64::from(plane[y * w + x]);
    let upper = at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx;
    let lower = at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx;
    upper * (1.0 - fy) + lower * fy
}

fn noise_residual(noise: &mut Noise, (w, h): (usize, usize), epsilon: f32) -> Residual {
    let planes = (0..w * h * 3)
        .map(|_| noise.next() * 2.0 * epsilon)
        .collect();
    Residual::new(w, h, epsilon, planes).unwrap()
}

proptest! {
    /// With a threshold 0 < t < 1, floor(sample + d + t) is floor(sample + d) or one more, whatever t is.
    #[test]
    fn every_sample_is_the_reference_rounded_down_or_up(
        (width, height) in (1usize..70, 1usize..50), (w, h) in (1usize..9, 1usize..9), rgba: bool,
        strength in 0.0f32..1.5, epsilon in 0.001f32..0.25, seed in 1u64..,
    ) {
        let mut noise = Noise(seed);
        let residual = noise_residual(&mut noise, (w, h), epsilon);
        let layout = if rgba { PixelLayout::Bgra8 } else { PixelLayout::Rgb8 };
        let size = layout.bytes_per_pixel();
        let before = noise.samples(width * height * size);
        let mut after = before.clone();
        let mut pixels = PixelsMut::new(&mut after, width as u32, height as u32, width * size, layout).unwrap();
        let change = blend_residual(&mut pixels, &residual, Strength::new(strength).unwrap()).unwrap();
        let mut squared = 0;
        for (i, (&a, &b)) in before.iter().zip(&after).enumerate() {
            let (x, y) = (i / size % width, i / size / width);
            let step = match (rgba, i % size) {
                (true, 3) => 0.0,
                (true, c) => resize(residual.plane(2 - c), (w, h), (x, y), (width, height)),
                (false, c) => resize(residual.plane(c), (w, h), (x, y), (width, height)),
            };
            let exact = f64::from(a) + 255.0 * f64::from(strength) * step;
            let low = (exact - 1e-3).floor().clamp(0.0, 255.0);
            let high = (exact + 1e-3).ceil().clamp(0.0, 255.0);
            prop_assert!((low..=high).contains(&f64::from(b)), "({}, {}): {} + {} became {}", x, y, a, exact, b);
            squared += u64::from(a.abs_diff(b)).pow(2);
        }
        prop_assert_eq!((change.squared, change.samples), (squared, (width * height * 3) as u64));
    }
}

/// A residual far finer than one 8-bit step must neither vanish nor band: its mean survives in every small window.
#[test]
fn the_mean_of_a_faint_residual_is_kept_everywhere() {
    const SIDE: usize = 256;
    for steps in [0.05f32, 0.3, 0.5, 0.77, -0.4, 2.25] {
        let mut photo = vec![100u8; SIDE * SIDE * 3];
        let mut pixels = PixelsMut::new(
            &mut photo,
            SIDE as u32,
            SIDE as u32,
            SIDE * 3,
            PixelLayout::Rgb8,
        )
        .unwrap();
        let residual = Residual::new(1, 1, 0.1, vec![steps / 255.0; 3]).unwrap();
        blend_residual(&mut pixels, &residual, Strength::default()).unwrap();
        for (window, channel) in
            (0..SIDE / 16 * (SIDE / 16)).flat_map(|w| (0..3).map(move |c| (w, c)))
        {
            let (left, top) = (window % 16 * 16, window / 16 * 16);
            let inside =
                (0..256).map(|i| photo[((top + i / 16) * SIDE + left + i % 16) * 3 + channel]);
            let mean = inside.map(|v| f64::from(v) - 100.0).sum::<f64>() / 256.0;
            assert!(
                (mean - f64::from(steps)).abs() < 0.03,
                "{steps}: the window at {left}, {top} has mean {mean}"
            );
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let residual = noise_residual(&mut Noise(3), (5, 7), 0.05);
    let results = [1, 2, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let mut photo = Noise(4).samples(517 * 389 * 4);
        let mut pixels = PixelsMut::new(&mut photo, 517, 389, 517 * 4, PixelLayout::Rgba8).unwrap();
        let change = pool
            .install(|| blend_residual(&mut pixels, &residual, Strength::default()))
            .unwrap();
        (photo, change)
    });
    assert!(results.iter().all(|result| *result == results[0]));
}

/// A row longer than 2^16 pixels, at full contrast: the sums of squares must not overflow.
#[test]
fn long_rows_are_summed_whole() {
    const WIDTH: usize = 300_000;
    let mut photo = vec![0u8; WIDTH * 3];
    let mut pixels =
        PixelsMut::new(&mut photo, WIDTH as u32, 1, WIDTH * 3, PixelLayout::Rgb8).unwrap();
    let residual = Residual::new(1, 1, 1.0, vec![1.0; 3]).unwrap();
    let change = blend_residual(&mut pixels, &residual, Strength::default()).unwrap();
    assert_eq!(change.squared, 255 * 255 * 3 * WIDTH as u64);
    assert_eq!(change.psnr_db(), Some(0.0));
}
