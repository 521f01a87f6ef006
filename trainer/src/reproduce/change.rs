use std::io::Cursor;

use image::{ImageFormat, RgbImage, codecs::jpeg::JpegEncoder};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    data::{Dataset, colour},
    error::{Error, Result},
    train::DenoiserRecipe,
};

/// What somebody does to images before a victim learns from them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// Nothing.
    None,
    /// They are stored as JPEG.
    Jpeg {
        /// Quality, 1 to 100.
        quality: u8,
    },
    /// They are turned gray.
    Grayscale,
    /// A denoiser, trained on pairs that the attacker made with the owner's generator, is put over them.
    Denoised(DenoiserRecipe),
}

/// The images after [`Change::Jpeg`] or [`Change::Grayscale`]; others are left as they are.
pub(super) fn plain(change: &Change, data: Dataset) -> Result<Dataset> {
    match change {
        Change::None | Change::Denoised(_) => Ok(data),
        Change::Grayscale => Ok(grayscale(data)),
        Change::Jpeg { quality } => jpeg(data, *quality),
    }
}

fn grayscale(mut data: Dataset) -> Dataset {
    for image in data.images.chunks_mut(3 * data.height * data.width) {
        let mut samples: Vec<f32> = image.iter().map(|&sample| f32::from(sample)).collect();
        colour::grayscale(&mut samples);
        for (to, sample) in image.iter_mut().zip(samples) {
            *to = sample.round() as u8;
        }
    }
    data
}

fn jpeg(mut data: Dataset, quality: u8) -> Result<Dataset> {
    let (h, w) = (data.height, data.width);
    let fail = |e: image::ImageError| Error::Recipe(format!("JPEG quality {quality}: {e}"));
    data.images
        .par_chunks_mut(3 * h * w)
        .try_for_each(|planes| -> Result<()> {
            let picture = RgbImage::from_fn(w as u32, h as u32, |x, y| {
                let i = y as usize * w + x as usize;
                image::Rgb([planes[i], planes[h * w + i], planes[2 * h * w + i]])
            });
            let mut bytes = Vec::new();
            picture
                .write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))
                .map_err(fail)?;
            let again = image::load(Cursor::new(bytes), ImageFormat::Jpeg)
                .map_err(fail)?
                .into_rgb8();
            for (i, pixel) in again.pixels().enumerate() {
                (0..3).for_each(|c| planes[c * h * w + i] = pixel.0[c]);
            }
            Ok(())
        })?;
    Ok(data)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn set() -> Dataset {
        Dataset {
            name: "set".into(),
            classes: vec!["a".into(), "b".into()],
            height: 8,
            width: 8,
            images: (0..2 * 192).map(|i| (i * 7 % 251) as u8).collect(),
            labels: vec![0, 1],
        }
    }

    #[test]
    fn gray_images_have_three_equal_planes() {
        let gray = plain(&Change::Grayscale, set()).unwrap();
        assert_eq!(gray.image(1)[..64], gray.image(1)[128..]);
        assert_ne!(gray, set());
    }

    #[test]
    fn jpeg_changes_little_at_high_quality_and_more_at_low() {
        let distance = |quality| {
            let after = plain(&Change::Jpeg { quality }, set()).unwrap();
            let pairs = after.images.iter().zip(set().images);
            pairs.map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>()
        };
        assert!(distance(98) < distance(20));
        assert_eq!(plain(&Change::None, set()).unwrap(), set());
    }
}
