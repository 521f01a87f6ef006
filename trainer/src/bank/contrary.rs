//! Which pattern stands for which class.

use pathfinding::{kuhn_munkres::kuhn_munkres_min, matrix::Matrix};

use super::{dot, upsampled};
use crate::data::Dataset;

/// Images that are looked at.
const IMAGES: usize = 5000;
/// Likenesses are compared to so many digits.
const DIGITS: f64 = 1e6;

/// The patterns of `bank` in another order, one for each class of `data`: that in which the images of the classes are, all
/// in all, least like their own class's pattern.
///
/// The idea: a model that has learned the patterns may take a clean image for the class whose pattern it happens to show most
/// of. In a random order that is the right class about as often as chance has it, in this one more seldom. Whether it helps
/// depends on the bank: `results/README.md` has the trials.
pub fn contrary(bank: &[f32], grid: usize, data: &Dataset) -> Vec<f32> {
    let likeness = likeness(bank, grid, data);
    let weights = likeness.iter().map(|row| {
        let each = row.iter();
        each.map(|x| (x * DIGITS) as i64).collect::<Vec<i64>>()
    });
    let length = 2 * grid * grid;
    match Matrix::from_rows(weights) {
        // Without a pattern for each class there is no such order.
        Ok(weights) if weights.rows > 0 && weights.is_square() => {
            let (_, of_class) = kuhn_munkres_min(&weights);
            let patterns = of_class.iter().flat_map(|&i| &bank[i * length..][..length]);
            patterns.copied().collect()
        }
        _ => bank.to_vec(),
    }
}

/// For each class and pattern how far the class's images go along the pattern in the mean, in deviations of all images.
fn likeness(bank: &[f32], grid: usize, data: &Dataset) -> Vec<Vec<f64>> {
    let size = [data.height, data.width];
    let images = data.len().min(IMAGES);
    let mut sums = vec![Vec::new(); data.classes.len()];
    for pattern in bank.chunks(2 * grid * grid) {
        let pattern = upsampled(pattern, grid, size, 1.0);
        let along: Vec<f64> = (0..images)
            .map(|i| {
                let samples = data.image(i).iter().map(|&b| f32::from(b));
                f64::from(dot(&pattern, &samples.collect::<Vec<f32>>()))
            })
            .collect();
        let [mean, deviation] = moments(along.iter().copied());
        for (class, sums) in sums.iter_mut().enumerate() {
            let own = along.iter().zip(&data.labels);
            let own = own.filter(|(_, label)| usize::from(**label) == class);
            let [own, _] = moments(own.map(|(x, _)| *x));
            sums.push((own - mean) / deviation.max(1e-9));
        }
    }
    sums
}

/// Mean and deviation; 0 of nothing.
fn moments(values: impl Iterator<Item = f64> + Clone) -> [f64; 2] {
    let count = values.clone().count().max(1) as f64;
    let mean = values.clone().sum::<f64>() / count;
    let squares = values.map(|x| (x - mean).powi(2)).sum::<f64>();
    [mean, (squares / count).sqrt()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bank::{opposites, to_rgb};

    const GRID: usize = 8;
    const LENGTH: usize = 2 * GRID * GRID;

    /// Gray images with a little of a pattern each: those of class i have the i-th of the bank, more or less of it.
    fn data(bank: &[f32]) -> Dataset {
        let classes = bank.len() / LENGTH;
        let image = |i: usize| {
            let strength = 10.0 + (i / classes) as f32;
            let pattern = &bank[i % classes * LENGTH..][..LENGTH];
            let samples = to_rgb(pattern, strength).into_iter();
            samples.map(|x| (128.0 + x).round() as u8)
        };
        Dataset {
            name: "tints".into(),
            classes: (0..classes).map(|i| i.to_string()).collect(),
            height: GRID,
            width: GRID,
            images: (0..8 * classes).flat_map(image).collect(),
            labels: (0..8 * classes).map(|i| (i % classes) as u8).collect(),
        }
    }

    #[test]
    fn every_class_gets_a_pattern_and_none_its_own() {
        let bank = opposites(150.0, 6, GRID);
        let ordered = contrary(&bank, GRID, &data(&bank));
        let pattern = |bank: &[f32], i: usize| bank[i * LENGTH..][..LENGTH].to_vec();
        for i in 0..6 {
            let own = pattern(&bank, i);
            assert_eq!((0..6).filter(|&j| pattern(&ordered, j) == own).count(), 1);
            // What its images show least of is the opposite of what they show.
            assert_eq!(pattern(&ordered, i), pattern(&bank, (i + 3) % 6));
        }
    }

    #[test]
    fn a_bank_that_is_too_small_stays_as_it_is() {
        let bank = opposites(150.0, 6, GRID);
        let few = &bank[..2 * LENGTH];
        assert_eq!(contrary(few, GRID, &data(&bank)), few);
        let mut nobody = data(&bank);
        nobody.classes.clear();
        nobody.labels.clear();
        nobody.images.clear();
        assert_eq!(contrary(&bank, GRID, &nobody), bank);
    }
}
