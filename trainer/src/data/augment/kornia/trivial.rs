//! The operations of TrivialAugment (Müller and Hutter 2021) on planar images in 0..1.

use crate::data::rng::Draw;

/// One operation, for all images of a batch; each has a magnitude of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Each channel stretched to its full range.
    AutoContrast,
    /// Each channel's histogram made even.
    Equalize,
    /// Clockwise about the centre, by degrees.
    Rotate,
    /// Only so many high bits kept.
    Posterize,
    /// Samples from the threshold on inverted.
    Solarize,
    /// Scaled about 0.
    Contrast,
    /// The factor less one is added.
    Brightness,
    /// Blended with its smoothed self.
    Sharpness,
    /// Rows moved, by degrees: hardly at all.
    ShearX,
    /// Columns moved, by degrees.
    ShearY,
    /// Moved right, by pixels.
    TranslateX,
    /// Moved down, by pixels.
    TranslateY,
}

impl Operation {
    const ALL: [Self; 12] = [
        Self::AutoContrast,
        Self::Equalize,
        Self::Rotate,
        Self::Posterize,
        Self::Solarize,
        Self::Contrast,
        Self::Brightness,
        Self::Sharpness,
        Self::ShearX,
        Self::ShearY,
        Self::TranslateX,
        Self::TranslateY,
    ];

    pub(crate) fn drawn(draw: &mut Draw) -> Self {
        Self::ALL[draw.below(Self::ALL.len())]
    }

    /// In the ranges that Kornia draws from: those of its policy, but shears in degrees, and none to the other side.
    pub(super) fn magnitude(self, [height, width]: [usize; 2], draw: &mut Draw) -> f32 {
        match self {
            Self::AutoContrast | Self::Equalize => 0.0,
            Self::Rotate => draw.between(0.0, 30.0),
            Self::Posterize => draw.between(0.0, 4.0).round(),
            Self::Solarize => draw.unit(),
            Self::Contrast | Self::Brightness | Self::Sharpness => draw.between(0.1, 1.9),
            Self::ShearX | Self::ShearY => draw.between(0.0, 0.3),
            Self::TranslateX => draw.between(0.0, 0.5) * width as f32,
            Self::TranslateY => draw.between(0.0, 0.5) * height as f32,
        }
    }

    /// Changes `image`, `[3, H, W]`.
    pub(super) fn apply(self, magnitude: f32, image: &mut [f32], size: [usize; 2]) {
        let [height, width] = size.map(|side| side as f32);
        let (middle_y, middle_x) = ((height - 1.0) / 2.0, (width - 1.0) / 2.0);
        match self {
            Self::AutoContrast => planes(image, size, stretch),
            Self::Equalize => planes(image, size, equalize),
            Self::Rotate => {
                let (sin, cos) = magnitude.to_radians().sin_cos();
                warp(image, size, |y, x| {
                    let (y, x) = (y - middle_y, x - middle_x);
                    [sin * x + cos * y + middle_y, cos * x - sin * y + middle_x]
                });
            }
            Self::Posterize => {
                let step = 2f32.powf(8.0 - magnitude);
                each(image, |x| {
                    ((x * 255.0).floor() / step).floor() * step / 255.0
                });
            }
            Self::Solarize => each(image, |x| if x < magnitude { x } else { 1.0 - x }),
            Self::Contrast => each(image, |x| (x * magnitude).clamp(0.0, 1.0)),
            Self::Brightness => each(image, |x| (x + magnitude - 1.0).clamp(0.0, 1.0)),
            Self::Sharpness => planes(image, size, |plane| sharpen(plane, size[1], magnitude)),
            // Kornia measures places from edge to edge, and sizes by the pixels between.
            Self::ShearX => {
                let slope = magnitude.to_radians().tan()
                    * (width / (width - 1.0).max(1.0))
                    * ((height - 1.0) / height);
                warp(image, size, |y, x| [y, x + slope * (y - middle_y)]);
            }
            Self::ShearY => {
                let slope = magnitude.to_radians().tan()
                    * (height / (height - 1.0).max(1.0))
                    * ((width - 1.0) / width);
                warp(image, size, |y, x| [y + slope * (x - middle_x), x]);
            }
            Self::TranslateX => {
                let moved = magnitude * width / (width - 1.0).max(1.0);
                warp(image, size, |y, x| [y, x - moved]);
            }
            Self::TranslateY => {
                let moved = magnitude * height / (height - 1.0).max(1.0);
                warp(image, size, |y, x| [y - moved, x]);
            }
        }
    }
}

