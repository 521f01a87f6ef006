//! Eigenvectors of a small symmetric matrix, by Jacobi's rotations.

/// Most rounds over all pairs; a matrix of a few hundred columns takes about ten.
const ROUNDS: usize = 30;

/// Eigenvalues and eigenvectors, the largest value first. `matrix` has `side` rows; so have the vectors, which are the
/// columns of the second result.
pub(super) fn eigen(mut matrix: Vec<f64>, side: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; side * side];
    for i in 0..side {
        vectors[i * side + i] = 1.0;
    }
    let scale: f64 = matrix.iter().map(|x| x * x).sum();
    for _ in 0..ROUNDS {
        let off: f64 = (0..side)
            .flat_map(|i| (0..i).map(move |j| i * side + j))
            .map(|at| matrix[at] * matrix[at])
            .sum();
        if off <= 1e-22 * scale {
            break;
        }
        for p in 0..side {
            for q in p + 1..side {
                rotate(&mut matrix, &mut vectors, side, (p, q));
            }
        }
    }
    let mut order: Vec<usize> = (0..side).collect();
    let value = |i: usize| matrix[i * side + i];
    order.sort_by(|&a, &b| value(b).total_cmp(&value(a)));
    let sorted = (0..side).flat_map(|row| order.iter().map(move |&column| (row, column)));
    let columns = sorted.map(|(row, column)| vectors[row * side + column]);
    (order.iter().map(|&i| value(i)).collect(), columns.collect())
}

/// Makes the number at (p, q) zero.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], side: usize, (p, q): (usize, usize)) {
    let off = matrix[p * side + q];
    if off == 0.0 {
        return;
    }
    let theta = (matrix[q * side + q] - matrix[p * side + p]) / (2.0 * off);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    let turn = |numbers: &mut [f64], a: usize, b: usize| {
        let (x, y) = (numbers[a], numbers[b]);
        numbers[a] = c * x - s * y;
        numbers[b] = s * x + c * y;
    };
    for k in 0..side {
        turn(matrix, k * side + p, k * side + q);
    }
    for k in 0..side {
        turn(matrix, p * side + k, q * side + k);
        turn(vectors, k * side + p, k * side + q);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_axes_of_a_known_matrix() {
        // Eigenvalues 4, 2 and 1 along (1, 1, 0), (1, -1, 0) and (0, 0, 1).
        let (values, vectors) = eigen(vec![3.0, 1.0, 0.0, 1.0, 3.0, 0.0, 0.0, 0.0, 1.0], 3);
        for (value, expected) in values.iter().zip([4.0, 2.0, 1.0]) {
            assert!((value - expected).abs() < 1e-9, "{values:?}");
        }
        assert!((vectors[0] - vectors[3]).abs() < 1e-9, "{vectors:?}");
        assert!((vectors[8].abs() - 1.0).abs() < 1e-9, "{vectors:?}");
    }
}
