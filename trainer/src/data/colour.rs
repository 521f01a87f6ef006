//! Random changes of colour, on `[3, H, W]` floats in 0..1.
use super::rng::Draw;

/// Brightness, contrast and saturation, each by a factor of `1 - strength .. 1 + strength`, in this order.
pub(super) fn jitter(strength: f32, draw: &mut Draw, image: &mut [f32]) {
    let mut factor = || draw.between(1.0 - strength, 1.0 + strength);
    let (brightness, contrast, saturation) = (factor(), factor(), factor());
    image
        .iter_mut()
        .for_each(|v| *v = (*v * brightness).clamp(0.0, 1.0));

    let pixels = image.len() / 3;
    let mean = each_luma(image).sum::<f32>() / pixels.max(1) as f32;
    let toward =
        |v: f32, centre: f32, factor: f32| (centre + (v - centre) * factor).clamp(0.0, 1.0);
    image
        .iter_mut()
        .for_each(|v| *v = toward(*v, mean, contrast));

    let luma: Vec<f32> = each_luma(image).collect();
    for plane in image.chunks_exact_mut(pixels.max(1)) {
        for (v, &luma) in plane.iter_mut().zip(&luma) {
            *v = toward(*v, luma, saturation);
        }
    }
}

/// Sets each channel to the luma.
pub(crate) fn grayscale(image: &mut [f32]) {
    let luma: Vec<f32> = each_luma(image).collect();
    for plane in image.chunks_exact_mut(luma.len().max(1)) {
        plane.copy_from_slice(&luma);
    }
}

/// The luma of each pixel, by the weights of ITU-R BT.601.
fn each_luma(image: &[f32]) -> impl Iterator<Item = f32> {
    let (red, rest) = image.split_at(image.len() / 3);
    let (green, blue) = rest.split_at(rest.len() / 2);
    red.iter()
        .zip(green)
        .zip(blue)
        .map(|((r, g), b)| 0.299 * r + 0.587 * g + 0.114 * b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::rng::Purpose;

    #[test]
    fn grayscale_keeps_luma_and_drops_chroma() {
        let mut image = [1.0, 0.0, 0.5, 0.0, 0.25, 0.5];
        grayscale(&mut image);
        for (v, expected) in image.iter().zip([0.299 + 0.2935 + 0.0285, 0.057].repeat(3)) {
            assert!((v - expected).abs() < 1e-3, "{image:?}");
        }
    }

    #[test]
    fn jitter_stays_in_range_and_keeps_gray_gray() {
        for slot in 0..50 {
            let mut draw = Draw::new(Purpose::Augment, 1, 0, 0, slot);
            let mut image = [0.1, 0.9, 0.1, 0.9, 0.1, 0.9];
            jitter(0.4, &mut draw, &mut image);
            assert!(image.iter().all(|v| (0.0..=1.0).contains(v)), "{image:?}");
            assert!((image[0] - image[2]).abs() < 1e-5 && (image[1] - image[5]).abs() < 1e-5);
            assert!(image[1] > image[0]);
        }
    }
}
