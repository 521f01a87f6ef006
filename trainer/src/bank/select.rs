//! Choosing patterns that stand out against photos.

use rand::Rng;

use super::{dot, sign, upsampled};
use crate::data::Dataset;

/// Candidates among which the patterns are chosen.
const CANDIDATES: usize = 20_000;
/// Most that two patterns may be alike: the magnitude of their cosine.
const LIKENESS: f64 = 0.3;
/// How much that limit is raised where it leaves too few patterns.
const LIKENESS_STEP: f64 = 0.1;
/// Images that the variation of photos is measured on.
const IMAGES: usize = 5000;

/// K x 2 x g x g values of ±1 (red and blue as fractions of the largest amplitude): patterns along which the images of
/// `data` vary least and which are little like each other.
///
/// A fresh model learns a pattern the sooner, the more it stands out against what photos do anyway. Each pattern is its
/// own mirror image, so that a photo which training mirrors still carries the same one.
pub fn quiet_bank(codes: usize, grid: usize, data: &Dataset, rng: &mut impl Rng) -> Vec<f32> {
    let space = Space::new(grid, data);
    let mut candidates: Vec<Candidate> = (0..CANDIDATES)
        .map(|_| space.candidate(mirrored_signs(grid, rng)))
        .collect();
    candidates.sort_by(|a, b| a.variance.total_cmp(&b.variance));
    let mut limit = LIKENESS;
    loop {
        let mut chosen: Vec<&Candidate> = Vec::new();
        for candidate in &candidates {
            let like = |other: &&Candidate| space.likeness(candidate, other) > limit;
            if chosen.len() < codes && !chosen.iter().any(like) {
                chosen.push(candidate);
            }
        }
        // Above 1 nothing is left out: a grid with fewer patterns than codes uses some of them twice.
        if chosen.len() == codes || limit > 1.0 {
            let signs = chosen.iter().cycle().take(codes);
            return signs.flat_map(|c| c.signs.iter().copied()).collect();
        }
        limit += LIKENESS_STEP;
    }
}

struct Candidate {
    signs: Vec<f32>,
    /// Squared norm over the whole image.
    energy: f64,
    /// Variance of the images of a data set along the pattern, in squared units of the sample range.
    variance: f64,
}

/// Inner products of patterns, and the covariance of images along them, both as quadratic forms of the patterns' values.
struct Space {
    gram: Vec<Vec<f64>>,
    covariance: Vec<Vec<f64>>,
}

impl Space {
    fn new(grid: usize, data: &Dataset) -> Self {
        let n = 2 * grid * grid;
        let size = [data.height, data.width];
        let basis: Vec<Vec<f32>> = (0..n)
            .map(|i| {
                let unit: Vec<f32> = (0..n).map(|j| f32::from(u8::from(i == j))).collect();
                upsampled(&unit, grid, size, 1.0)
            })
            .collect();
        let gram = matrix(n, |i, j| f64::from(dot(&basis[i], &basis[j])));
        let images = data.len().min(IMAGES);
        let mut along: Vec<Vec<f64>> = vec![Vec::with_capacity(images); n];
        for i in 0..images {
            let image: Vec<f32> = data
                .image(i)
                .iter()
                .map(|&b| f32::from(b) / 255.0)
                .collect();
            for (values, direction) in along.iter_mut().zip(&basis) {
                values.push(f64::from(dot(direction, &image)));
            }
        }
        let count = images.max(1) as f64;
        for values in &mut along {
            let mean = values.iter().sum::<f64>() / count;
            values.iter_mut().for_each(|x| *x -= mean);
        }
        let covariance = matrix(n, |i, j| {
            let products = along[i].iter().zip(&along[j]).map(|(a, b)| a * b);
            products.sum::<f64>() / count
        });
        Self { gram, covariance }
    }

    fn candidate(&self, signs: Vec<f32>) -> Candidate {
        let energy = form(&self.gram, &signs, &signs);
        Candidate {
            variance: form(&self.covariance, &signs, &signs) / energy,
            signs,
            energy,
        }
    }

    fn likeness(&self, a: &Candidate, b: &Candidate) -> f64 {
        (form(&self.gram, &a.signs, &b.signs) / (a.energy * b.energy).sqrt()).abs()
    }
}

fn matrix(n: usize, entry: impl Fn(usize, usize) -> f64) -> Vec<Vec<f64>> {
    (0..n)
        .map(|i| (0..n).map(|j| entry(i, j)).collect())
        .collect()
}

/// a^T M b.
fn form(matrix: &[Vec<f64>], a: &[f32], b: &[f32]) -> f64 {
    let rows = matrix.iter().zip(a);
    rows.map(|(row, &x)| {
        let product: f64 = row.iter().zip(b).map(|(m, &y)| m * f64::from(y)).sum();
        f64::from(x) * product
    })
    .sum()
}

/// 2 x g x g values of ±1, drawn for the left half of each row and mirrored to the right.
fn mirrored_signs(grid: usize, rng: &mut impl Rng) -> Vec<f32> {
    let mut signs = vec![1.0; 2 * grid * grid];
    for row in signs.chunks_mut(grid) {
        for x in 0..grid.div_ceil(2) {
            row[x] = sign(rng);
            row[grid - 1 - x] = row[x];
        }
    }
    signs
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    const SIDE: usize = 16;
    const GRID: usize = 4;

    /// Images that differ in overall colour only, as photos do most of all.
    fn casts() -> Dataset {
        let colour = |i: usize, c: usize| ((i * (37 + 20 * c)) % 251) as u8;
        let plane = SIDE * SIDE;
        Dataset {
            name: "casts".into(),
            classes: vec!["any".into()],
            height: SIDE,
            width: SIDE,
            images: (0..100 * 3 * plane)
                .map(|j| colour(j / (3 * plane), j / plane % 3))
                .collect(),
            labels: vec![0; 100],
        }
    }

    fn bank(codes: usize, grid: usize) -> Vec<f32> {
        quiet_bank(codes, grid, &casts(), &mut ChaCha8Rng::seed_from_u64(1))
    }

    #[test]
    fn patterns_avoid_what_the_images_do() {
        let space = Space::new(GRID, &casts());
        let cast = space.candidate(vec![1.0; 2 * GRID * GRID]);
        for pattern in bank(10, GRID).chunks(2 * GRID * GRID) {
            let variance = space.candidate(pattern.to_vec()).variance;
            assert!(variance < 0.05 * cast.variance, "{variance}");
        }
    }

    #[test]
    fn patterns_differ_and_are_their_own_mirror_images() {
        let space = Space::new(GRID, &casts());
        let bank = bank(10, GRID);
        assert_eq!(bank.len(), 10 * 2 * GRID * GRID);
        assert!(
            bank.chunks(GRID)
                .all(|row| row[0] == row[3] && row[1] == row[2])
        );
        let patterns: Vec<Candidate> = bank
            .chunks(2 * GRID * GRID)
            .map(|p| space.candidate(p.into()))
            .collect();
        for (i, a) in patterns.iter().enumerate() {
            for b in &patterns[i + 1..] {
                assert!(space.likeness(a, b) < 0.5, "{}", space.likeness(a, b));
            }
        }
    }

    #[test]
    fn more_codes_than_patterns_still_make_a_bank() {
        assert_eq!(bank(6, 1).len(), 6 * 2);
    }
}
