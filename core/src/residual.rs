//! The generator's output.

use crate::error::{Error, ErrorKind, Result};
use crate::orientation::Orientation;

/// Rounding that an engine may add to the bound of a residual, relative to epsilon.
const BOUND_TOLERANCE: f32 = 1e-4;

/// What a generator adds to a photo: three planes (R, G, B) of `width` x `height` numbers within ±epsilon, in units
/// where the sample range is 0..1. Usually far coarser than the photo; [`Protector`](crate::Protector) enlarges
/// it.
#[derive(Debug, Clone, PartialEq)]
pub struct Residual {
    width: usize,
    height: usize,
    epsilon: f32,
    planes: Vec<f32>,
}

impl Residual {
    /// A residual of three row-major planes, one after the other: `planes` has `3 * height * width` numbers.
    ///
    /// Values up to `epsilon * (1 + 1e-4)` are taken for rounding and cut to the bound.
    ///
    /// # Errors
    /// [`ErrorKind::Engine`] where the length does not fit the size, a side is 0, epsilon is not in (0, 1],
    /// or a value is not finite or exceeds the bound.
    pub(crate) fn new(
        width: usize,
        height: usize,
        epsilon: f32,
        mut planes: Vec<f32>,
    ) -> Result<Self> {
        let broken = |message: String| Err(Error::new(ErrorKind::Engine, message));
        if !(epsilon > 0.0 && epsilon <= 1.0) {
            return broken(format!(
                "epsilon is {epsilon}; it must be above 0 and at most 1"
            ));
        }
        let expected = width.checked_mul(height).and_then(|n| n.checked_mul(3));
        if width == 0 || height == 0 || expected != Some(planes.len()) {
            let length = planes.len();
            return broken(format!(
                "a residual of 3 x {height} x {width} cannot hold {length} numbers"
            ));
        }
        let limit = epsilon * (1.0 + BOUND_TOLERANCE);
        for value in &mut planes {
            if value.is_nan() || value.abs() > limit {
                return broken(format!(
                    "the residual holds {value}, beyond its bound of ±{epsilon}"
                ));
            }
            *value = value.clamp(-epsilon, epsilon);
        }
        Ok(Self {
            width,
            height,
            epsilon,
            planes,
        })
    }

    /// Width of each plane.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Height of each plane.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The bound of every value.
    pub fn epsilon(&self) -> f32 {
        self.epsilon
    }

    /// All three planes, one after the other.
    pub fn planes(&self) -> &[f32] {
        &self.planes
    }

    /// The plane of channel 0 (red), 1 (green) or 2 (blue), row by row; empty for any other channel.
    pub fn plane(&self, channel: usize) -> &[f32] {
        let size = self.width * self.height;
        channel
            .checked_mul(size)
            .and_then(|start| self.planes.get(start..start + size))
            .unwrap_or(&[])
    }

    /// The largest luma (Rec. 601) of any residual pixel, without sign. 0 but for rounding for a chroma-only generator.
    pub fn largest_luma(&self) -> f32 {
        let planes = self.plane(0).iter().zip(self.plane(1)).zip(self.plane(2));
        planes
            .map(|((r, g), b)| (0.299 * r + 0.587 * g + 0.114 * b).abs())
            .fold(0.0, f32::max)
    }

    /// Becomes a mixture of two residuals of the same size: `part` 0 is `from`, 1 is `to`.
    pub(crate) fn mix(&mut self, from: &Self, to: &Self, part: f32) {
        let values = from.planes.iter().zip(&to.planes);
        for (mixed, (from, to)) in self.planes.iter_mut().zip(values) {
            // Rounding must not carry the sum out of the bound.
            *mixed = (from + (to - from) * part).clamp(-self.epsilon, self.epsilon);
        }
    }

    /// Becomes a copy of a residual of the same size.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.planes.copy_from_slice(&other.planes);
    }

    /// Turns the residual of an upright photo to how the photo is stored.
    pub(crate) fn turn_back(self, orientation: Orientation) -> Self {
        // `upright_size` is its own inverse: it swaps the sides or does not.
        let (width, height) = orientation.upright_size(self.width, self.height);
        let planes = orientation.turn_back(self.planes, (width, height));
        Self {
            width,
            height,
            epsilon: self.epsilon,
            planes,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn refuses_what_breaks_the_bound() {
        for bad in [f32::NAN, f32::INFINITY, 0.1001, -0.2] {
            let error = Residual::new(1, 1, 0.1, vec![0.0, bad, 0.0]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Engine, "{bad}");
        }
        let rounded = Residual::new(1, 1, 0.1, vec![0.0, 0.100_005, 0.0]).unwrap();
        assert_eq!(rounded.plane(1), [0.1]);
    }

    #[test]
    fn refuses_sizes_that_do_not_fit() {
        assert!(Residual::new(2, 1, 0.1, vec![0.0; 5]).is_err());
        assert!(Residual::new(0, 1, 0.1, vec![]).is_err());
        assert!(Residual::new(usize::MAX, 2, 0.1, vec![]).is_err());
    }

    #[test]
    fn turns_back_with_the_sides_swapped() {
        let planes = (0..18).map(|v| v as f32 / 100.0).collect();
        let upright = Residual::new(3, 2, 0.5, planes).unwrap();
        let stored = upright.turn_back(Orientation::Rotate90);
        assert_eq!((stored.width(), stored.height()), (2, 3));
        assert_eq!(stored.plane(0)[0], 0.02); // upright (2, 0) is stored at (0, 0): y = x = 2 - 2
    }
}
