use serde::{Deserialize, Serialize};

use super::{Operation, plasma};
use crate::data::rng::Draw;

/// UEraser's augmentation (Qin et al. 2023, "Learning the unlearnable"): what an attacker does to images to be rid of what
/// protects them. Plasma brightness, plasma contrast and shuffled channels, then one operation of TrivialAugment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ueraser {
    /// `UEraser` of APBench's program, for CIFAR-10 and SVHN: each of the first three for half of the images.
    Small,
    /// `UEraser_img`, for ImageNet: brightness and contrast for all images, and rougher.
    Large,
}

/// The numbers of a variant.
struct Numbers {
    share: f32,
    brightness_roughness: [f32; 2],
    intensity: [f32; 2],
    contrast_roughness: [f32; 2],
}

impl Ueraser {
    /// The one for images of so many pixels a side.
    pub fn for_side(side: usize) -> Self {
        if side < 64 { Self::Small } else { Self::Large }
    }

    const fn numbers(self) -> Numbers {
        match self {
            Self::Small => Numbers {
                share: 0.5,
                brightness_roughness: [0.3, 0.7],
                intensity: [0.5, 1.0],
                contrast_roughness: [0.3, 0.7],
            },
            Self::Large => Numbers {
                share: 1.0,
                brightness_roughness: [0.3, 0.7],
                intensity: [0.3, 1.0],
                contrast_roughness: [0.1, 0.7],
            },
        }
    }

    /// Changes `image`, `[3, H, W]` in 0..1; the batch's operation with a magnitude of the image's own.
    pub(in crate::data::augment) fn apply(
        self,
        image: &mut [f32],
        size: [usize; 2],
        operation: Operation,
        draw: &mut Draw,
    ) {
        let numbers = self.numbers();
        let between = |draw: &mut Draw, [low, high]: [f32; 2]| draw.between(low, high);
        if draw.unit() < numbers.share {
            let roughness = between(draw, numbers.brightness_roughness);
            let intensity = between(draw, numbers.intensity);
            each_plane(image, size, roughness, draw, |x, map| {
                x + (2.0 * map - 1.0) * intensity
            });
        }
        if draw.unit() < numbers.share {
            let roughness = between(draw, numbers.contrast_roughness);
            each_plane(image, size, roughness, draw, |x, map| {
                (x - 0.5) * 4.0 * map + 0.5
            });
        }
        if draw.below(2) == 1 {
            shuffle(image, size[0] * size[1], draw);
        }
        operation.apply(operation.magnitude(size, draw), image, size);
    }
}

/// Changes each channel by a map of its own.
fn each_plane(
    image: &mut [f32],
    size: [usize; 2],
    roughness: f32,
    draw: &mut Draw,
    change: impl Fn(f32, f32) -> f32,
) {
    for plane in image.chunks_mut(size[0] * size[1]) {
        let map = plasma::map(size, roughness, &mut |_, _| draw.unit());
        let both = plane.iter_mut().zip(map);
        both.for_each(|(x, map)| *x = change(*x, map).clamp(0.0, 1.0));
    }
}

fn shuffle(image: &mut [f32], plane: usize, draw: &mut Draw) {
    for last in [2, 1] {
        let other = draw.below(last + 1);
        if other < last {
            let (before, from) = image.split_at_mut(last * plane);
            before[other * plane..][..plane].swap_with_slice(&mut from[..plane]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::rng::Purpose;

    const SIZE: [usize; 2] = [8, 8];

    fn drawn(slot: u32) -> Draw {
        Draw::new(Purpose::Augment, 1, 0, 0, slot)
    }

    #[test]
    fn images_stay_in_range_and_differ_from_draw_to_draw() {
        let image: Vec<f32> = (0..192).map(|i| (i % 50) as f32 / 50.0).collect();
        for variant in [Ueraser::Small, Ueraser::Large] {
            let mut seen = Vec::new();
            for slot in 0..50 {
                let mut changed = image.clone();
                variant.apply(&mut changed, SIZE, Operation::Solarize, &mut drawn(slot));
                assert!(changed.iter().all(|x| (0.0..=1.0).contains(x)));
                if changed != image && !seen.contains(&changed) {
                    seen.push(changed);
                }
            }
            assert!(
                seen.len() > 48,
                "{variant:?}: {} different ones",
                seen.len()
            );
        }
    }

    #[test]
    fn every_order_of_channels_comes_up() {
        let mut orders = std::collections::BTreeSet::new();
        for slot in 0..200 {
            let mut image = [0.0, 0.0, 1.0, 1.0, 2.0, 2.0];
            shuffle(&mut image, 2, &mut drawn(slot));
            let order = [image[0], image[2], image[4]].map(|x| x as u8);
            assert_eq!(order.map(f32::from), [image[1], image[3], image[5]]);
            orders.insert(order);
        }
        assert_eq!(orders.len(), 6);
    }
}
