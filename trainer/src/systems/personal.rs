//! Personal mode: each label is a user with a key of his own; and the attacker who averages a user's photos.

use confounder::{
    Generator, Orientation, PersonalKey, PixelLayout, Pixels, Protector, ProtectorOptions,
};
use sha2::{Digest, Sha256};

use super::psnr;
use crate::{
    data::Dataset,
    error::{Error, Result},
    protect::{Residuals, apply},
};

fn failed(error: confounder::Error) -> Error {
    Error::Generator(Box::new(error))
}

/// The images, each with the pattern of its label's key.
pub(super) fn protect(data: &Dataset, seed: u64) -> Result<(Dataset, f64)> {
    let mut patterns = Vec::with_capacity(data.classes.len());
    for user in 0..data.classes.len() {
        let key = Sha256::digest(format!("user {user} of seed {seed}"));
        let key = PersonalKey::new(&key).map_err(failed)?;
        let generator = Generator::personal(&key).map_err(failed)?;
        let protector = Protector::open(generator, ProtectorOptions::new()).map_err(failed)?;
        // The pattern of a key is the same for every photo.
        let any = Pixels::new(&[128; 3], 1, 1, 3, PixelLayout::Rgb8).map_err(failed)?;
        patterns.push(
            protector
                .residual(&any, Orientation::Upright)
                .map_err(failed)?,
        );
    }
    let Some(first) = patterns.first() else {
        return Err(Error::Recipe("there is no user to protect".into()));
    };
    let all = data
        .labels
        .iter()
        .map(|&label| patterns[usize::from(label)].planes());
    let residuals = Residuals {
        height: first.height(),
        width: first.width(),
        epsilon: first.epsilon(),
        data: all.flatten().copied().collect(),
    };
    apply(data, &residuals)
}

/// What an attacker makes of protected images who takes the mean of `photos` of each user's, less the mean of public
/// ones, for the user's pattern, and subtracts it from all of that user's. Also its PSNR against the unprotected images.
pub(super) fn averaged(
    data: &Dataset,
    public: &Dataset,
    photos: usize,
    seed: u64,
) -> Result<(Dataset, f64)> {
    let (mut cleaned, _) = protect(data, seed)?;
    let usual = mean(public, 0..public.len());
    let samples = data.samples();
    for user in 0..data.classes.len() {
        let own: Vec<usize> = (0..data.len())
            .filter(|&i| usize::from(data.labels[i]) == user)
            .collect();
        let seen = mean(&cleaned, own.iter().copied().take(photos));
        for i in own {
            let image = &mut cleaned.images[i * samples..][..samples];
            for ((sample, seen), usual) in image.iter_mut().zip(&seen).zip(&usual) {
                let value = f64::from(*sample) - (seen - usual);
                *sample = value.round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    let db = psnr(data, &cleaned);
    Ok((cleaned, db))
}

/// The mean image, in 255ths.
fn mean(data: &Dataset, of: impl Iterator<Item = usize>) -> Vec<f64> {
    let mut sum = vec![0.0; data.samples()];
    let mut count = 0.0;
    for i in of {
        count += 1.0;
        for (sum, &sample) in sum.iter_mut().zip(data.image(i)) {
            *sum += f64::from(sample);
        }
    }
    sum.iter().map(|x| x / f64::max(count, 1.0)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Gray noise, the same spread for both users.
    fn set() -> Dataset {
        let images = (0..40 * 3 * 32 * 32u64)
            .map(|i| 96 + (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as u8)
            .collect();
        Dataset {
            name: "set".into(),
            classes: vec!["a".into(), "b".into()],
            height: 32,
            width: 32,
            images,
            labels: (0..40).map(|i| i % 2).collect(),
        }
    }

    #[test]
    fn every_user_has_a_pattern_and_all_their_photos_have_it() {
        let (protected, db) = protect(&set(), 1).unwrap();
        assert!((34.0..37.5).contains(&db), "{db}");
        let before = set();
        let change = |i: usize| -> Vec<f64> {
            let pairs = protected.image(i).iter().zip(before.image(i));
            pairs.map(|(&a, &b)| f64::from(a) - f64::from(b)).collect()
        };
        let far = |a: &[f64], b: &[f64]| -> f64 {
            let squares: f64 = a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum();
            squares / a.len() as f64
        };
        // Dither moves a sample by less than one step.
        assert!(far(&change(0), &change(2)) < 1.0);
        assert!(far(&change(0), &change(1)) > 5.0);
    }

    #[test]
    fn averaging_many_photos_takes_the_pattern_away() {
        let (_, few) = averaged(&set(), &set(), 1, 1).unwrap();
        let (_, many) = averaged(&set(), &set(), 20, 1).unwrap();
        let (_, protected) = protect(&set(), 1).unwrap();
        assert!(many > protected + 3.0, "{many} {protected}");
        assert!(many > few, "{many} {few}");
    }
}