fn each(image: &mut [f32], f: impl Fn(f32) -> f32) {
    image.iter_mut().for_each(|x| *x = f(*x));
}

fn planes(image: &mut [f32], [height, width]: [usize; 2], f: impl Fn(&mut [f32])) {
    image.chunks_mut(height * width).for_each(f);
}

fn stretch(plane: &mut [f32]) {
    let low = plane.iter().copied().fold(f32::MAX, f32::min);
    let high = plane.iter().copied().fold(f32::MIN, f32::max);
    each(plane, |x| ((x - low) / (high - low + 1e-6)).clamp(0.0, 1.0));
}

fn equalize(plane: &mut [f32]) {
    let mut histogram = [0usize; 256];
    for x in plane.iter() {
        histogram[((x * 256.0) as usize).min(255)] += 1;
    }
    let last = histogram.iter().rev().find(|&&n| n > 0).copied();
    let step = (plane.len() - last.unwrap_or(0)) / 255;
    if step == 0 {
        return;
    }
    let mut sum = step / 2;
    let levels = histogram.map(|n| {
        let level = (sum / step).min(255);
        sum += n;
        level as f32 / 255.0
    });
    each(plane, |x| levels[((x * 255.0) as usize).min(255)]);
}

/// The smoothed image has the weights 1 1 1, 1 5 1, 1 1 1 over 13; its edges stay as they are.
fn sharpen(plane: &mut [f32], width: usize, factor: f32) {
    let before = plane.to_vec();
    let height = plane.len() / width;
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let at = y * width + x;
            let rows = [at - width - 1, at - 1, at + width - 1];
            let sum: f32 = rows.iter().flat_map(|&r| &before[r..r + 3]).sum();
            let smooth = (sum + 4.0 * before[at]) / 13.0;
            plane[at] = (smooth + factor * (before[at] - smooth)).clamp(0.0, 1.0);
        }
    }
}

/// Output pixel (y, x) shows what lies at `from(y, x)`, bilinear, zero outside.
fn warp(image: &mut [f32], [height, width]: [usize; 2], from: impl Fn(f32, f32) -> [f32; 2]) {
    let before = image.to_vec();
    let plane = height * width;
    for at in 0..plane {
        let [y, x] = from((at / width) as f32, (at % width) as f32);
        let (top, left) = (y.floor(), x.floor());
        let (down, right) = (y - top, x - left);
        let corners = [
            (top, left, (1.0 - down) * (1.0 - right)),
            (top, left + 1.0, (1.0 - down) * right),
            (top + 1.0, left, down * (1.0 - right)),
            (top + 1.0, left + 1.0, down * right),
        ];
        let inside = corners.iter().filter(|(y, x, _)| {
            (0.0..height as f32).contains(y) && (0.0..width as f32).contains(x)
        });
        let places = inside.map(|&(y, x, share)| (y as usize * width + x as usize, share));
        for channel in 0..image.len() / plane {
            let start = channel * plane;
            let sum: f32 = places
                .clone()
                .map(|(i, share)| share * before[start + i])
                .sum();
            image[start + at] = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{
        super::tests::{close, reference},
        *,
    };
    use crate::data::rng::Purpose;

    #[test]
    fn operations_are_those_of_kornia() {
        let wanted = reference().operations;
        assert_eq!(wanted.len(), Operation::ALL.len());
        for (operation, wanted) in Operation::ALL.iter().zip(wanted) {
            assert_eq!(format!("{operation:?}"), wanted.name);
            assert_ne!(wanted.before, wanted.after);
            let mut image = wanted.before;
            operation.apply(wanted.magnitude, &mut image, wanted.size);
            close(&image, &wanted.after, &wanted.name);
        }
    }

    #[test]
    fn one_pixel_and_all_magnitudes_stay_in_range() {
        for (slot, operation) in Operation::ALL.iter().cycle().take(600).enumerate() {
            let mut draw = Draw::new(Purpose::Augment, 1, 0, 0, slot as u32);
            for size in [[1, 1], [1, 7], [20, 17]] {
                let mut image: Vec<f32> = (0..3 * size[0] * size[1]).map(|_| draw.unit()).collect();
                operation.apply(operation.magnitude(size, &mut draw), &mut image, size);
                // Bilinear sums round.
                let range = -1e-6..=1.0 + 1e-6;
                assert!(image.iter().all(|x| range.contains(x)), "{operation:?}");
            }
        }
    }
}
