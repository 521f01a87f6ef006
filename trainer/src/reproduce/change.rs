use std::io::Cursor;

use image::{
    ImageFormat, RgbImage,
    imageops::{self, FilterType},
};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{
    data::{Dataset, colour},
    error::{Error, Result},
    train::DenoiserRecipe,
};

/// What happens to images between their protection and a victim's training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// Nothing.
    None,
    /// They are stored as JPEG with halved chroma (4:2:0).
    Jpeg {
        /// Quality, 1 to 100.
        quality: u8,
    },
    /// They are stored as lossy WebP (chroma is always halved).
    Webp {
        /// Quality, 0 to 100.
        quality: u8,
    },
    /// They are scaled by a factor, bicubic (Catmull-Rom).
    Scale {
        /// Above 0.
        factor: f32,
    },
    /// Their middle is cut out.
    Crop {
        /// Share of each side that is kept, above 0, at most 1.
        share: f32,
    },
    /// They are blurred by a Gaussian.
    Blur {
        /// Standard deviation in pixels.
        sigma: f32,
    },
    /// Each sample is rounded to fewer bits (bit-depth reduction).
    Depth {
        /// Bits that are left, 1 to 8.
        bits: u8,
    },
    /// Of each sample only the highest bits are kept.
    Posterize {
        /// Bits that are kept, 1 to 8.
        bits: u8,
    },
    /// Each channel is scaled so that all have the same mean: automatic white balance by the gray-world assumption.
    WhiteBalance,
    /// They are turned gray; a victim that learns from gray images is tested on gray ones.
    Grayscale,
    /// Several changes, one after the other.
    Chain {
        /// In their order.
        steps: Vec<Change>,
    },
    /// A denoiser, trained on pairs that the attacker made with the owner's generator, is put over them.
    Denoised(DenoiserRecipe),
}

impl Change {
    /// The test images that go with it.
    pub(super) fn of_test(&self, test: &Dataset) -> Dataset {
        match self.turns_gray() {
            true => grayscale(test.clone()),
            false => test.clone(),
        }
    }

    fn turns_gray(&self) -> bool {
        match self {
            Self::Grayscale => true,
            Self::Chain { steps } => steps.iter().any(Self::turns_gray),
            _ => false,
        }
    }
}

/// The images after a change; those of [`Change::Denoised`] are left as they are.
pub(super) fn plain(change: &Change, data: Dataset) -> Result<Dataset> {
    match change {
        Change::None | Change::Denoised(_) => Ok(data),
        Change::Grayscale => Ok(grayscale(data)),
        Change::Jpeg { quality } => each(&data, |picture| jpeg(&picture, *quality)),
        Change::Webp { quality } => each(&data, |picture| webp(&picture, *quality)),
        Change::Scale { factor } => each(&data, |picture| {
            let side = |n: u32| ((n as f32 * factor).round() as u32).max(1);
            let (w, h) = (side(picture.width()), side(picture.height()));
            Ok(imageops::resize(&picture, w, h, FilterType::CatmullRom))
        }),
        Change::Crop { share } => each(&data, |picture| {
            let side = |n: u32| ((n as f32 * share).round() as u32).clamp(1, n);
            let (w, h) = (side(picture.width()), side(picture.height()));
            let (x, y) = ((picture.width() - w) / 2, (picture.height() - h) / 2);
            Ok(imageops::crop_imm(&picture, x, y, w, h).to_image())
        }),
        Change::Blur { sigma } => each(&data, |picture| Ok(imageops::blur(&picture, *sigma))),
        Change::Depth { bits } => depth(data, *bits),
        Change::Posterize { bits } => posterized(data, *bits),
        Change::WhiteBalance => each(&data, |picture| Ok(white_balance(picture))),
        Change::Chain { steps } => steps.iter().try_fold(data, |data, step| plain(step, data)),
    }
}

