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
