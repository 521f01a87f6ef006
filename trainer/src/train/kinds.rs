//! Pseudo-labels: photos without labels, sorted into kinds by what a network sees in them.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::logits;
use crate::{
    data::{Dataset, Splits},
    error::{Error, Result},
    nets::Pretrained,
};

/// Searches for the kinds, each from other first centres; the one whose photos lie closest to their centres is taken.
const SEARCHES: u64 = 8;
/// Most rounds of a search; it ends sooner where no photo changes its kind.
const ROUNDS: usize = 100;

/// Labels both sets by `kinds` clusters of the training set's features: what EfficientNet-Lite0's first blocks, as they
/// learned from ImageNet, give for a photo (mean over the photo, standardised), clustered by k-means (Lloyd 1982, first
/// centres by k-means++, Arthur and Vassilvitskii 2007). The labels that the sets had are not looked at.
///
/// # Errors
/// [`Error::Recipe`] for fewer than 2 or more than 256 kinds, or fewer photos than kinds; as [`logits`].
pub fn into_kinds(splits: Splits, kinds: usize, seed: u64) -> Result<Splits> {
    let fail = |text: String| Err(Error::Recipe(text));
    if !(2..=256).contains(&kinds) {
        return fail(format!("kinds = {kinds}; 2 to 256 are possible"));
    }
    if splits.train.len() < kinds {
        let (name, photos) = (&splits.train.name, splits.train.len());
        return fail(format!("{name} has {photos} photos; kinds = {kinds}"));
    }
    let train = features(&splits.train)?;
    let scale = Scale::of(&train);
    let train = scale.apply(train);
    let found: Vec<(f64, Vec<Point>)> = (0..SEARCHES)
        .into_par_iter()
        .map(|search| k_means(&train, kinds, seed ^ (search << 32)))
        .collect();
    let best = found.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let centres = best.map(|(_, centres)| centres).unwrap_or_default();
    let test = scale.apply(features(&splits.test)?);
    let labelled = |data: Dataset, points: &[Point]| Dataset {
        classes: (0..kinds).map(|i| format!("kind {i}")).collect(),
        labels: points
            .iter()
            .map(|p| nearest(&centres, p).0 as u8)
            .collect(),
        ..data
    };
    Ok(Splits {
        train: labelled(splits.train, &train),
        test: labelled(splits.test, &test),
    })
}

type Point = Vec<f32>;

fn features(data: &Dataset) -> Result<Vec<Point>> {
    let (net, state) = Pretrained::EfficientnetLite0.features()?;
    let mut points = Vec::with_capacity(data.len());
    logits(&net, &state, data, usize::MAX, |row| {
        points.push(row.to_vec());
    })?;
    Ok(points)
}

/// Mean and standard deviation of each feature.
struct Scale(Vec<(f32, f32)>);

impl Scale {
    fn of(points: &[Point]) -> Self {
        let count = points.len() as f64;
        let length = points.first().map_or(0, Vec::len);
        let each = (0..length).map(|i| {
            let mean = points.iter().map(|p| f64::from(p[i])).sum::<f64>() / count;
            let square = |p: &Point| (f64::from(p[i]) - mean).powi(2);
            let deviation = (points.iter().map(square).sum::<f64>() / count).sqrt();
            (mean as f32, deviation.max(1e-6) as f32)
        });
        Self(each.collect())
    }

    fn apply(&self, mut points: Vec<Point>) -> Vec<Point> {
        for point in &mut points {
            for (x, (mean, deviation)) in point.iter_mut().zip(&self.0) {
                *x = (*x - mean) / deviation;
            }
        }
        points
    }
}

/// The sum of squared distances to the nearest centre, and the centres.
fn k_means(points: &[Point], kinds: usize, seed: u64) -> (f64, Vec<Point>) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut centres = first_centres(points, kinds, &mut rng);
    let mut labels = Vec::new();
    for _ in 0..ROUNDS {
        let now: Vec<usize> = points.iter().map(|p| nearest(&centres, p).0).collect();
        if now == labels {
            break;
        }
        labels = now;
        for (kind, centre) in centres.iter_mut().enumerate() {
            let members = points.iter().zip(&labels).filter(|(_, l)| **l == kind);
            if let Some(mean) = mean(members.map(|(point, _)| point)) {
                *centre = mean;
            }
        }
    }
    let spread = points.iter().map(|p| nearest(&centres, p).1).sum();
    (spread, centres)
}