/// Changes each image; all results have one size.
fn each(data: &Dataset, change: impl Fn(RgbImage) -> Result<RgbImage> + Sync) -> Result<Dataset> {
    let (h, w) = (data.height, data.width);
    let changed: Vec<RgbImage> = data
        .images
        .par_chunks(3 * h * w)
        .map(|planes| {
            change(RgbImage::from_fn(w as u32, h as u32, |x, y| {
                let i = y as usize * w + x as usize;
                image::Rgb([planes[i], planes[h * w + i], planes[2 * h * w + i]])
            }))
        })
        .collect::<Result<_>>()?;
    let (width, height) = changed
        .first()
        .map_or((w as u32, h as u32), RgbImage::dimensions);
    let images = changed
        .iter()
        .flat_map(|picture| (0..3).flat_map(|c| picture.pixels().map(move |pixel| pixel.0[c])))
        .collect();
    Ok(Dataset {
        name: data.name.clone(),
        classes: data.classes.clone(),
        height: height as usize,
        width: width as usize,
        images,
        labels: data.labels.clone(),
    })
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

fn check_bits(bits: u8) -> Result<()> {
    match bits {
        1..=8 => Ok(()),
        _ => Err(Error::Recipe(format!(
            "{bits} bits a sample; there must be 1 to 8"
        ))),
    }
}

fn posterized(mut data: Dataset, bits: u8) -> Result<Dataset> {
    check_bits(bits)?;
    let mask = u8::MAX << (8 - bits);
    data.images.iter_mut().for_each(|sample| *sample &= mask);
    Ok(data)
}

fn depth(mut data: Dataset, bits: u8) -> Result<Dataset> {
    check_bits(bits)?;
    let steps = ((1u32 << bits) - 1) as f32;
    for sample in &mut data.images {
        let level = (f32::from(*sample) * steps / 255.0).round();
        *sample = (level * 255.0 / steps).round() as u8;
    }
    Ok(data)
}

fn jpeg(picture: &RgbImage, quality: u8) -> Result<RgbImage> {
    let fail = |e: &dyn std::fmt::Display| Error::Recipe(format!("JPEG quality {quality}: {e}"));
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (w, h) = (picture.width() as u16, picture.height() as u16);
    encoder
        .encode(picture.as_raw(), w, h, ColorType::Rgb)
        .map_err(|e| fail(&e))?;
    decoded(&bytes, ImageFormat::Jpeg).map_err(|e| fail(&e))
}

fn webp(picture: &RgbImage, quality: u8) -> Result<RgbImage> {
    let fail = |e: &dyn std::fmt::Display| Error::Recipe(format!("WebP quality {quality}: {e}"));
    let encoder = webp::Encoder::from_rgb(picture.as_raw(), picture.width(), picture.height());
    let bytes = encoder
        .encode_simple(false, f32::from(quality))
        .map_err(|e| fail(&format!("{e:?}")))?;
    decoded(&bytes, ImageFormat::WebP).map_err(|e| fail(&e))
}

fn decoded(bytes: &[u8], format: ImageFormat) -> image::ImageResult<RgbImage> {
    let reader = image::ImageReader::with_format(Cursor::new(bytes), format);
    Ok(reader.decode()?.into_rgb8())
}

fn white_balance(mut picture: RgbImage) -> RgbImage {
    let mut sums = [0.0f64; 3];
    for pixel in picture.pixels() {
        (0..3).for_each(|c| sums[c] += f64::from(pixel.0[c]));
    }
    let mean = sums.iter().sum::<f64>() / 3.0;
    let gains = sums.map(|sum| (mean / sum.max(1.0)).clamp(0.5, 2.0) as f32);
    for pixel in picture.pixels_mut() {
        (0..3).for_each(|c| pixel.0[c] = (f32::from(pixel.0[c]) * gains[c]).round() as u8);
    }
    picture
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
    fn gray_images_have_three_equal_planes_and_are_tested_on_gray_ones() {
        let gray = plain(&Change::Grayscale, set()).unwrap();
        assert_eq!(gray.image(1)[..64], gray.image(1)[128..]);
        assert_ne!(gray, set());
        assert_eq!(Change::Grayscale.of_test(&set()), gray);
        assert_eq!(Change::WhiteBalance.of_test(&set()), set());
        let steps = vec![Change::Jpeg { quality: 75 }, Change::Grayscale];
        assert_eq!(Change::Chain { steps }.of_test(&set()), gray);
    }

    #[test]
    fn fewer_bits_leave_fewer_levels_and_keep_black_and_white() {
        let two = plain(&Change::Depth { bits: 2 }, set()).unwrap();
        assert!(two.images.iter().all(|x| [0, 85, 170, 255].contains(x)));
        assert!(two.images.contains(&0) && two.images.contains(&255));
        let all = plain(&Change::Depth { bits: 8 }, set()).unwrap();
        assert_eq!(all, set());
        let high = plain(&Change::Posterize { bits: 2 }, set()).unwrap();
        let pairs = high.images.iter().zip(set().images);
        assert!(pairs.into_iter().all(|(x, before)| *x == before / 64 * 64));
        let all = plain(&Change::Posterize { bits: 8 }, set()).unwrap();
        assert_eq!(all, set());
        for none in [Change::Depth { bits: 0 }, Change::Posterize { bits: 0 }] {
            let none = plain(&none, set()).unwrap_err();
            assert!(none.to_string().contains("1 to 8"), "{none}");
        }
    }

    #[test]
    fn lossy_formats_change_little_at_high_quality_and_more_at_low() {
        let distance = |change: Change| {
            let after = plain(&change, set()).unwrap();
            assert_eq!(after.images.len(), set().images.len());
            let pairs = after.images.iter().zip(set().images);
            pairs.map(|(a, b)| u32::from(a.abs_diff(b))).sum::<u32>()
        };
        let jpeg = |quality| distance(Change::Jpeg { quality });
        let webp = |quality| distance(Change::Webp { quality });
        assert!(0 < jpeg(98) && jpeg(98) < jpeg(20));
        assert!(0 < webp(98) && webp(98) < webp(20));
        assert_eq!(plain(&Change::None, set()).unwrap(), set());
    }

    #[test]
    fn steps_of_a_chain_follow_each_other() {
        let steps = vec![
            Change::Scale { factor: 1.5 },
            Change::Jpeg { quality: 75 },
            Change::Crop { share: 0.5 },
        ];
        let after = plain(&Change::Chain { steps }, set()).unwrap();
        assert_eq!([after.height, after.width, after.len()], [6, 6, 2]);
        assert_eq!(after.images.len(), 2 * 3 * 36);
        assert_eq!(after.labels, set().labels);
    }

    #[test]
    fn a_crop_keeps_the_middle() {
        let cropped = plain(&Change::Crop { share: 0.5 }, set()).unwrap();
        assert_eq!(cropped.image(0)[..4], set().image(0)[18..22]);
    }

    #[test]
    fn white_balance_takes_a_cast_away() {
        let mut cast = set();
        for image in cast.images.chunks_mut(192) {
            image[..64].fill(120);
            image[64..128].fill(100);
            image[128..].fill(80);
        }
        let balanced = plain(&Change::WhiteBalance, cast).unwrap();
        assert!(balanced.images.iter().all(|&x| x == 100), "{balanced:?}");
    }
}
