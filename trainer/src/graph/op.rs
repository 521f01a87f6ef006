/// The operators that graphs are made of: the ONNX operators of the same names, with integer operands as fields.
///
/// Images are NCHW. `axes` are counted from the front.
#[derive(Debug, Clone, PartialEq)]
pub enum Op {
    /// Element-wise sum with broadcasting.
    Add,
    /// Element-wise difference with broadcasting.
    Sub,
    /// Element-wise product with broadcasting.
    Mul,
    /// Element-wise quotient with broadcasting.
    Div,
    /// Element-wise maximum with broadcasting.
    Max,
    /// Sign change.
    Neg,
    /// Natural exponential.
    Exp,
    /// Natural logarithm.
    Log,
    /// Square root.
    Sqrt,
    /// Hyperbolic tangent.
    Tanh,
    /// log(1 + exp(x)).
    Softplus,
    /// Logistic function.
    Sigmoid,
    /// max(x, 0).
    Relu,
    /// x where x >= 0, else alpha x.
    LeakyRelu(
        /// Slope of the negative side.
        f32,
    ),
    /// clamp(alpha x + beta, 0, 1); with alpha = 1e38 a cheap step function.
    HardSigmoid {
        /// Slope.
        alpha: f32,
        /// Offset.
        beta: f32,
    },
    /// Limits to `min ..= max`.
    Clip {
        /// Least value.
        min: f32,
        /// Greatest value.
        max: f32,
    },
    /// Softmax over the last axis.
    Softmax,
    /// 2-D convolution of `x [N, C, H, W]` with `w [O, C, k, k]`, or of each channel by itself with `w [C, 1, k, k]`.
    Conv {
        /// Stride of both axes.
        stride: usize,
        /// Zero padding of all four sides.
        padding: usize,
    },
    /// Transposed 2-D convolution of `x [N, C, H, W]` with `w [C, O, k, k]`.
    ConvTranspose {
        /// Stride of both axes.
        stride: usize,
        /// Padding of the convolution whose adjoint this is.
        padding: usize,
        /// Rows and columns added at the far end.
        output_padding: [usize; 2],
        /// Each channel by itself: `w [C, 1, k, k]`.
        depthwise: bool,
    },
    /// `x [N, C, ...] * scale [C] + shift [C]`; written as inference BatchNormalization with mean 0 and variance 1.
    ScaleShift,
    /// Matrix product of two 2-D values, either of them transposed first.
    Gemm {
        /// Transpose the left operand.
        trans_a: bool,
        /// Transpose the right operand.
        trans_b: bool,
    },
    /// Matrix products of two stacks of matrices, pair by pair: `[N, m, k]` with `[N, k, n]`.
    BatchMatMul,
    /// Of a convolution's operand `x [N, C, H, W]` and the gradient `dy [N, O, H', W']` of its result: the gradient of its
    /// weights `[O, C, k, k]`. Written in other operators, which ones depends on the device.
    WeightGradient {
        /// Extent k of both axes of the kernel.
        kernel: usize,
        /// Stride of both axes.
        stride: usize,
        /// Zero padding of all four sides.
        padding: usize,
    },
    /// Sum over axes.
    ReduceSum {
        /// Axes that are summed over.
        axes: Vec<usize>,
        /// Keep them with extent 1.
        keep: bool,
    },
    /// Mean over axes.
    ReduceMean {
        /// Axes that are averaged over.
        axes: Vec<usize>,
        /// Keep them with extent 1.
        keep: bool,
    },
    /// Same elements, other extents.
    Reshape(
        /// New extents.
        Vec<usize>,
    ),
    /// Permuted axes: axis i of the result is axis `perm[i]` of the operand.
    Transpose(
        /// The permutation.
        Vec<usize>,
    ),
    /// Strided slice. A negative step runs backwards from `start` and includes index 0.
    Slice {
        /// Axes that are sliced.
        axes: Vec<usize>,
        /// First index per axis.
        starts: Vec<usize>,
        /// Number of elements per axis.
        lengths: Vec<usize>,
        /// Step per axis.
        steps: Vec<isize>,
    },
    /// Zero padding: `before[i]` and `after[i]` elements along axis i.
    Pad {
        /// Elements before.
        before: Vec<usize>,
        /// Elements after.
        after: Vec<usize>,
    },
    /// Joins along an axis.
    Concat(
        /// The axis.
        usize,
    ),
    /// Broadcasts to an extent.
    Expand(
        /// The extents.
        Vec<usize>,
    ),
    /// Enlarges the last two axes `[.., H, W]` by a whole factor, each element repeated.
    UpsampleNearest(
        /// The factor.
        usize,
    ),
    /// Resizes the last two axes to `[height, width]` bilinearly (half-pixel centres, clamped edges).
    ResizeLinear(
        /// Rows.
        usize,
        /// Columns.
        usize,
    ),
    /// Passes its operand on; gradients end here.
    StopGradient,
}
