//! Where a photo lies among the photos that a generator is fitted to.

use super::axes;
use super::rows::{Rows, dot};

/// Photos by which the axes are found; of more, every second, third ... is taken.
const MOST_PHOTOS: usize = 4096;
/// An axis along which photos spread less than this part of the widest is left as it is.
const NARROW: f32 = 1e-3;

/// Features less their mean, along the directions in which these photos differ most, those made more equal.
pub(super) struct Space {
    /// Of the features.
    pub(super) mean: Vec<f32>,
    /// The directions, each divided by the root of the photos' standard deviation along it.
    pub(super) axes: Rows,
}

impl Space {
    /// That of photos' features, with so many axes at most.
    pub(super) fn of(features: &Rows, most: usize) -> Self {
        let mean = features.mean(0..features.len());
        let step = features.len().div_ceil(MOST_PHOTOS).max(1);
        let centred = (0..features.len())
            .step_by(step)
            .map(|photo| less(features.row(photo), &mean));
        let centred = Rows::of(features.width(), centred);
        // With as many axes as photos all photos are equally far from each other.
        let count = most.min(features.len() / 2).max(1);
        let (axes, spread) = axes::principal(&centred, count);
        let narrow = spread.first().copied().unwrap_or(0.0) * NARROW;
        let whitened = axes.iter().zip(&spread).map(|(axis, &spread)| {
            let scale = if spread > narrow {
                spread.sqrt().recip()
            } else {
                0.0
            };
            axis.iter().map(|x| x * scale).collect()
        });
        Self {
            mean,
            axes: Rows::of(features.width(), whitened),
        }
    }

    /// Where features lie.
    pub(super) fn place(&self, features: &[f32]) -> Vec<f32> {
        let centred = less(features, &self.mean);
        self.axes.iter().map(|axis| dot(axis, &centred)).collect()
    }
}

fn less(features: &[f32], mean: &[f32]) -> Vec<f32> {
    features
        .iter()
        .zip(mean)
        .map(|(x, mean)| x - mean)
        .collect()
}
