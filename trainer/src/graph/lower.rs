//! Operators written in terms of others: for execution providers that lack them or run them badly, and for small files.

use super::{
    Op, Value,
    onnx::Writer,
    proto::{int, ints},
};

/// One rule of an execution provider, or of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lowering {
    /// max(a, b) as relu(a - b) + b: WebGPU's provider has no Max.
    MaxByRelu,
    /// A matrix product over a long axis as the sum of shorter ones: CUDA's library gives a small result to one
    /// multiprocessor of the GPU, however long the sums are (weight gradients sum over all pixels of a batch).
    LongProductsInParts,
    /// Long rows are joined as matrices of few rows, or as the sum of padded rows: CUDA's Concat makes a table with one
    /// entry for each place along the axis, on the host, in every run (200 ms for the gradient of ResNet-18).
    LongRowsInParts,
    /// The gradient of a convolution's weights as one product with all shifts of each picture, or of all small ones in a row.
    WeightGradientsByPicture,
    /// Sums and means over pictures and their pixels in two steps, pixels first: in one, CUDA's provider takes a slow way.
    SumsInTwoSteps,
    /// Zeros around what a convolution sees as that one's own padding: generator files.
    PadsOfConvolutions,
}

/// Rows from this length on are joined in parts.
const LONG_ROW: usize = 1 << 15;

/// Least number of columns of what is joined as matrices.
const COLUMNS: usize = 32;

/// Results of at most this extent are one block of CUDA's matrix products.
const BLOCK: usize = 128;

/// Blocks that fill a GPU.
const BLOCKS: usize = 128;

/// Products of parts shorter than this are not worth their start.
const PART: usize = 256;

impl Writer<'_> {
    /// Writes `value` by a rule, if one applies to it.
    pub(super) fn lowered(&mut self, value: Value, op: &Op, inputs: &[Value]) -> bool {
        match op {
            Op::Max if self.has(Lowering::MaxByRelu) => self.max_by_relu(value, inputs),
            Op::Gemm {
                trans_a: false,
                trans_b: true,
            } if self.has(Lowering::LongProductsInParts) => {
                let [rows, long] = [0, 1].map(|i| self.graph.shape(inputs[0])[i]);
                let columns = self.graph.shape(inputs[1])[0];
                let parts = parts(rows, columns, long);
                if parts == 1 {
                    return false;
                }
                self.product_in_parts(value, inputs, [rows, columns, long], parts);
            }
            Op::Concat(0)
                if self.has(Lowering::LongRowsInParts)
                    && matches!(self.graph.shape(value), [long] if *long >= LONG_ROW) =>
            {
                self.long_row(value, inputs);
            }
            Op::ReduceSum { axes, keep } | Op::ReduceMean { axes, keep }
                if self.has(Lowering::SumsInTwoSteps) && axes[..] == [0, 2, 3] && !keep =>
            {
                let kind = match op {
                    Op::ReduceMean { .. } => "ReduceMean",
                    _ => "ReduceSum",
                };
                self.sum_in_two_steps(kind, value, inputs[0]);
            }
            Op::Pad { .. } => return self.absorbed.contains(&value),
            _ => return false,
        }
        true
    }

    /// The first parts, as far as their lengths share a large factor, as columns of a matrix, whose rows Concat joins; and
    /// what is left over as the sum of padded rows.
    fn long_row(&mut self, value: Value, inputs: &[Value]) {
        let name = self.name(value);
        let lengths: Vec<usize> = inputs.iter().map(|&v| self.graph.elements(v)).collect();
        let (joined, grain) = joinable(&lengths);
        let mut rows = Vec::new();
        if joined > 0 {
            let columns = self.integers(&[-1, grain as i64]);
            let mut matrices = Vec::new();
            for (i, &input) in inputs[..joined].iter().enumerate() {
                let matrix = format!("{name}_matrix{i}");
                let operands = vec![self.name(input), columns.clone()];
                self.push("Reshape", operands, matrix.clone(), vec![]);
                matrices.push(matrix);
            }
            let [matrix, row] = ["matrix", "row"].map(|part| format!("{name}_{part}"));
            self.push("Concat", matrices, matrix.clone(), vec![int("axis", 0)]);
            let flat = self.integers(&[-1]);
            self.push("Reshape", vec![matrix, flat], row.clone(), vec![]);
            rows.push((row, lengths[..joined].iter().sum()));
        }
        let rest = inputs.iter().zip(&lengths).skip(joined);
        rows.extend(rest.map(|(&input, &length)| (self.name(input), length)));

        let long: usize = lengths.iter().sum();
        if let [(row, _)] = &rows[..] {
            self.push("Identity", vec![row.clone()], name, vec![]);
            return;
        }
        let mut before = 0;
        let mut padded = Vec::new();
        for (i, (row, length)) in rows.into_iter().enumerate() {
            let pads = self.integers(&[before as i64, (long - before - length) as i64]);
            let one = format!("{name}_padded{i}");
            self.push("Pad", vec![row, pads], one.clone(), vec![]);
            padded.push(one);
            before += length;
        }
        self.push("Sum", padded, name, vec![]);
    }

    fn sum_in_two_steps(&mut self, kind: &str, value: Value, input: Value) {
        let name = self.name(value);
        let pixels = format!("{name}_pixels");
        let steps = [
            (self.name(input), &[2, 3][..], pixels.clone()),
            (pixels, &[0], name),
        ];
        for (from, axes, to) in steps {
            let mut operands = vec![from];
            let mut attributes = vec![int("keepdims", 0)];
            match kind {
                "ReduceSum" => operands.push(self.integers(axes)),
                _ => attributes.push(ints("axes", axes)),
            }
            self.push(kind, operands, to, attributes);
        }
    }

    fn max_by_relu(&mut self, value: Value, inputs: &[Value]) {
        let name = self.name(value);
        let [over, above] = ["over", "above"].map(|part| format!("{name}_{part}"));
        let [a, b] = [inputs[0], inputs[1]].map(|v| self.name(v));
        self.push("Sub", vec![a, b.clone()], over.clone(), vec![]);
        self.push("Relu", vec![over], above.clone(), vec![]);
        self.push("Add", vec![above, b], name, vec![]);
    }

    /// `a [rows, long] b [columns, long]^T` as the sum of `parts` products.
    fn product_in_parts(
        &mut self,
        value: Value,
        inputs: &[Value],
        [rows, columns, long]: [usize; 3],
        parts: usize,
    ) {
        let name = self.name(value);
        let perms: [&[i64]; 2] = [&[1, 0, 2], &[1, 2, 0]];
        let mut operands = Vec::new();
        for (i, extent) in [rows, columns].into_iter().enumerate() {
            let [split, turned] = ["split", "turned"].map(|part| format!("{name}_{part}{i}"));
            let shape = self.integers(&[extent as i64, parts as i64, (long / parts) as i64]);
            let operand = self.name(inputs[i]);
            self.push("Reshape", vec![operand, shape], split.clone(), vec![]);
            let perm = vec![ints("perm", perms[i])];
            self.push("Transpose", vec![split], turned.clone(), perm);
            operands.push(turned);
        }
        let products = format!("{name}_products");
        self.push("MatMul", operands, products.clone(), vec![]);
        let axis = self.integers(&[0]);
        let keep = vec![int("keepdims", 0)];
        self.push("ReduceSum", vec![products, axis], name, keep);
    }
}

