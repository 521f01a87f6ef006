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
    /// Long rows are joined as the sum of padded ones: CUDA's Concat makes a table with one entry for each place along
    /// the axis, on the host, in every run (200 ms for the gradient of ResNet-18).
    LongRowsByPadding,
    /// Zeros around what a convolution sees as that one's own padding: generator files.
    PadsOfConvolutions,
}

/// Rows from this length on are joined by padding.
const LONG_ROW: usize = 1 << 15;

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
                if self.has(Lowering::LongRowsByPadding)
                    && matches!(self.graph.shape(value), [long] if *long >= LONG_ROW) =>
            {
                self.row_by_padding(value, inputs);
            }
            Op::Pad { .. } => return self.absorbed.contains(&value),
            _ => return false,
        }
        true
    }

    fn row_by_padding(&mut self, value: Value, inputs: &[Value]) {
        let name = self.name(value);
        let long = self.graph.elements(value);
        let mut before = 0;
        let mut padded = Vec::new();
        for (i, &input) in inputs.iter().enumerate() {
            let after = long - before - self.graph.elements(input);
            let pads = self.integers(&[before as i64, after as i64]);
            let one = format!("{name}_padded{i}");
            self.push("Pad", vec![self.name(input), pads], one.clone(), vec![]);
            padded.push(one);
            before += self.graph.elements(input);
        }
        self.push("Sum", padded, name, vec![]);
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

/// Into how many parts the long axis of a product is cut: a power of two that divides it.
fn parts(rows: usize, columns: usize, long: usize) -> usize {
    let blocks = rows.div_ceil(BLOCK) * columns.div_ceil(BLOCK);
    let wanted = (BLOCKS / blocks).min(long / PART).max(1);
    let most = 1 << long.trailing_zeros().min(usize::BITS - 1);
    (1 << wanted.ilog2()).min(most)
}

#[cfg(test)]
mod tests {
    use super::parts;

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
