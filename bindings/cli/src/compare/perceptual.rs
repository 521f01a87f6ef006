//! How visible the difference is to people, by two metrics that model how they see: both notice colour, to which SSIM on
//! luma is blind.

use butteraugli::{ButteraugliParams, ImgRef, RGB8, butteraugli};
use fast_ssim2::{PixelDescriptor, PixelSlice, compute_ssimulacra2};
use image::RgbImage;
use serde::Serialize;

/// What people are expected to see. sRGB is taken for granted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Perceptual {
    /// SSIMULACRA2 (Cloudinary): 100 for equal photos, 90 where hardly anyone tells them apart side by side, 70 for high quality.
    pub(super) ssimulacra2: f64,
    /// Butteraugli (libjxl), of the place with the largest difference: below 1 most people see none, above 2 they do.
    pub(super) butteraugli: f64,
    /// Butteraugli's 3-norm over the whole photo.
    pub(super) butteraugli_3norm: f64,
}

/// Shortest side that both metrics take, in pixels.
const LEAST: u32 = 8;

/// Compares two photos of the same size.
///
/// # Errors
/// A text: photos with a side shorter than 8 px, or whatever a metric reports.
pub(super) fn perceptual(first: &RgbImage, second: &RgbImage) -> Result<Perceptual, String> {
    let (width, height) = first.dimensions();
    if width.min(height) < LEAST {
        return Err(format!(
            "the photos have {width} x {height} px; --perceptual needs {LEAST} on each side"
        ));
    }
    let slice = |photo| view(photo).map_err(|e| e.to_string());
    let (a, b) = (slice(first)?, slice(second)?);
    let ssimulacra2 = compute_ssimulacra2(&a, &b).map_err(|e| e.to_string())?;
    let (a, b) = (pixels(first), pixels(second));
    let size = |pixels| ImgRef::new(pixels, width as usize, height as usize);
    let found = butteraugli(size(&a), size(&b), &ButteraugliParams::default())
        .map_err(|e| e.to_string())?;
    Ok(Perceptual {
        ssimulacra2,
        butteraugli: found.score,
        butteraugli_3norm: found.pnorm_3,
    })
}

fn view(photo: &RgbImage) -> Result<PixelSlice<'_>, impl std::fmt::Display> {
    let (width, height) = photo.dimensions();
    let stride = 3 * width as usize;
    PixelSlice::new(
        photo.as_raw(),
        width,
        height,
        stride,
        PixelDescriptor::RGB8_SRGB,
    )
}

fn pixels(photo: &RgbImage) -> Vec<RGB8> {
    photo
        .pixels()
        .map(|p| RGB8::new(p[0], p[1], p[2]))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use image::Rgb;

    /// Gray stripes with a tint: blue and red move against each other, luma stays.
    fn tinted(by: i16) -> RgbImage {
        RgbImage::from_fn(64, 48, |x, y| {
            let gray = 90 + (x * 5 + y * 3) % 80;
            let side = if x < 32 { by } else { -by };
            Rgb([gray as i16 + side, gray as i16, gray as i16 - 2 * side].map(|v| v as u8))
        })
    }

    #[test]
    fn equal_photos_are_perfect_and_a_stronger_tint_is_seen_sooner() {
        let none = perceptual(&tinted(0), &tinted(0)).unwrap();
        assert_eq!((none.ssimulacra2, none.butteraugli), (100.0, 0.0));
        let [faint, strong] = [2, 12].map(|by| perceptual(&tinted(0), &tinted(by)).unwrap());
        assert!(faint.ssimulacra2 < 100.0, "{faint:?}");
        assert!(strong.ssimulacra2 < faint.ssimulacra2, "{strong:?}");
        assert!(strong.butteraugli > faint.butteraugli, "{strong:?}");
        assert!(
            strong.butteraugli_3norm > faint.butteraugli_3norm,
            "{strong:?}"
        );
    }

    #[test]
    fn tiny_photos_are_refused() {
        let tiny = RgbImage::new(7, 40);
        assert!(perceptual(&tiny, &tiny).unwrap_err().contains("7 x 40"));
    }
}
