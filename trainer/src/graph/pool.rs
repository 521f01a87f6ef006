//! Pooling, written with operators that every execution provider has.

use super::{Graph, Value};

impl Graph {
    /// Largest value of each `k x k` window of `x [N, C, H, W]`, which must not be negative: what is padded is zero.
    /// Windows that do not fit are left out.
    pub fn max_pool(&mut self, x: Value, k: usize, stride: usize, padding: usize) -> Value {
        let x = self.pad(x, &[0, 0, padding, padding], &[0, 0, padding, padding]);
        let rows = self.max_along(x, 2, k, stride);
        self.max_along(rows, 3, k, stride)
    }

    fn max_along(&mut self, x: Value, axis: usize, k: usize, stride: usize) -> Value {
        let length = (self.shape(x)[axis] - k) / stride + 1;
        let mut largest = self.slice(x, axis, 0, length, stride as isize);
        for start in 1..k {
            let next = self.slice(x, axis, start, length, stride as isize);
            largest = self.max(largest, next);
        }
        largest
    }

    /// Mean of each `k x k` block of `x [N, C, H, W]`; rows and columns that do not fill a block are left out.
    pub fn average_pool(&mut self, x: Value, k: usize) -> Value {
        let &[n, c, h, w] = self.shape(x) else {
            unreachable!("images have four axes")
        };
        let (rows, columns) = (h / k, w / k);
        let whole = if (rows * k, columns * k) == (h, w) {
            x
        } else {
            self.slices(x, &[2, 3], &[0, 0], &[rows * k, columns * k], &[1, 1])
        };
        let blocks = self.reshape(whole, &[n * c * rows, k, columns, k]);
        let means = self.mean(blocks, &[1, 3], false);
        self.reshape(means, &[n, c, rows, columns])
    }
}
