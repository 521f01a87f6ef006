//! One method per operator.

use super::{Graph, Op, Value, shape};

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident => $op:expr;)*) => {
        $($(#[$doc])* pub fn $name(&mut self, x: Value) -> Value { self.node($op, &[x]) })*
    };
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident => $op:expr;)*) => {
        $($(#[$doc])* pub fn $name(&mut self, a: Value, b: Value) -> Value { self.node($op, &[a, b]) })*
    };
}

impl Graph {
    unary! {
        /// -x
        neg => Op::Neg;
        /// exp(x)
        exp => Op::Exp;
        /// ln(x)
        log => Op::Log;
        /// Square root.
        sqrt => Op::Sqrt;
        /// Hyperbolic tangent.
        tanh => Op::Tanh;
        /// ln(1 + exp(x))
        softplus => Op::Softplus;
        /// 1 / (1 + exp(-x))
        sigmoid => Op::Sigmoid;
        /// max(x, 0)
        relu => Op::Relu;
        /// Softmax over the last axis.
        softmax => Op::Softmax;
        /// Its operand, through which no gradient flows.
        stop_gradient => Op::StopGradient;
        /// 1 where x > 0, else 0. (A comparison and a selection cost ten times as much.)
        step => Op::HardSigmoid { alpha: 1e38, beta: 0.0 };
        /// 1 where x >= 0, else 0.
        step_from_zero => Op::HardSigmoid { alpha: 1e38, beta: 1.0 };
    }

    binary! {
        /// a + b, broadcast.
        add => Op::Add;
        /// a - b, broadcast.
        sub => Op::Sub;
        /// a * b, broadcast.
        mul => Op::Mul;
        /// a / b, broadcast.
        div => Op::Div;
        /// max(a, b), broadcast.
        max => Op::Max;
    }

    /// x where x >= 0, else `alpha` x.
    pub fn leaky_relu(&mut self, x: Value, alpha: f32) -> Value {
        self.node(Op::LeakyRelu(alpha), &[x])
    }

    /// x limited to `min ..= max`.
    pub fn clip(&mut self, x: Value, min: f32, max: f32) -> Value {
        self.node(Op::Clip { min, max }, &[x])
    }

    /// x times a number.
    pub fn scale(&mut self, x: Value, factor: f32) -> Value {
        let factor = self.scalar(factor);
        self.mul(x, factor)
    }

    /// 2-D convolution of `x [N, C, H, W]` with `w [O, C, k, k]`.
    pub fn conv(&mut self, x: Value, w: Value, stride: usize, padding: usize) -> Value {
        self.node(Op::Conv { stride, padding }, &[x, w])
    }

    /// [`Graph::conv`] plus a bias `[O]`.
    pub fn conv_bias(
        &mut self,
        x: Value,
        w: Value,
        bias: Value,
        stride: usize,
        padding: usize,
    ) -> Value {
        self.node(Op::Conv { stride, padding }, &[x, w, bias])
    }

    /// Transposed convolution: the adjoint of [`Graph::conv`] in x.
    pub fn conv_transpose(
        &mut self,
        x: Value,
        w: Value,
        stride: usize,
        padding: usize,
        output_padding: [usize; 2],
        depthwise: bool,
    ) -> Value {
        self.node(
            Op::ConvTranspose {
                stride,
                padding,
                output_padding,
                depthwise,
            },
            &[x, w],
        )
    }

    /// `x [N, C, ...] * scale [C] + shift [C]`.
    pub fn scale_shift(&mut self, x: Value, scale: Value, shift: Value) -> Value {
        self.node(Op::ScaleShift, &[x, scale, shift])
    }

    /// Matrix product `a b` of 2-D values.
    pub fn matmul(&mut self, a: Value, b: Value) -> Value {
        self.gemm(a, b, false, false)
    }

    /// Matrix product of 2-D values, each optionally transposed first.
    pub fn gemm(&mut self, a: Value, b: Value, trans_a: bool, trans_b: bool) -> Value {
        self.node(Op::Gemm { trans_a, trans_b }, &[a, b])
    }

    /// Matrix products of `a [N, m, k]` and `b [N, k, n]`, pair by pair.
    pub fn batch_matmul(&mut self, a: Value, b: Value) -> Value {
        self.node(Op::BatchMatMul, &[a, b])
    }

    /// Sum over `axes`.
    pub fn sum(&mut self, x: Value, axes: &[usize], keep: bool) -> Value {
        self.node(
            Op::ReduceSum {
                axes: axes.to_vec(),
                keep,
            },
            &[x],
        )
    }

    /// Mean over `axes`.
    pub fn mean(&mut self, x: Value, axes: &[usize], keep: bool) -> Value {
        self.node(
            Op::ReduceMean {
                axes: axes.to_vec(),
                keep,
            },
            &[x],
        )
    }

    /// Mean over everything, as a scalar.
    pub fn mean_all(&mut self, x: Value) -> Value {
        let axes: Vec<usize> = (0..self.shape(x).len()).collect();
        self.mean(x, &axes, false)
    }

    /// Same elements, other extents; nothing is added where they are equal.
    pub fn reshape(&mut self, x: Value, shape: &[usize]) -> Value {
        if self.shape(x) == shape {
            return x;
        }
        self.node(Op::Reshape(shape.to_vec()), &[x])
    }

    /// Permuted axes: axis i of the result is axis `perm[i]` of x.
    pub fn transpose(&mut self, x: Value, perm: &[usize]) -> Value {
        self.node(Op::Transpose(perm.to_vec()), &[x])
    }

    /// `length` elements from `start` at every `step`, along one axis.
    pub fn slice(
        &mut self,
        x: Value,
        axis: usize,
        start: usize,
        length: usize,
        step: isize,
    ) -> Value {
        self.slices(x, &[axis], &[start], &[length], &[step])
    }

    /// [`Graph::slice`] along several axes at once.
    pub fn slices(
        &mut self,
        x: Value,
        axes: &[usize],
        starts: &[usize],
        lengths: &[usize],
        steps: &[isize],
    ) -> Value {
        let op = Op::Slice {
            axes: axes.to_vec(),
            starts: starts.to_vec(),
            lengths: lengths.to_vec(),
            steps: steps.to_vec(),
        };
        self.node(op, &[x])
    }

    /// Zero padding per axis.
    pub fn pad(&mut self, x: Value, before: &[usize], after: &[usize]) -> Value {
        if before.iter().chain(after).all(|&n| n == 0) {
            return x;
        }
        self.node(
            Op::Pad {
                before: before.to_vec(),
                after: after.to_vec(),
            },
            &[x],
        )
    }

    /// Joins along `axis`, in a tree of at most eight at a time (GPU shaders bind few buffers).
    pub fn concat(&mut self, parts: &[Value], axis: usize) -> Value {
        if let [only] = parts {
            return *only;
        }
        if parts.len() <= 8 {
            return self.node(Op::Concat(axis), parts);
        }
        let joined: Vec<Value> = parts
            .chunks(8)
            .map(|chunk| self.concat(chunk, axis))
            .collect();
        self.concat(&joined, axis)
    }

    /// Broadcasts to `shape`.
    pub fn expand(&mut self, x: Value, shape: &[usize]) -> Value {
        if self.shape(x) == shape {
            return x;
        }
        self.node(Op::Expand(shape.to_vec()), &[x])
    }

    /// Enlarges height and width by a whole factor, each element repeated.
    pub fn upsample_nearest(&mut self, x: Value, factor: usize) -> Value {
        self.node(Op::UpsampleNearest(factor), &[x])
    }

    /// Resizes height and width bilinearly (half-pixel centres, clamped edges).
    pub fn resize_linear(&mut self, x: Value, height: usize, width: usize) -> Value {
        if self.shape(x)[2..] == [height, width] {
            return x;
        }
        self.node(Op::ResizeLinear(height, width), &[x])
    }

    /// Sums `x` down to `shape`: the adjoint of broadcasting from `shape`.
    pub fn sum_to(&mut self, x: Value, target: &[usize]) -> Value {
        let from = self.shape(x).to_vec();
        if from == target {
            return x;
        }
        debug_assert_eq!(shape::broadcast(&from, target), from);
        let lead = from.len() - target.len();
        let axes: Vec<usize> = (0..from.len())
            .filter(|&i| i < lead || (target[i - lead] == 1 && from[i] != 1))
            .collect();
        let summed = self.sum(x, &axes, false);
        self.reshape(summed, target)
    }
}
