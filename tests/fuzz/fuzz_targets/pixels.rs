//! Any view of pixels in memory: an error, or every colour sample within the bound and every other byte untouched.

#![no_main]

use confounder::{
    Orientation, PixelLayout, PixelsMut, ProtectOptions, Residual, Strength,
};
use confounder_fuzz::{abort_on_our_panics, limits, protector};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

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

struct View {
    width: u32,
    height: u32,
    stride: usize,
    layout: PixelLayout,
    orientation: Orientation,
    strength: Strength,
    /// Added as it is; `None`: the generator makes one.
    residual: Option<Residual>,
    bytes: Vec<u8>,
}

impl View {
    fn read(input: &mut Unstructured<'_>) -> Result<Self> {
        let layout = *input.choose(&LAYOUTS)?;
        let wild = input.ratio(1u8, 8u8)?;
        let (width, height) = if wild {
            (input.arbitrary()?, input.arbitrary()?)
        } else {
            (input.int_in_range(0..=300)?, input.int_in_range(0..=300)?)
        };
        let row = (width as usize).saturating_mul(layout.bytes_per_pixel());
        let stride = if wild {
            input.arbitrary()?
        } else {
            (row + input.int_in_range(0..=40)?).saturating_sub(4)
        };
        let orientation = Orientation::from_exif(input.int_in_range(1..=8)?).unwrap_or_default();
        let strength =
            Strength::new(f32::from(input.int_in_range(0u8..=15)?) / 10.0).unwrap_or_default();
        // The generator of the fuzz targets refuses gray.
        let residual = if layout.is_gray() || input.ratio(1u8, 4u8)? {
            Some(residual(input)?)
        } else {
            None
        };
        let slack: usize = input.int_in_range(0..=8)?;
        let needed = stride
            .saturating_mul((height as usize).saturating_sub(1))
            .saturating_add(row);
        let length = needed.saturating_add(slack).saturating_sub(4).min(1 << 20);
        let pattern: Vec<u8> = input.bytes(input.len().min(4096))?.to_vec();
        let bytes = if pattern.is_empty() {
            vec![128; length]
        } else {
            pattern.iter().copied().cycle().take(length).collect()
        };
        Ok(Self {
            width,
            height,
            stride,
            layout,
            orientation,
            strength,
            residual,
            bytes,
        })
    }

    /// Where the pixels begin.
    fn pixels(&self) -> impl Iterator<Item = usize> {
        let (pixel, stride) = (self.layout.bytes_per_pixel(), self.stride);
        let columns = 0..self.width as usize;
        (0..self.height as usize)
            .flat_map(move |y| columns.clone().map(move |x| y * stride + x * pixel))
    }
}

/// A residual of up to 40 x 40 with numbers up to its bound, both ends included.
fn residual(input: &mut Unstructured<'_>) -> Result<Residual> {
    let (width, height) = (input.int_in_range(1..=40)?, input.int_in_range(1..=40)?);
    let epsilon = f32::from(input.int_in_range(1u8..=255)?) / 255.0;
    let seeds: [i8; 16] = input.arbitrary()?;
    let value = |i: usize| f32::from(seeds[i * 7 % 16].max(-127)) / 127.0 * epsilon;
    let planes = (0..3 * width * height).map(value).collect();
    Ok(confounder::research::residual(width, height, epsilon, planes).expect("numbers within the bound"))
}

/// The value of a sample.
fn sample(bytes: &[u8], layout: PixelLayout) -> u16 {
    match (layout.peak(), bytes) {
        (255, [value]) => (*value).into(),
        (_, &[a, b]) => u16::from_ne_bytes([a, b]),
        _ => unreachable!("a sample is one byte or two"),
    }
}

fuzz_target!(init: abort_on_our_panics(), |input: &[u8]| {
    let Ok(view) = View::read(&mut Unstructured::new(input)) else {
        return;
    };
    let layout = view.layout;
    let mut bytes = view.bytes.clone();
    let Ok(mut pixels) = PixelsMut::new(&mut bytes, view.width, view.height, view.stride, layout) else {
        return;
    };
    let epsilon = match &view.residual {
        Some(residual) => {
            confounder::research::blend_residual(&mut pixels, residual, view.strength).expect("no limits apply");
            residual.epsilon()
        }
        None => {
            let options = ProtectOptions::new().limits(limits()).strength(view.strength);
            if protector().protect_pixels_oriented(&mut pixels, view.orientation, &options).is_err() {
                return;
            }
            protector().generator().epsilon()
        }
    };
    let bound = (f64::from(layout.peak()) * f64::from(epsilon) * f64::from(view.strength.get())).ceil() as u16;
    let size = layout.bytes_per_pixel() / layout.samples_per_pixel();
    let colours = if layout.is_gray() { 1 } else { 3 };
    // What may have changed is put back; then all must be as before.
    for at in view.pixels() {
        let alpha = at + colours * size;
        if layout.has_alpha() && sample(&view.bytes[alpha..alpha + size], layout) == 0 {
            continue;
        }
        for place in (at..alpha).step_by(size) {
            let place = place..place + size;
            let before = sample(&view.bytes[place.clone()], layout);
            let after = sample(&bytes[place.clone()], layout);
            assert!(before.abs_diff(after) <= bound, "{place:?}: {before} became {after}, bound {bound}");
            bytes[place.clone()].copy_from_slice(&view.bytes[place]);
        }
    }
    assert!(bytes == view.bytes, "alpha, padding or a transparent pixel changed");
});
