//! The order in which an epoch visits the images.
use super::rng::{Draw, Purpose};

/// A place in training; with it, batches are the same whether training was interrupted or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// The seed of the run.
    pub seed: u64,
    /// The epoch, from 0.
    pub epoch: u64,
    /// The step, from 0; in the epoch or in all, as long as it is used the same way throughout.
    pub step: u64,
}

/// The images `0..n` in a random order that depends on `seed` and `epoch` alone.
///
/// ```
/// # use confounder_trainer::data::epoch_order;
/// let order = epoch_order(1000, 7, 3);
/// assert_eq!(order, epoch_order(1000, 7, 3));
/// assert_ne!(order, epoch_order(1000, 7, 4));
/// ```
///
/// At most `u32::MAX` images are ordered; the rest is left out.
#[must_use]
pub fn epoch_order(n: usize, seed: u64, epoch: u64) -> Vec<u32> {
    let mut draw = Draw::new(Purpose::Order, seed, epoch, 0, 0);
    let mut order: Vec<u32> = (0..u32::MAX).take(n).collect();
    // Fisher and Yates, from the end.
    for i in (1..order.len()).rev() {
        order.swap(i, draw.below(i + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_image_comes_once_and_orders_differ() {
        let mut order = epoch_order(10_000, 1, 0);
        assert_ne!(order, epoch_order(10_000, 1, 1));
        assert_ne!(order, epoch_order(10_000, 2, 0));
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..10_000));
        assert!(epoch_order(0, 1, 0).is_empty());
    }

    #[test]
    fn every_place_is_as_likely_for_every_image() {
        let mut counts = [[0_u32; 4]; 4];
        for epoch in 0..8000 {
            for (place, image) in epoch_order(4, 5, epoch).into_iter().enumerate() {
                counts[place][image as usize] += 1;
            }
        }
        // 2,000 expected, standard deviation 39.
        let all = counts.as_flattened();
        assert!(all.iter().all(|n| n.abs_diff(2000) < 200), "{counts:?}");
    }
}
