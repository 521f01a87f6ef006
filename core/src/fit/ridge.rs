//! Directions that tell labelled photos apart: ridge regression of the labels on the photos' places (Hoerl and Kennard, 1970).

use super::rows::Rows;

/// How strongly directions are held back, as a part of the mean spread of an axis. Between 0.001 and 0.1 the photos of
/// imagenette that were left out of a fit come out alike.
const PENALTY: f64 = 0.01;

/// A direction for each class: the product with a photo's place is largest for its own class, and about 1 more than for
/// others. Deterministic, in double precision. `classes` are from 0 to `count`.
pub(super) fn directions(points: &Rows, classes: &[usize], count: usize) -> Vec<Vec<f32>> {
    let width = points.width();
    let photos = points.len().max(1) as f64;
    let mut square = vec![0.0f64; width * width];
    let mut sides = vec![vec![0.0f64; width]; count];
    for (point, &class) in points.iter().zip(classes) {
        for (i, &x) in point.iter().enumerate() {
            let x = f64::from(x);
            for (sum, &y) in square[i * width..=i * width + i].iter_mut().zip(point) {
                *sum += x * f64::from(y) / photos;
            }
            for (k, side) in sides.iter_mut().enumerate() {
                let target = if k == class { 1.0 } else { 0.0 } - 1.0 / count.max(1) as f64;
                side[i] += x * target / photos;
            }
        }
    }
    let trace: f64 = (0..width).map(|i| square[i * width + i]).sum();
    let penalty = (PENALTY * trace / width.max(1) as f64).max(f64::MIN_POSITIVE);
    (0..width).for_each(|i| square[i * width + i] += penalty);
    let root = cholesky(square, width);
    let solved = sides.into_iter().map(|side| solve(&root, side));
    solved
        .map(|side| side.into_iter().map(|x| x as f32).collect())
        .collect()
}

/// The lower triangle whose product with its transpose is a symmetric, positive matrix, of which the lower half is read.
fn cholesky(mut matrix: Vec<f64>, width: usize) -> Vec<f64> {
    for i in 0..width {
        for j in 0..=i {
            let products = (0..j).map(|k| matrix[i * width + k] * matrix[j * width + k]);
            let rest = matrix[i * width + j] - products.sum::<f64>();
            matrix[i * width + j] = if i == j {
                rest.max(f64::MIN_POSITIVE).sqrt()
            } else {
                rest / matrix[j * width + j]
            };
        }
    }
    matrix
}

/// Solves for one right side, forwards and backwards.
fn solve(root: &[f64], mut side: Vec<f64>) -> Vec<f64> {
    let width = side.len();
    for i in 0..width {
        let known: f64 = (0..i).map(|k| root[i * width + k] * side[k]).sum();
        side[i] = (side[i] - known) / root[i * width + i];
    }
    for i in (0..width).rev() {
        let known: f64 = (i + 1..width).map(|k| root[k * width + i] * side[k]).sum();
        side[i] = (side[i] - known) / root[i * width + i];
    }
    side
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_known_system() {
        let root = cholesky(vec![4.0, 0.0, 2.0, 3.0], 2);
        let solved = solve(&root, vec![8.0, 7.0]);
        assert!((solved[0] - 1.25).abs() < 1e-12 && (solved[1] - 1.5).abs() < 1e-12);
    }

    #[test]
    fn classes_that_their_means_confuse_are_told_apart() {
        // Along the first axis both classes spread far, along the second they differ a little.
        let rows: Vec<Vec<f32>> = (0..40)
            .map(|i| {
                let far = ((i * 7) % 20) as f32 - 9.5;
                vec![far, if i < 20 { 0.3 } else { -0.3 }]
            })
            .collect();
        let points = Rows::of(2, rows);
        let classes: Vec<usize> = (0..40).map(|i| i / 20).collect();
        let found = directions(&points, &classes, 2);
        let value = |k: usize, point: &[f32]| -> f32 {
            found[k].iter().zip(point).map(|(a, b)| a * b).sum()
        };
        let right = points
            .iter()
            .zip(&classes)
            .filter(|&(point, &class)| value(class, point) > value(1 - class, point));
        assert_eq!(right.count(), 40);
    }

    #[test]
    fn points_without_spread_give_finite_numbers() {
        let points = Rows::of(3, (0..8).map(|_| vec![0.0; 3]));
        let found = directions(&points, &[0, 1, 0, 1, 0, 1, 0, 1], 2);
        assert!(found.iter().flatten().all(|x| x.is_finite()));
    }
}
