//! The image operations of searched policies, on planar 8-bit images, as Pillow computes them (`reference.json`).

/// Weights of red, green and blue in gray (ITU-R BT.601), in 65536ths.
const LUMA: [u32; 3] = [19_595, 38_470, 7_471];

/// What is done to an image; magnitudes as the policy's authors scale them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Op {
    /// Columns moved by `rows * v`.
    ShearX(f32),
    /// Rows moved by `columns * v`.
    ShearY(f32),
    /// Columns moved by pixels.
    TranslateX(f32),
    /// Rows moved by pixels.
    TranslateY(f32),
    /// Degrees.
    Rotate(f32),
    /// Each channel stretched to its full range.
    AutoContrast,
    /// 255 - x.
    Invert,
    /// Each channel's histogram made even.
    Equalize,
    /// Samples from the threshold on inverted.
    Solarize(u16),
    /// Only so many high bits kept.
    Posterize(u8),
    /// Blended with its mean gray.
    Contrast(f32),
    /// Blended with its gray self.
    Colour(f32),
    /// Blended with black.
    Brightness(f32),
    /// Blended with its smoothed self.
    Sharpness(f32),
    /// A square filled with the mean colour of photos.
    Cutout {
        /// Its side in pixels.
        side: f32,
        /// Row and column of its centre.
        centre: [f32; 2],
    },
}

impl Op {
    pub(super) fn apply(self, image: &mut [u8], [height, width]: [usize; 2]) {
        let size = [height, width];
        match self {
            Self::ShearX(v) => affine(image, size, [1.0, v, 0.0, 0.0, 1.0, 0.0]),
            Self::ShearY(v) => affine(image, size, [1.0, 0.0, 0.0, v, 1.0, 0.0]),
            Self::TranslateX(v) => affine(image, size, [1.0, 0.0, v, 0.0, 1.0, 0.0]),
            Self::TranslateY(v) => affine(image, size, [1.0, 0.0, 0.0, 0.0, 1.0, v]),
            Self::Rotate(degrees) => rotate(image, size, degrees),
            Self::AutoContrast => planes(image, size, stretch),
            Self::Equalize => planes(image, size, equalize),
            Self::Invert => image.iter_mut().for_each(|x| *x = 255 - *x),
            Self::Solarize(threshold) => image
                .iter_mut()
                .filter(|x| u16::from(**x) >= threshold)
                .for_each(|x| *x = 255 - *x),
            Self::Posterize(bits) => {
                let mask = !(u8::MAX.checked_shr(u32::from(bits)).unwrap_or(0));
                image.iter_mut().for_each(|x| *x &= mask);
            }
            Self::Contrast(v) => {
                let gray = luma(image);
                let mean = gray.iter().map(|&g| f32::from(g)).sum::<f32>() / gray.len() as f32;
                let mean = mean.round();
                image.iter_mut().for_each(|x| *x = blend(mean, *x, v));
            }
            Self::Colour(v) => {
                let gray = luma(image);
                image
                    .chunks_mut(gray.len())
                    .flat_map(|plane| plane.iter_mut().zip(&gray))
                    .for_each(|(x, &g)| *x = blend(f32::from(g), *x, v));
            }
            Self::Brightness(v) => image.iter_mut().for_each(|x| *x = blend(0.0, *x, v)),
            Self::Sharpness(v) => sharpen(image, size, v),
            Self::Cutout { side, centre } => cut_out(image, size, side, centre),
        }
    }
}

fn blend(from: f32, to: u8, v: f32) -> u8 {
    (from + v * (f32::from(to) - from)).clamp(0.0, 255.0) as u8
}

fn luma(image: &[u8]) -> Vec<u8> {
    let plane = image.len() / 3;
    (0..plane)
        .map(|i| {
            let weighted = (0..3).map(|c| LUMA[c] * u32::from(image[c * plane + i]));
            ((weighted.sum::<u32>() + (1 << 15)) >> 16) as u8
        })
        .collect()
}

fn planes(image: &mut [u8], [height, width]: [usize; 2], f: fn(&mut [u8])) {
    image.chunks_mut(height * width).for_each(f);
}

fn stretch(plane: &mut [u8]) {
    let (low, high) = plane
        .iter()
        .fold((255, 0), |(l, h), &x| (x.min(l), x.max(h)));
    if high <= low {
        return;
    }
    // In this order, so that products that should be whole fall on Pillow's side of it.
    let scale = 255.0 / f64::from(high - low);
    let offset = -f64::from(low) * scale;
    plane
        .iter_mut()
        .for_each(|x| *x = (f64::from(*x) * scale + offset) as u8);
}

fn equalize(plane: &mut [u8]) {
    let mut histogram = [0usize; 256];
    plane.iter().for_each(|&x| histogram[usize::from(x)] += 1);
    let last = histogram.iter().rev().find(|&&n| n > 0).copied();
    let step = (plane.len() - last.unwrap_or(0)) / 255;
    if step == 0 {
        return;
    }
    let mut sum = step / 2;
    let table: Vec<u8> = histogram
        .iter()
        .map(|n| {
            let level = (sum / step).min(255) as u8;
            sum += n;
            level
        })
        .collect();
    plane.iter_mut().for_each(|x| *x = table[usize::from(*x)]);
}

