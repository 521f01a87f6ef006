//! A system that works on small copies of photos; what it changes there is enlarged and added to the photos.

use super::{Ground, Protection, System};
use crate::{
    error::Result,
    protect::{Residuals, apply},
};

pub(super) fn protect(side: usize, of: &System, ground: &Ground<'_>) -> Result<Protection> {
    let target = ground.apply_to.unwrap_or(ground.images);
    let small = ground.images.resized(side, side)?;
    let (others, test) = (
        ground.others.resized(side, side)?,
        ground.test.resized(side, side)?,
    );
    let apply_to = match ground.apply_to {
        Some(data) => Some(data.resized(side, side)?),
        None => None,
    };
    let made = of.protect(&Ground {
        images: &small,
        apply_to: apply_to.as_ref(),
        others: &others,
        test: &test,
        ..*ground
    })?;
    let before = apply_to.as_ref().unwrap_or(&small);
    let data: Vec<f32> = before
        .images
        .iter()
        .zip(&made.data.images)
        .map(|(&a, &b)| (f32::from(b) - f32::from(a)) / 255.0)
        .collect();
    let residuals = Residuals {
        height: side,
        width: side,
        epsilon: data.iter().fold(0.0, |most, x| x.abs().max(most)),
        data,
    };
    let (data, psnr) = apply(target, &residuals)?;
    Ok(Protection {
        data,
        psnr_db: Some(psnr),
        ..made
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{data::Dataset, progress::Mode, systems::ClassNoiseRecipe};

    #[test]
    fn what_changes_small_copies_changes_the_photos_alike() {
        let images = Dataset {
            name: "set".into(),
            classes: vec!["a".into(), "b".into()],
            height: 32,
            width: 32,
            images: vec![128; 4 * 3 * 32 * 32],
            labels: vec![0, 1, 0, 1],
        };
        let folder = tempfile::tempdir().unwrap();
        let ground = Ground {
            images: &images,
            apply_to: None,
            others: &images,
            test: &images,
            seed: 1,
            folder: folder.path(),
            mode: Mode::Silent,
        };
        let noise = System::ClassNoise(ClassNoiseRecipe { epsilon: 8.0 });
        let made = protect(8, &noise, &ground).unwrap();
        assert_eq!((made.data.height, made.data.width), (32, 32));
        // One pattern for a class, but for dither; another for another class; each value of it spread over 4 x 4 pixels.
        let far = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(far(made.data.image(0), made.data.image(2)) <= Some(1));
        assert!(far(made.data.image(0), made.data.image(1)) > Some(4));
        assert!(far(made.data.image(0), images.image(0)) <= Some(9));
    }
}
