//! One-pixel shortcut (OPS; Wu et al. 2023): one pixel of each image is set to a colour, place and colour by class.

use super::psnr;
use crate::data::Dataset;

/// For each class the place and the corner of the colour cube that are far from what the class's images show there (a
/// large mean difference) in all of them (a small variance of it).
pub(super) fn protect(data: &Dataset) -> (Dataset, f64) {
    let plane = data.height * data.width;
    let mut protected = data.clone();
    protected.name = format!("{} with one pixel", data.name);
    for class in 0..data.classes.len() {
        let members: Vec<usize> = (0..data.len())
            .filter(|&i| usize::from(data.labels[i]) == class)
            .collect();
        let best = (0..plane)
            .flat_map(|place| (0..8).map(move |colour| (place, colour)))
            .map(|(place, colour)| (score(data, &members, place, colour), place, colour))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, place, colour)) = best else {
            continue;
        };
        for &i in &members {
            for channel in 0..3 {
                let at = i * data.samples() + channel * plane + place;
                protected.images[at] = level(colour, channel);
            }
        }
    }
    let psnr = psnr(data, &protected);
    (protected, psnr)
}

/// 0 or 255: a corner of the colour cube has one bit per channel.
fn level(colour: usize, channel: usize) -> u8 {
    if colour >> channel & 1 == 1 { 255 } else { 0 }
}

/// Mean over variance of the change. (The authors' program divides by the deviation, and keeps two classes from taking the
/// same pixel and colour.)
fn score(data: &Dataset, members: &[usize], place: usize, colour: usize) -> f64 {
    let plane = data.height * data.width;
    let (mut sum, mut squares) = (0.0, 0.0);
    for &i in members {
        let image = data.image(i);
        let change: u32 = (0..3)
            .map(|c| u32::from(image[c * plane + place].abs_diff(level(colour, c))))
            .sum();
        let change = f64::from(change) / 255.0;
        sum += change;
        squares += change * change;
    }
    let n = members.len().max(1) as f64;
    let mean = sum / n;
    mean / (squares / n - mean * mean).max(1e-9)
}
