//! MixUp and CutMix: pairs of a batch's images, and of their targets.

use super::Augment;
use crate::data::{
    Position,
    rng::{Draw, Purpose},
};

impl Augment {
    /// Mixes a batch, `images [N, 3, height, width]` and `targets [N, classes]`, as `mix_up` and `cut_mix` say; nothing is
    /// done where both are 0, and where both are set a coin decides.
    pub fn mix(
        &self,
        position: Position,
        size: [usize; 2],
        images: &mut [f32],
        targets: &mut [f32],
    ) {
        let Position { seed, epoch, step } = position;
        let mut draw = Draw::new(Purpose::Mix, seed, epoch, step, 0);
        let cut = match (self.mix_up > 0.0, self.cut_mix > 0.0) {
            (false, false) => return,
            (true, true) => draw.below(2) == 1,
            (_, cut) => cut,
        };
        let samples = 3 * size[0] * size[1];
        let n = images.len() / samples.max(1);
        let classes = targets.len() / n.max(1);
        let mut order: Vec<usize> = (0..n).collect();
        for i in (1..n).rev() {
            order.swap(i, draw.below(i + 1));
        }
        let (others, labels) = (images.to_vec(), targets.to_vec());
        let share = if cut {
            let share = beta(self.cut_mix, &mut draw);
            let [rows, columns] = rectangle(size, 1.0 - share, &mut draw);
            for (i, &j) in order.iter().enumerate() {
                for plane in 0..3 {
                    for y in rows.clone() {
                        let at = plane * size[0] * size[1] + y * size[1];
                        let stretch = at + columns.start..at + columns.end;
                        images[i * samples..][stretch.clone()]
                            .copy_from_slice(&others[j * samples..][stretch]);
                    }
                }
            }
            1.0 - (rows.len() * columns.len()) as f32 / (size[0] * size[1]) as f32
        } else {
            let share = beta(self.mix_up, &mut draw);
            blend(images, &others, &order, share);
            share
        };
        debug_assert_eq!(classes * n, targets.len());
        blend(targets, &labels, &order, share);
    }
}

/// Each row becomes `share` of itself and the rest of row `order[i]` of `others`.
fn blend(rows: &mut [f32], others: &[f32], order: &[usize], share: f32) {
    let length = rows.len() / order.len().max(1);
    for (row, &j) in rows.chunks_mut(length.max(1)).zip(order) {
        let other = &others[j * length..][..length];
        row.iter_mut()
            .zip(other)
            .for_each(|(x, y)| *x = share * *x + (1.0 - share) * y);
    }
}

/// A rectangle of a share of the area, its centre anywhere in the image; what lies outside is cut off.
fn rectangle(size: [usize; 2], share: f32, draw: &mut Draw) -> [std::ops::Range<usize>; 2] {
    size.map(|length| {
        let side = (length as f32 * share.max(0.0).sqrt()) as usize;
        let centre = draw.below(length);
        centre.saturating_sub(side / 2)..(centre + side.div_ceil(2)).min(length)
    })
}

/// A number from Beta(alpha, alpha) (Johnk 1964).
fn beta(alpha: f32, draw: &mut Draw) -> f32 {
    for _ in 0..100 {
        let [x, y] = [(); 2].map(|()| draw.unit().max(1e-7).powf(1.0 / alpha));
        if x + y <= 1.0 && x + y > 0.0 {
            return x / (x + y);
        }
    }
    0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [4, 4];

    /// Image i is i everywhere, its target is class i.
    fn mixed(augment: &Augment, step: u64) -> (Vec<f32>, Vec<f32>) {
        let mut images: Vec<f32> = (0..8 * 48).map(|i| (i / 48) as f32).collect();
        let mut targets: Vec<f32> = (0..64)
            .map(|i| f32::from(u8::from(i / 8 == i % 8)))
            .collect();
        let position = Position {
            seed: 1,
            epoch: 0,
            step,
        };
        augment.mix(position, SIZE, &mut images, &mut targets);
        (images, targets)
    }

    /// The mean of an image is what its target says of it.
    #[test]
    fn targets_follow_the_images() {
        let mix_up = Augment {
            mix_up: 1.0,
            ..Augment::none()
        };
        let cut_mix = Augment {
            cut_mix: 1.0,
            ..Augment::none()
        };
        for augment in [mix_up, cut_mix] {
            let mut changed = 0;
            for step in 0..50 {
                let (images, targets) = mixed(&augment, step);
                for (i, (image, target)) in images.chunks(48).zip(targets.chunks(8)).enumerate() {
                    let mean = image.iter().sum::<f32>() / 48.0;
                    let said: f32 = target
                        .iter()
                        .zip(0u8..)
                        .map(|(t, c)| t * f32::from(c))
                        .sum();
                    assert!((mean - said).abs() < 1e-4, "{mean} {said}");
                    assert!((target.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                    changed += usize::from((mean - i as f32).abs() > 0.01);
                }
            }
            assert!(changed > 200, "{changed} of 400 images were mixed");
        }
    }

    #[test]
    fn without_either_nothing_is_done() {
        let (images, _) = mixed(&Augment::default(), 3);
        assert!(images.iter().zip(0..).all(|(x, i)| *x == (i / 48) as f32));
    }

    #[test]
    fn shares_are_spread_as_beta_says() {
        let mut draw = Draw::new(Purpose::Mix, 1, 2, 3, 4);
        let mut spread = |alpha| {
            let all: Vec<f32> = (0..4000).map(|_| beta(alpha, &mut draw)).collect();
            let mean = all.iter().sum::<f32>() / 4000.0;
            let variance = all.iter().map(|x| (x - mean).powi(2)).sum::<f32>() / 4000.0;
            (mean, variance)
        };
        // Variance of Beta(a, a) is 1 / (4 (2 a + 1)).
        for (alpha, expected) in [(1.0, 1.0 / 12.0), (0.2, 1.0 / 5.6)] {
            let (mean, variance) = spread(alpha);
            assert!((mean - 0.5).abs() < 0.03 && (variance - expected).abs() < 0.01);
        }
    }
}