/// Output pixel (x, y) shows input pixel (a x + b y + c, d x + e y + f), measured at pixel centres; black outside.
fn affine(image: &mut [u8], [height, width]: [usize; 2], [a, b, c, d, e, f]: [f32; 6]) {
    let before = image.to_vec();
    for (i, out) in image.iter_mut().enumerate() {
        let (start, y, x) = (
            i / (height * width) * height * width,
            i / width % height,
            i % width,
        );
        let (x, y) = (x as f32 + 0.5, y as f32 + 0.5);
        let (column, row) = ((a * x + b * y + c).floor(), (d * x + e * y + f).floor());
        let inside = column >= 0.0 && row >= 0.0 && column < width as f32 && row < height as f32;
        *out = if inside {
            before[start + row as usize * width + column as usize]
        } else {
            0
        };
    }
}

/// About the centre, counter-clockwise.
fn rotate(image: &mut [u8], [height, width]: [usize; 2], degrees: f32) {
    let (sin, cos) = (-degrees.to_radians()).sin_cos();
    let (cx, cy) = (width as f32 / 2.0, height as f32 / 2.0);
    let shift = (cx - cos * cx - sin * cy, cy + sin * cx - cos * cy);
    affine(
        image,
        [height, width],
        [cos, sin, shift.0, -sin, cos, shift.1],
    );
}

/// The smoothed image has the weights 1 1 1, 1 5 1, 1 1 1 over 13; its edges stay as they are.
fn sharpen(image: &mut [u8], [height, width]: [usize; 2], v: f32) {
    for plane in image.chunks_mut(height * width) {
        let before = plane.to_vec();
        for y in 1..height.saturating_sub(1) {
            for x in 1..width.saturating_sub(1) {
                let at = y * width + x;
                let rows = [at - width - 1, at - 1, at + width - 1];
                let sum: u32 = rows
                    .iter()
                    .flat_map(|&r| &before[r..r + 3])
                    .map(|&s| u32::from(s))
                    .sum();
                let smooth = ((sum + 4 * u32::from(before[at])) as f32 / 13.0).round();
                plane[at] = blend(smooth, before[at], v);
            }
        }
    }
}

/// What a square is filled with.
const MEAN_COLOUR: [u8; 3] = [125, 123, 114];

/// Both ends are drawn, and a square across the upper or left edge is moved in, as its authors do it.
fn cut_out(image: &mut [u8], [height, width]: [usize; 2], side: f32, centre: [f32; 2]) {
    if side <= 0.0 {
        return;
    }
    let span = |centre: f32, length: usize| {
        let start = (centre - side / 2.0).max(0.0) as usize;
        let last = (start as f32 + side).min(length as f32) as usize;
        start..(last + 1).min(length)
    };
    let (rows, columns) = (span(centre[0], height), span(centre[1], width));
    for (plane, colour) in image.chunks_mut(height * width).zip(MEAN_COLOUR) {
        for row in plane.chunks_mut(width).take(rows.end).skip(rows.start) {
            row[columns.clone()].fill(colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [4, 4];

    fn after(op: Op) -> Vec<u8> {
        let mut image: Vec<u8> = (0..48).map(|i| i * 5).collect();
        op.apply(&mut image, SIZE);
        image
    }

    #[test]
    fn neutral_magnitudes_change_nothing() {
        for op in [
            Op::ShearY(0.0),
            Op::TranslateY(0.0),
            Op::Rotate(0.0),
            Op::Solarize(256),
            Op::Posterize(8),
            Op::Contrast(1.0),
            Op::Colour(1.0),
            Op::Brightness(1.0),
            Op::Sharpness(1.0),
        ] {
            assert_eq!(
                after(op),
                (0..48).map(|i| i * 5).collect::<Vec<u8>>(),
                "{op:?}"
            );
        }
    }

    #[test]
    fn operations_do_what_they_say() {
        assert_eq!(after(Op::TranslateX(1.0))[..4], [5, 10, 15, 0]);
        assert_eq!(after(Op::TranslateY(-1.0))[..8], [0, 0, 0, 0, 0, 5, 10, 15]);
        assert_eq!(after(Op::Rotate(180.0))[..2], [75, 70]);
        assert_eq!(after(Op::Invert)[..2], [255, 250]);
        assert_eq!(after(Op::Solarize(5))[..3], [0, 250, 245]);
        assert_eq!(after(Op::Posterize(1))[25..27], [0, 128]);
        let stretched = after(Op::AutoContrast);
        assert_eq!((stretched[0], stretched[15], stretched[16]), (0, 255, 0));
        assert_eq!(after(Op::Brightness(0.5))[..3], [0, 2, 5]);
        let gray = after(Op::Colour(0.0));
        assert!(gray[3] == gray[19] && gray[3] == gray[35]);
        let even = after(Op::Contrast(0.0));
        assert!(even.iter().all(|&x| x == even[0]));
    }

    #[test]
    fn an_equalized_plane_uses_all_levels() {
        let mut plane: Vec<u8> = (0..1024).map(|i| 100 + (i % 8) as u8).collect();
        equalize(&mut plane);
        let (low, high) = plane
            .iter()
            .fold((255, 0), |(l, h), &x| (x.min(l), x.max(h)));
        assert!(low == 0 && high >= 220, "{low} to {high}");
    }
}
