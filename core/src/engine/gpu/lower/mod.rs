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
mod pictures;
mod shapes;
#[cfg(test)]
mod tests;
mod values;

use std::collections::HashMap;

use super::program::{BufferSpec, Program, View};
use crate::generator::{Preflight, Shapes, preflight};
use crate::onnx::{ModelProto, NodeProto, output};
use constants::Constant;
use values::Value;

/// What the GPU engine cannot run, in words. Not an error of the generator: the CPU runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsupported(pub(super) String);

type Lowered<T> = Result<T, Unsupported>;

fn unsupported(what: &str) -> Unsupported {
    // Names of operators were checked against contract v1.
    Unsupported(format!("the GPU engine does not run {what}"))
}

/// The passes of a generator on an image of `size`.
///
/// # Errors
/// [`Unsupported`] with what cannot be run.
pub(super) fn lower(model: &ModelProto, size: (usize, usize)) -> Lowered<Program> {
    let checked = preflight(model, size).map_err(|e| Unsupported(e.to_string()))?;
    Lowering::new(&checked, size)?.run()
}

struct Lowering<'a> {
    shapes: &'a Shapes,
    constants: HashMap<String, Constant>,
    /// The nodes that a photo changes, in order.
    nodes: Vec<&'a NodeProto>,
    done: Vec<bool>,
    /// For each name, the nodes that use it, once per use.
    users: HashMap<&'a str, Vec<usize>>,
    values: HashMap<String, Value>,
    /// Where parts of joined values belong.
    places: HashMap<String, View>,
    program: Program,
}

impl<'a> Lowering<'a> {
    fn new(checked: &'a Preflight, size: (usize, usize)) -> Lowered<Self> {
        let (constants, nodes) = constants::fold(&checked.model)?;
        let mut users: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            for name in &node.input {
                users.entry(name).or_default().push(index);
            }
        }
        let mut lowering = Self {
            shapes: &checked.shapes,
            constants,
            done: vec![false; nodes.len()],
            nodes,
            users,
            values: HashMap::new(),
            places: HashMap::new(),
            program: Program {
                passes: Vec::new(),
                buffers: Vec::new(),
                constants: Vec::new(),
                weights: Vec::new(),
                image: size,
                residual: checked.residual,
                output: 0,
            },
        };
        lowering
            .values
            .insert("image".into(), Value::image(size.0, size.1));
        lowering.place_joined()?;
        Ok(lowering)
    }

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
        let node = self.nodes[at];
        match node.op_type.as_str() {
            "Conv" => self.convolution(node),
            "ConvTranspose" => self.transposed_convolution(node),
            "MaxPool" | "AveragePool" => self.pool(node),
            "GlobalAveragePool" | "ReduceMean" => self.mean(node),
            "Resize" => self.resize(node),
            "DepthToSpace" => self.depth_to_space(node),
            "Relu" | "LeakyRelu" | "Tanh" | "Sigmoid" | "Clip" => self.unary(at),
            "Add" | "Sub" | "Mul" | "Div" => self.binary(at),
            "Gemm" => self.gemm(node),
            "MatMul" => self.matmul(node),
            "Softmax" => self.softmax(node),
            "Identity" => self.identity(node),
            "Reshape" | "Flatten" | "Squeeze" | "Unsqueeze" => self.reshape(node),
            "Transpose" => self.transpose(node),
            "Slice" => self.slice(node),
            "Expand" => self.expand(node),
            "Pad" => self.pad(node),
            "Concat" => self.concat(node),
            other => Err(unsupported(other)),
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
                source: super::program::Source::Value(buffer),
                at: 0,
            } => buffer,
            _ => self.copy_plain("residual", view)?,
        };
        Ok(self.program)
    }

    /// The shape of a value, constant or not.
    fn shape(&self, name: &str) -> Option<&[usize]> {
        let known = self.values.get(name).map(|value| value.shape.as_slice());
        let constant = || {
            self.constants
                .get(name)
                .map(|constant| constant.shape.as_slice())
        };
        known
            .or_else(constant)
            .or_else(|| self.shapes.get(name).map(Vec::as_slice))
    }

    fn shape_of(&self, name: &str) -> Lowered<Vec<usize>> {
        self.shape(name)
            .map(<[usize]>::to_vec)
            .ok_or_else(|| unsupported("a value of unknown shape"))
    }

    fn buffer(&mut self, spec: BufferSpec) -> usize {
        self.program.buffers.push(spec);
        self.program.buffers.len() - 1
    }
}

/// A node's input by its place; empty where it is left out.
fn input(node: &NodeProto, index: usize) -> &str {
    node.input.get(index).map_or("", String::as_str)
}

fn volume(shape: &[usize]) -> usize {
    shape.iter().product()
}

/// A count as kernels take it. Values have fewer than 2^27 numbers, packed at most four times that.
fn word(count: usize) -> Lowered<u32> {
    u32::try_from(count)
        .ok()
        .filter(|&count| count < 1 << 30)
        .ok_or_else(|| unsupported("values of that size"))
}
