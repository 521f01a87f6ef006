//! Any view of pixels in memory: an error, or every colour sample within the bound and every other byte untouched.

#![no_main]

use confounder::{Orientation, PixelLayout, PixelsMut, ProtectOptions, Strength};
use confounder_fuzz::{abort_on_our_panics, limits, protector};
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

const LAYOUTS: [PixelLayout; 3] = [PixelLayout::Rgb8, PixelLayout::Rgba8, PixelLayout::Bgra8];

struct View {
    width: u32,
    height: u32,
    stride: usize,
    layout: PixelLayout,
    orientation: Orientation,
    strength: Strength,
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
            bytes,
        })
    }

    /// Whether byte `i` may change: the samples R, G and B of pixels inside the view.
    fn may_change(&self, i: usize) -> bool {
        let (row, column) = (i / self.stride, i % self.stride);
        let pixel = self.layout.bytes_per_pixel();
        row < self.height as usize && column < self.width as usize * pixel && column % pixel < 3
    }
}

fuzz_target!(init: abort_on_our_panics(), |input: &[u8]| {
    let Ok(view) = View::read(&mut Unstructured::new(input)) else {
        return;
    };
    let mut bytes = view.bytes.clone();
    let Ok(mut pixels) = PixelsMut::new(&mut bytes, view.width, view.height, view.stride, view.layout) else {
        return;
    };
    let options = ProtectOptions::new().limits(limits()).strength(view.strength);
    if protector().protect_pixels_oriented(&mut pixels, view.orientation, &options).is_err() {
        return;
    }
    let epsilon = protector().generator().epsilon();
    let bound = (255.0 * epsilon * view.strength.get()).ceil() as u8;
    for (i, (before, after)) in view.bytes.iter().zip(&bytes).enumerate() {
        let most = if view.may_change(i) { bound } else { 0 };
        assert!(before.abs_diff(*after) <= most, "byte {i}: {before} became {after}, bound {most}");
    }
});
