//! UEraser's augmentation (Qin et al. 2023, "Learning the unlearnable"), as APBench applies it: what an attacker does to
//! images to be rid of what protects them.

use super::{ops::Op, plasma};
use crate::data::rng::Draw;

/// Plasma brightness, plasma contrast and shuffled channels, each for half of the images; then one operation of
/// TrivialAugment (Müller and Hutter 2021) of a random magnitude. `image` is `[3, H, W]` in 0..1.
pub(super) fn apply(image: &mut [f32], size: [usize; 2], draw: &mut Draw) {
    let plane = size[0] * size[1];
    if half(draw) {
        let (roughness, intensity) = (draw.between(0.3, 0.7), draw.between(0.5, 1.0));
        each_plane(image, size, roughness, draw, |x, map| {
            x + (2.0 * map - 1.0) * intensity
        });
    }
    if half(draw) {
        let roughness = draw.between(0.3, 0.7);
        each_plane(image, size, roughness, draw, |x, map| {
            (x - 0.5) * 4.0 * map + 0.5
        });
    }
    if half(draw) {
        shuffle(image, plane, draw);
    }
    let operation = trivial(size, draw);
    let mut bytes: Vec<u8> = image.iter().map(|x| (x * 255.0).round() as u8).collect();
    operation.apply(&mut bytes, size);
    let whole = image.iter_mut().zip(bytes);
    whole.for_each(|(x, byte)| *x = f32::from(byte) / 255.0);
}

fn half(draw: &mut Draw) -> bool {
    draw.below(2) == 1
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
        let map = plasma::map(size, roughness, draw);
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

/// The operations and ranges of Kornia's TrivialAugment, which APBench takes; here each image has one of its own, and
/// brightness and contrast are PIL's blends (Kornia adds, and scales about 0).
fn trivial([height, width]: [usize; 2], draw: &mut Draw) -> Op {
    let moved = |side: usize, draw: &mut Draw| draw.between(-0.5, 0.5) * side as f32;
    match draw.below(12) {
        0 => Op::AutoContrast,
        1 => Op::Equalize,
        2 => Op::Rotate(draw.between(-30.0, 30.0)),
        3 => Op::Posterize(1 + draw.below(4) as u8),
        4 => Op::Solarize(draw.below(257) as u16),
        5 => Op::Contrast(draw.between(0.1, 1.9)),
        6 => Op::Brightness(draw.between(0.1, 1.9)),
        7 => Op::Sharpness(draw.between(0.1, 1.9)),
        8 => Op::ShearX(draw.between(-0.3, 0.3)),
        9 => Op::ShearY(draw.between(-0.3, 0.3)),
        10 => Op::TranslateX(moved(width, draw)),
        _ => Op::TranslateY(moved(height, draw)),
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
        let mut seen = Vec::new();
        for slot in 0..50 {
            let mut changed = image.clone();
            apply(&mut changed, SIZE, &mut drawn(slot));
            assert!(changed.iter().all(|x| (0.0..=1.0).contains(x)));
            if changed != image && !seen.contains(&changed) {
                seen.push(changed);
            }
        }
        // A small shift of eight columns leaves them where they are.
        assert!(seen.len() > 40, "{} different ones", seen.len());
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
