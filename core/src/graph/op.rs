//! Contract v1's operators.

use super::dense::{Gemm, Mean, Softmax};
use super::elementwise::{Clip, LeakyRelu, One, Two};
use super::operands::Operands;
use super::reader::Reader;
use super::resize::Resize;
use super::shapes::{
    Concat, DepthToSpace, Expand, Flatten, Reshape, Squeeze, Transpose, Unsqueeze,
};
use super::slice::{Pad, Slice};
use super::window::{Convolution, Pool, TransposedConvolution};
use crate::error::Result;

/// Makes an operator of each ONNX name: one variant, one reader, one name in the contract.
macro_rules! operators {
    ($($name:ident($operands:ident): $what:literal,)*) => {
        /// An operator of contract v1 with its operands. Defaults are filled in, and the opset no longer matters.
        #[derive(Debug, Clone)]
        pub(crate) enum Op {
            $(#[doc = $what] $name($operands),)*
        }

        impl Op {
            /// Their names in ONNX, in order.
            pub(crate) const NAMES: [&'static str; [$(stringify!($name)),*].len()] = [$(stringify!($name)),*];

            /// Its name in ONNX.
            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                }
            }

            #[cfg_attr(not(feature = "gpu"), allow(dead_code))]
            /// The names of the floats it works on, once for each use.
            pub(crate) fn operands(&self) -> Vec<&str> {
                match self {
                    $(Self::$name(operands) => operands.names(),)*
                }
            }

            pub(super) fn read(node: &Reader<'_>) -> Result<Self> {
                match node.operator() {
                    $(stringify!($name) => Ok(Self::$name($operands::read(node)?)),)*
                    _ => Err(node.refuse("it is not part of contract v1")),
                }
            }
        }
    };
}

operators! {
    Add(Two): "The sum.",
    AveragePool(Pool): "The mean of each window.",
    Clip(Clip): "Bounded below, above or both.",
    Concat(Concat): "Values behind each other along one axis.",
    Conv(Convolution): "A convolution.",
    ConvTranspose(TransposedConvolution): "A convolution's transpose.",
    DepthToSpace(DepthToSpace): "Channels laid out as pixels.",
    Div(Two): "The quotient.",
    Expand(Expand): "Repeated along axes of length 1.",
    Flatten(Flatten): "As a matrix.",
    Gemm(Gemm): "A product of matrices, scaled, and a sum.",
    GlobalAveragePool(One): "The mean over all axes behind the channels, which stay with length 1.",
    Identity(One): "The same.",
    LeakyRelu(LeakyRelu): "Negative numbers made smaller.",
    MatMul(Two): "Products of matrices, batch by batch.",
    MaxPool(Pool): "The largest number of each window.",
    Mul(Two): "The product, number by number.",
    Pad(Pad): "More numbers around.",
    ReduceMean(Mean): "The mean over some axes.",
    Relu(One): "Negative numbers made zero.",
    Reshape(Reshape): "The same numbers in another shape.",
    Resize(Resize): "Enlarged or made smaller.",
    Sigmoid(One): "1 / (1 + exp(-x)).",
    Slice(Slice): "A part.",
    Softmax(Softmax): "Shares of one along an axis.",
    Squeeze(Squeeze): "Without axes of length 1.",
    Sub(Two): "The difference.",
    Tanh(One): "The hyperbolic tangent.",
    Transpose(Transpose): "The axes in another order.",
    Unsqueeze(Unsqueeze): "With more axes of length 1.",
}
