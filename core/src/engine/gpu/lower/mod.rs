//! Turns the graph of a generator into compute passes.
//!
//! Pictures (rank four) are kept *packed*, in blocks of four channels; everything else is *plain*, row by row. Each
//! operator says what it needs, and a value is converted once, when that is first asked of it. What follows an
//! operation and is done number by number goes into the same pass (`epilogue`).

mod constants;
mod convolution;
mod dense;
mod elementwise;
mod epilogue;
mod join;
mod lowered;
mod lowering;
mod pictures;
mod shapes;
#[cfg(test)]
mod tests;
mod value;
mod values;

use super::program::{Program, Source, View};
use crate::generator::preflight;
use crate::graph::{Graph, Node, Op};
use elementwise::Arithmetic;
use lowered::{Lowered, unsupported};
use lowering::Lowering;

pub(super) use lowered::Unsupported;

/// The passes of a generator on an image of `size`.
///
/// # Errors
/// [`Unsupported`] with what cannot be run.
pub(super) fn lower(graph: &Graph, size: (usize, usize)) -> Lowered<Program> {
    let checked = preflight(graph, size).map_err(|e| Unsupported(e.to_string()))?;
    let mut lowering = Lowering::new(graph, &checked, size)?;
    lowering.place_joined()?;
    lowering.run()
}

impl Lowering<'_> {
    fn run(mut self) -> Lowered<Program> {
        for at in 0..self.nodes.len() {
            if !self.done[at] {
                self.done[at] = true;
                self.node(at)?;
            }
        }
        self.finish()
    }

    fn node(&mut self, at: usize) -> Lowered<()> {
        let Node { output, op } = self.nodes[at];
        match op {
            Op::Conv(conv) => self.convolution(output, conv),
            Op::ConvTranspose(conv) => self.transposed_convolution(output, conv),
            Op::AveragePool(pool) if pool.count_padding => self.pool(output, pool, 2.0),
            Op::AveragePool(pool) => self.pool(output, pool, 1.0),
            Op::MaxPool(pool) => self.pool(output, pool, 0.0),
            Op::GlobalAveragePool(one) => self.global_mean(output, one),
            Op::ReduceMean(mean) => self.mean(output, mean),
            Op::Resize(resize) => self.resize(output, resize),
            Op::DepthToSpace(blocks) => self.depth_to_space(output, blocks),
            Op::Relu(one) | Op::Sigmoid(one) | Op::Tanh(one) => self.unary(at, &one.x),
            Op::LeakyRelu(leaky) => self.unary(at, &leaky.x),
            Op::Clip(clip) => self.unary(at, &clip.x),
            Op::Add(two) => self.binary(at, two, Arithmetic::Add),
            Op::Sub(two) => self.binary(at, two, Arithmetic::Sub),
            Op::Mul(two) => self.binary(at, two, Arithmetic::Mul),
            Op::Div(two) => self.binary(at, two, Arithmetic::Div),
            Op::Gemm(gemm) => self.gemm(output, gemm),
            Op::MatMul(two) => self.matmul(output, two),
            Op::Softmax(softmax) => self.softmax(output, softmax),
            Op::Identity(one) => self.identity(output, one),
            Op::Reshape(reshape) => self.reshape(output, &reshape.x),
            Op::Flatten(flatten) => self.reshape(output, &flatten.x),
            Op::Squeeze(squeeze) => self.reshape(output, &squeeze.x),
            Op::Unsqueeze(unsqueeze) => self.reshape(output, &unsqueeze.x),
            Op::Transpose(transpose) => self.transpose(output, transpose),
            Op::Slice(slice) => self.slice(output, slice),
            Op::Expand(expand) => self.expand(output, expand),
            Op::Pad(pad) => self.pad(output, pad),
            Op::Concat(concat) => self.concat(output, concat),
        }
    }

    /// The residual, plain and from the start of a buffer of its own.
    fn finish(mut self) -> Lowered<Program> {
        if !self.values.contains_key("residual") {
            return Err(unsupported(
                "a generator whose residual does not depend on the photo",
            ));
        }
        let view = self.plain("residual")?;
        self.program.output = match view {
            View {
                source: Source::Value(buffer),
                at: 0,
            } => buffer,
            _ => self.copy_plain("residual", view)?,
        };
        Ok(self.program)
    }
}
