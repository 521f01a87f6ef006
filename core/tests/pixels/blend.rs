//! The blend against its definition, written plainly in 64-bit floats.

use confounder::research::{blend_residual, residual};
use confounder::{PixelLayout, PixelsMut, Residual, Strength};
use proptest::prelude::*;

use crate::common::Noise;

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
    residual(w, h, epsilon, planes).unwrap()
}

const LAYOUTS: [PixelLayout; 9] = [
    PixelLayout::Rgb8,
    PixelLayout::Rgba8,
    PixelLayout::Bgra8,
    PixelLayout::Gray8,
    PixelLayout::GrayAlpha8,
    PixelLayout::Rgb16,
    PixelLayout::Rgba16,
    PixelLayout::Gray16,
    PixelLayout::GrayAlpha16,
];

/// Sample `i` of a row, at any address.
fn sample(row: &[u8], layout: PixelLayout, i: usize) -> u16 {
    match layout.peak() {
        255 => row[i].into(),
        _ => u16::from_ne_bytes([row[2 * i], row[2 * i + 1]]),
    }
}

/// The residual of one sample of a pixel, in 0..1 units; `None` for alpha.
fn expected(
    residual: &Residual,
    layout: PixelLayout,
    channel: usize,
    at: (usize, usize),
    size: (usize, usize),
) -> Option<f64> {
    let coarse = (residual.width(), residual.height());
    let plane = |c: usize| resize(residual.plane(c), coarse, at, size);
    if layout.has_alpha() && channel == layout.samples_per_pixel() - 1 {
        return None;
    }
    Some(match layout {
        _ if layout.is_gray() => 0.299 * plane(0) + 0.587 * plane(1) + 0.114 * plane(2),
        PixelLayout::Bgra8 => plane(2 - channel),
        _ => plane(channel),
    })
}

proptest! {
    /// With a threshold 0 <= t < 1, floor(sample + d + t) is floor(sample + d) or one more, whatever t is.
    #[test]
    fn every_sample_is_the_reference_rounded_down_or_up(
        (width, height) in (1usize..70, 1usize..50), (w, h) in (1usize..9, 1usize..9), layout in 0usize..9,
        (shift, pad) in (0usize..3, 0usize..5), strength in 0.0f32..1.5, epsilon in 0.001f32..0.25, seed in 1u64..,
    ) {
        let mut noise = Noise(seed);
        let residual = noise_residual(&mut noise, (w, h), epsilon);
        let layout = LAYOUTS[layout];
        let (samples, peak) = (layout.samples_per_pixel(), f64::from(layout.peak()));
        // Rows begin at any address and are padded to any length.
        let stride = width * layout.bytes_per_pixel() + pad;
        let before = noise.samples(stride * height + shift);
        let mut after = before.clone();
        let mut pixels = PixelsMut::new(&mut after[shift..], width as u32, height as u32, stride, layout).unwrap();
        let change = blend_residual(&mut pixels, &residual, Strength::new(strength).unwrap()).unwrap();
        prop_assert_eq!(&after[..shift], &before[..shift]);
        let (mut squared, mut colours) = (0, 0);
        for y in 0..height {
            let start = shift + y * stride;
            let (old, new) = (&before[start..start + stride], &after[start..start + stride]);
            prop_assert_eq!(&new[stride - pad..], &old[stride - pad..], "padding");
            for i in 0..width * samples {
                let (a, b) = (sample(old, layout, i), sample(new, layout, i));
                let alpha = sample(old, layout, i / samples * samples + samples - 1);
                let step = expected(&residual, layout, i % samples, (i / samples, y), (width, height));
                colours += u64::from(step.is_some());
                let step = step.filter(|_| !layout.has_alpha() || alpha != 0);
                let Some(step) = step else {
                    prop_assert_eq!(a, b);
                    continue;
                };
                let exact = f64::from(a) + peak * f64::from(strength) * step;
                // 14 bits after the point, rounded a few times over, where samples have 16 bits.
                let slack = if peak > 255.0 { 0.02 } else { 1e-3 };
                let low = (exact - slack).floor().clamp(0.0, peak);
                let high = (exact + slack).ceil().clamp(0.0, peak);
                prop_assert!((low..=high).contains(&f64::from(b)), "({}, {}): {} -> {} became {}", i, y, a, exact, b);
                squared += u64::from(a.abs_diff(b)).pow(2);
            }
        }
        prop_assert_eq!((change.squared, change.samples, change.peak), (squared, colours, layout.peak()));
    }

    /// Not by a single step more than ceil(peak * epsilon * strength), where that product is a whole number.
    #[test]
    fn the_bound_is_exact(layout in 0usize..9, epsilon in 1u16..64, seed in 1u64..) {
        let layout = LAYOUTS[layout];
        let epsilon = f32::from(epsilon) / 255.0;
        let mut noise = Noise(seed);
        let planes = (0..3 * 9).map(|_| epsilon * noise.next().signum()).collect();
        let residual = residual(3, 3, epsilon, planes).unwrap();
        let (width, height) = (97, 31);
        let stride = width * layout.bytes_per_pixel();
        let mut before = noise.samples(stride * height);
        before.iter_mut().for_each(|b| *b = (*b).max(1));
        let mut after = before.clone();
        let mut pixels = PixelsMut::new(&mut after, width as u32, height as u32, stride, layout).unwrap();
        blend_residual(&mut pixels, &residual, Strength::default()).unwrap();
        let bound = (f64::from(layout.peak()) * f64::from(epsilon)).ceil();
        let count = width * height * layout.samples_per_pixel();
        let largest = (0..count).map(|i| sample(&before, layout, i).abs_diff(sample(&after, layout, i))).max();
        prop_assert!(f64::from(largest.unwrap()) <= bound, "{:?} > {}", largest, bound);
    }
}