/// How many of the first rows can be joined as matrices, and of how many columns. None, rather than one.
fn joinable(lengths: &[usize]) -> (usize, usize) {
    let mut columns = 0;
    let mut joined = 0;
    for &length in lengths {
        let shared = greatest_common_divisor(columns, length);
        if shared < COLUMNS {
            break;
        }
        (columns, joined) = (shared, joined + 1);
    }
    match joined {
        0 | 1 => (0, 1),
        _ => (joined, columns),
    }
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    match b {
        0 => a,
        _ => greatest_common_divisor(b, a % b),
    }
}

/// Into how many parts the long axis of a product is cut: a power of two that divides it.
fn parts(rows: usize, columns: usize, long: usize) -> usize {
    let blocks = rows.div_ceil(BLOCK) * columns.div_ceil(BLOCK);
    let wanted = (BLOCKS / blocks).min(long / PART).max(1);
    let most = 1 << long.trailing_zeros().min(usize::BITS - 1);
    (1 << wanted.ilog2()).min(most)
}

#[cfg(test)]
mod tests {
    use super::{joinable, parts};

    #[test]
    fn rows_that_share_a_factor_are_joined_as_matrices() {
        assert_eq!(joinable(&[1728, 64, 64, 36864]), (4, 64));
        assert_eq!(joinable(&[512, 5120, 10]), (2, 512));
        assert_eq!(joinable(&[10, 512, 512]), (0, 1));
        assert_eq!(joinable(&[512, 10]), (0, 1));
        assert_eq!(joinable(&[96, 64, 40]), (2, 32));
    }

    #[test]
    fn long_products_with_small_results_are_cut() {
        assert_eq!(parts(64, 64, 128 * 1024), 128);
        assert_eq!(parts(256, 256, 8192), 32);
        assert_eq!(parts(512, 512, 2048), 8);
        assert_eq!(parts(2048, 2048, 1 << 20), 1);
        assert_eq!(parts(10, 512, 128), 1);
        assert_eq!(parts(64, 64, 12345), 1);
        assert_eq!(parts(64, 64, 3 * 4096), 32);
    }
}
