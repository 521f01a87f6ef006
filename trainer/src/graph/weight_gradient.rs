//! The gradient of a convolution's weights, in plain operators: matrix products of what flows back with the k x k shifts of
//! what the convolution saw.

use super::{Graph, Lowering, Op, Origin, Value};

/// A convolution whose weights' gradient is wanted.
#[derive(Debug, Clone, Copy)]
struct Window {
    kernel: usize,
    stride: usize,
    padding: usize,
}

/// Pictures of at least this many pixels are multiplied one by one: what that saves is reading each picture in another
/// order, what it costs is one result for each picture.
const PIXELS_OF_A_PICTURE: usize = 256;

impl Graph {
    /// The gradient of the weights `[O, C, kernel, kernel]` of [`Graph::conv`] of `x [N, C, H, W]`, where `dy
    /// [N, O, H', W']` is that of its result.
    pub(crate) fn weight_gradient(
        &mut self,
        x: Value,
        dy: Value,
        kernel: usize,
        stride: usize,
        padding: usize,
    ) -> Value {
        let op = Op::WeightGradient {
            kernel,
            stride,
            padding,
        };
        self.node(op, &[x, dy])
    }

    /// The same graph with each weight gradient in plain operators.
    pub(super) fn with_plain_weight_gradients(&self, lowering: &[Lowering]) -> Self {
        let by_picture = lowering.contains(&Lowering::WeightGradientsByPicture);
        let mut plain = Self::new();
        let mut here = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let value = match &entry.origin {
                Origin::Node { op, inputs } => {
                    let inputs: Vec<Value> = inputs.iter().map(|v| here[v.0]).collect();
                    match *op {
                        Op::WeightGradient {
                            kernel,
                            stride,
                            padding,
                        } => {
                            let window = Window {
                                kernel,
                                stride,
                                padding,
                            };
                            match by_picture {
                                true => plain.shifts_at_once(inputs[0], inputs[1], window),
                                false => plain.shift_by_shift(inputs[0], inputs[1], window),
                            }
                        }
                        _ => {
                            let op = op.clone();
                            plain.push(entry.shape.clone(), Origin::Node { op, inputs })
                        }
                    }
                }
                origin => plain.push(entry.shape.clone(), origin.clone()),
            };
            here.push(value);
        }
        plain.outputs = self
            .outputs
            .iter()
            .map(|(name, value)| (name.clone(), here[value.0]))
            .collect();
        plain
    }

    /// One matrix product of `dy [O, N H' W']` with each of the shifts `[C, N H' W']`: little memory, for processors.
    fn shift_by_shift(&mut self, x: Value, dy: Value, window: Window) -> Value {
        let [n, o, rows, cols] = self.extents(dy);
        let (c, k) = (self.shape(x)[1], window.kernel);
        let dy = self.transpose(dy, &[1, 0, 2, 3]);
        let dy = self.reshape(dy, &[o, n * rows * cols]);
        let x = self.transpose(x, &[1, 0, 2, 3]);
        let products: Vec<Value> = self
            .shifts(x, [rows, cols], window)
            .into_iter()
            .map(|shifted| {
                let shifted = self.reshape(shifted, &[c, n * rows * cols]);
                let product = self.gemm(dy, shifted, false, true);
                self.reshape(product, &[1, o, c])
            })
            .collect();
        let all = self.concat(&products, 0);
        let ordered = self.transpose(all, &[1, 2, 0]);
        self.reshape(ordered, &[o, c, k, k])
    }

    /// One matrix product with all shifts, of each picture or of all pictures in a row: few large operators, for GPUs.
    fn shifts_at_once(&mut self, x: Value, dy: Value, window: Window) -> Value {
        let [n, o, rows, cols] = self.extents(dy);
        let (c, k) = (self.shape(x)[1], window.kernel);
        let pixels = rows * cols;
        let product = if pixels >= PIXELS_OF_A_PICTURE {
            let shifted = self.shifts(x, [rows, cols], window);
            let shifted = self.concat(&shifted, 1);
            let shifted = self.reshape(shifted, &[n, k * k * c, pixels]);
            let shifted = self.transpose(shifted, &[0, 2, 1]);
            let dy = self.reshape(dy, &[n, o, pixels]);
            let products = self.batch_matmul(dy, shifted);
            self.sum(products, &[0], false)
        } else {
            let dy = self.transpose(dy, &[1, 0, 2, 3]);
            let dy = self.reshape(dy, &[o, n * pixels]);
            let x = self.transpose(x, &[1, 0, 2, 3]);
            let shifted = self.shifts(x, [rows, cols], window);
            let shifted = self.concat(&shifted, 0);
            let shifted = self.reshape(shifted, &[k * k * c, n * pixels]);
            self.gemm(dy, shifted, false, true)
        };
        let apart = self.reshape(product, &[o, k * k, c]);
        let ordered = self.transpose(apart, &[0, 2, 1]);
        self.reshape(ordered, &[o, c, k, k])
    }

    /// What each of the k x k weights sees of `x`, whose last two axes are rows and columns.
    fn shifts(&mut self, x: Value, seen: [usize; 2], window: Window) -> Vec<Value> {
        let Window {
            kernel: k,
            stride,
            padding,
        } = window;
        if (k, stride, padding) == (1, 1, 0) {
            return vec![x];
        }
        let border = [0, 0, padding, padding];
        let x = self.pad(x, &border, &border);
        let step = [stride as isize; 2];
        (0..k * k)
            .map(|tap| self.slices(x, &[2, 3], &[tap / k, tap % k], &seen, &step))
            .collect()
    }

    fn extents(&self, pictures: Value) -> [usize; 4] {
        let &[n, c, rows, cols] = self.shape(pictures) else {
            unreachable!("images have four axes")
        };
        [n, c, rows, cols]
    }
}