/// Nobody sees the colour of a fully transparent pixel, and it must not come to carry anything.
#[test]
fn fully_transparent_pixels_stay() {
    for layout in LAYOUTS.into_iter().filter(|layout| layout.has_alpha()) {
        let size = layout.bytes_per_pixel();
        let alpha_at = size - size / layout.samples_per_pixel();
        let mut photo = vec![100u8; 64 * size];
        // One transparent pixel among opaque ones, a transparent block, and a nearly transparent pixel.
        let transparent: Vec<usize> = std::iter::once(3).chain(16..40).collect();
        for &x in &transparent {
            photo[x * size + alpha_at..(x + 1) * size].fill(0);
        }
        photo[50 * size + alpha_at] = 1;
        let before = photo.clone();
        let mut pixels = PixelsMut::new(&mut photo, 64, 1, 64 * size, layout).unwrap();
        let residual = residual(1, 1, 0.1, vec![0.1; 3]).unwrap();
        blend_residual(&mut pixels, &residual, Strength::default()).unwrap();
        for x in 0..64 {
            let same = before[x * size..(x + 1) * size] == photo[x * size..(x + 1) * size];
            assert_eq!(same, transparent.contains(&x), "{layout:?} at {x}");
        }
    }
}

/// The same photo and residual at 8 and at 16 bits are as far from the original, in decibels.
#[test]
fn decibels_compare_between_depths() {
    let residual = noise_residual(&mut Noise(9), (4, 4), 0.05);
    let db = [PixelLayout::Rgb8, PixelLayout::Rgb16].map(|layout| {
        let mut photo = vec![128u8; 200 * 200 * layout.bytes_per_pixel()];
        let stride = 200 * layout.bytes_per_pixel();
        let mut pixels = PixelsMut::new(&mut photo, 200, 200, stride, layout).unwrap();
        let change = blend_residual(&mut pixels, &residual, Strength::default()).unwrap();
        change.psnr_db().unwrap()
    });
    assert!((db[0] - db[1]).abs() < 0.1, "{db:?}");
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
        let residual = residual(1, 1, 0.1, vec![steps / 255.0; 3]).unwrap();
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
    let residual = residual(1, 1, 1.0, vec![1.0; 3]).unwrap();
    let change = blend_residual(&mut pixels, &residual, Strength::default()).unwrap();
    assert_eq!(change.squared, 255 * 255 * 3 * WIDTH as u64);
    assert_eq!(change.psnr_db(), Some(0.0));
}
