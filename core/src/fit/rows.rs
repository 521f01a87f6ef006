//! Vectors of the same length.

/// Vectors of the same length, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rows {
    width: usize,
    numbers: Vec<f32>,
}

impl Rows {
    /// None yet; each will have `width` numbers, at least one.
    pub(super) fn new(width: usize) -> Self {
        Self {
            width: width.max(1),
            numbers: Vec::new(),
        }
    }

    pub(super) fn of(width: usize, rows: impl IntoIterator<Item = Vec<f32>>) -> Self {
        let mut all = Self::new(width);
        rows.into_iter().for_each(|row| all.push(&row));
        all
    }

    /// Adds a vector. One of another length is cut or filled with zeros.
    pub(super) fn push(&mut self, row: &[f32]) {
        let end = self.numbers.len() + self.width;
        self.numbers
            .extend_from_slice(&row[..row.len().min(self.width)]);
        self.numbers.resize(end, 0.0);
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len() / self.width
    }

    pub(super) fn row(&self, index: usize) -> &[f32] {
        &self.numbers[index * self.width..][..self.width]
    }

    pub(super) fn iter(&self) -> std::slice::ChunksExact<'_, f32> {
        self.numbers.chunks_exact(self.width)
    }

    /// The mean of the vectors at some places; zeros for none.
    pub(super) fn mean(&self, of: impl IntoIterator<Item = usize>) -> Vec<f32> {
        let mut sum = vec![0.0f64; self.width];
        let mut count = 0;
        for index in of {
            count += 1;
            for (sum, x) in sum.iter_mut().zip(self.row(index)) {
                *sum += f64::from(*x);
            }
        }
        let count = f64::from(count.max(1));
        sum.iter().map(|sum| (sum / count) as f32).collect()
    }
}

/// The sum of the products of two vectors.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The vector at length 1; as it is where it has none.
pub(super) fn unit(mut vector: Vec<f32>) -> Vec<f32> {
    let length = dot(&vector, &vector).sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vector
}

pub(super) fn root_mean_square(numbers: &[f32]) -> f32 {
    let sum: f64 = numbers.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
    (sum / numbers.len().max(1) as f64).sqrt() as f32
}