/// k-means++: each next centre is a point, drawn in proportion to its squared distance from those before.
fn first_centres(points: &[Point], kinds: usize, rng: &mut ChaCha8Rng) -> Vec<Point> {
    let mut centres = vec![points[rng.random_range(0..points.len())].clone()];
    while centres.len() < kinds {
        let distances: Vec<f64> = points.iter().map(|p| nearest(&centres, p).1).collect();
        let mut left = rng.random::<f64>() * distances.iter().sum::<f64>();
        let drawn = distances.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        centres.push(points[drawn.unwrap_or(points.len() - 1)].clone());
    }
    centres
}

/// Which centre is nearest, and the squared distance to it.
fn nearest(centres: &[Point], point: &Point) -> (usize, f64) {
    let distance = |centre: &Point| {
        let squares = centre.iter().zip(point).map(|(a, b)| (a - b).powi(2));
        f64::from(squares.sum::<f32>())
    };
    centres
        .iter()
        .map(distance)
        .enumerate()
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .unwrap_or((0, 0.0))
}

fn mean<'a>(points: impl Iterator<Item = &'a Point>) -> Option<Point> {
    let mut count = 0.0;
    let mut sum: Option<Point> = None;
    for point in points {
        count += 1.0;
        match &mut sum {
            None => sum = Some(point.clone()),
            Some(sum) => sum.iter_mut().zip(point).for_each(|(s, x)| *s += x),
        }
    }
    sum.map(|sum| sum.into_iter().map(|x| x / count).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn k_means_finds_clouds_that_lie_apart() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let cloud = |i: usize| [(0.0, 0.0), (5.0, 0.0), (0.0, 5.0)][i % 3];
        let points: Vec<Point> = (0..300)
            .map(|i| {
                let (x, y) = cloud(i);
                vec![x + rng.random::<f32>(), y + rng.random::<f32>()]
            })
            .collect();
        let (spread, centres) = k_means(&points, 3, 1);
        assert!(spread < 300.0 * 2.0 / 12.0 * 1.2, "{spread}");
        for (i, point) in points.iter().enumerate() {
            let of_first = nearest(&centres, &points[i % 3]).0;
            assert_eq!(nearest(&centres, point).0, of_first, "{i}");
        }
    }

    #[test]
    fn kinds_that_photos_cannot_fill_are_refused() {
        let set = |n: usize| Dataset {
            name: "set".into(),
            classes: vec!["photos".into()],
            height: 32,
            width: 32,
            images: vec![0; n * 3 * 32 * 32],
            labels: vec![0; n],
        };
        let fails = |n, kinds| {
            let splits = Splits {
                train: set(n),
                test: set(1),
            };
            into_kinds(splits, kinds, 1).unwrap_err().to_string()
        };
        assert!(fails(5, 6).contains("set has 5 photos; kinds = 6"));
        assert!(fails(5, 1).contains("kinds = 1"));
    }

    #[test]
    fn colours_are_kinds_and_labels_are_not_looked_at() {
        let colours = [[200, 30, 30], [30, 200, 30], [30, 30, 200]];
        let set = |n: usize| {
            let image = |i: usize| colours[i % 3].map(|c| vec![c + (i % 5) as u8; 32 * 32]);
            Dataset {
                name: "set".into(),
                classes: vec!["photos".into()],
                height: 32,
                width: 32,
                images: (0..n).flat_map(|i| image(i).concat()).collect(),
                labels: vec![0; n],
            }
        };
        let splits = Splits {
            train: set(30),
            test: set(6),
        };
        let sorted = into_kinds(splits, 3, 1).unwrap();
        assert_eq!(sorted.train.histogram(), [10, 10, 10]);
        assert_eq!(sorted.test.labels, sorted.train.labels[..6]);
        assert_eq!(sorted.train.labels[..3], sorted.train.labels[3..6]);
    }
}
