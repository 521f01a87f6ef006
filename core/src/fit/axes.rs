//! Principal axes of many vectors, by subspace iteration with a fixed start (Halko, Martinsson and Tropp, 2011).

use rayon::prelude::*;

use super::jacobi;
use super::random::Random;
use super::rows::{Rows, dot};

/// Directions that are followed beyond those asked for, so that the last of them are right too.
const SPARE: usize = 16;
const ITERATIONS: usize = 6;
/// Features that a thread sums at a time.
const BLOCK: usize = 64;

/// The directions along which vectors, whose mean is zero, spread most, and how far (standard deviations), the widest
/// first. The directions have length 1, or 0 beyond the vectors' rank.
pub(super) fn principal(centred: &Rows, count: usize) -> (Rows, Vec<f32>) {
    let (width, wide) = (centred.width(), (count + SPARE).min(centred.width()));
    let mut random = Random::new(1);
    let start = (0..width).map(|_| (0..wide).map(|_| random.share() as f32 - 0.5).collect());
    // One row for each feature, one column for each direction.
    let mut basis = orthonormal(&Rows::of(wide, start));
    for _ in 0..ITERATIONS {
        basis = orthonormal(&transposed_times(centred, &times(centred, &basis)));
    }
    let places = times(centred, &basis);
    let (values, vectors) = jacobi::eigen(square(&places), wide);
    let count = count.min(wide);
    let axis = |k: usize| -> Vec<f32> {
        let column: Vec<f32> = (0..wide).map(|i| vectors[i * wide + k] as f32).collect();
        basis.iter().map(|row| dot(row, &column)).collect()
    };
    let spread = |k: usize| (values[k].max(0.0) / centred.len().max(1) as f64).sqrt() as f32;
    let axes = (0..count).map(axis);
    (Rows::of(width, axes), (0..count).map(spread).collect())
}

/// Each vector's part along each column of `basis`.
fn times(vectors: &Rows, basis: &Rows) -> Rows {
    let places: Vec<Vec<f32>> = (0..vectors.len())
        .into_par_iter()
        .map(|i| {
            let mut sum = vec![0.0f32; basis.width()];
            for (&x, row) in vectors.row(i).iter().zip(basis.iter()) {
                add(&mut sum, x, row);
            }
            sum
        })
        .collect();
    Rows::of(basis.width(), places)
}

/// The sum of the outer products of vectors and their places.
fn transposed_times(vectors: &Rows, places: &Rows) -> Rows {
    let blocks: Vec<usize> = (0..vectors.width()).step_by(BLOCK).collect();
    let sums: Vec<Rows> = blocks
        .into_par_iter()
        .map(|first| {
            let last = (first + BLOCK).min(vectors.width());
            let mut sums = vec![vec![0.0f32; places.width()]; last - first];
            for (vector, place) in vectors.iter().zip(places.iter()) {
                for (sum, &x) in sums.iter_mut().zip(&vector[first..last]) {
                    add(sum, x, place);
                }
            }
            Rows::of(places.width(), sums)
        })
        .collect();
    let rows = sums.iter().flat_map(Rows::iter).map(<[f32]>::to_vec);
    Rows::of(places.width(), rows)
}

fn add(sum: &mut [f32], factor: f32, row: &[f32]) {
    for (sum, x) in sum.iter_mut().zip(row) {
        *sum += factor * x;
    }
}

/// The columns made orthonormal (Gram and Schmidt, twice over); zeros for one that depends on those before it.
fn orthonormal(rows: &Rows) -> Rows {
    let (height, wide) = (rows.len(), rows.width());
    let mut columns: Vec<Vec<f64>> = (0..wide)
        .map(|k| rows.iter().map(|row| f64::from(row[k])).collect())
        .collect();
    let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    for k in 0..wide {
        let (before, rest) = columns.split_at_mut(k);
        let column = &mut rest[0];
        let length = product(column, column).sqrt();
        for _ in 0..2 {
            for other in before.iter() {
                let part = product(other, column);
                for (x, y) in column.iter_mut().zip(other) {
                    *x -= part * y;
                }
            }
        }
        let left = product(column, column).sqrt();
        let scale = if left > 1e-6 * length {
            1.0 / left
        } else {
            0.0
        };
        column.iter_mut().for_each(|x| *x *= scale);
    }
    let row = |i: usize| columns.iter().map(|column| column[i] as f32).collect();
    Rows::of(wide, (0..height).map(row))
}

/// The products of all pairs of columns.
fn square(rows: &Rows) -> Vec<f64> {
    let wide = rows.width();
    let mut sums = vec![0.0f64; wide * wide];
    for row in rows.iter() {
        for (i, &x) in row.iter().enumerate() {
            let into = &mut sums[i * wide..][..wide];
            for (sum, &y) in into.iter_mut().zip(row) {
                *sum += f64::from(x) * f64::from(y);
            }
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_directions_in_which_vectors_spread() {
        let mut random = Random::new(7);
        // 200 vectors of 40 numbers: wide along the sixth, less along the third, hardly elsewhere.
        let mut vectors = Rows::new(40);
        for i in 0..200 {
            let mut row: Vec<f32> = (0..40).map(|_| random.share() as f32 * 0.01).collect();
            row[5] = if i % 2 == 0 { 3.0 } else { -3.0 };
            row[2] = if i % 4 < 2 { 1.0 } else { -1.0 };
            vectors.push(&row);
        }
        let (axes, spread) = principal(&vectors, 3);
        assert!(axes.row(0)[5].abs() > 0.999, "{:?}", axes.row(0));
        assert!(axes.row(1)[2].abs() > 0.999, "{:?}", axes.row(1));
        assert!(
            (spread[0] - 3.0).abs() < 0.01 && (spread[1] - 1.0).abs() < 0.01,
            "{spread:?}"
        );
        assert!(spread[2] < 0.1, "{spread:?}");
    }

    #[test]
    fn two_vectors_have_one_direction_and_nothing_beyond() {
        let vectors = Rows::of(30, [vec![1.0; 30], vec![-1.0; 30]]);
        let (axes, spread) = principal(&vectors, 8);
        assert!((spread[0] - 30f32.sqrt()).abs() < 1e-3, "{spread:?}");
        assert!(spread[1..].iter().all(|s| *s < 1e-3), "{spread:?}");
        assert!(axes.iter().flatten().all(|x| x.is_finite()));
    }
}
