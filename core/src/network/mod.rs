//! The graph of a generator as a network of tract: one rule for each operator of contract v1.
//!
//! `tract-onnx` reads every operator of ONNX, by rules that find out shapes that are not known. Here all shapes are, and
//! there are 31 operators: with `tract-core` alone a phone's library is about a third smaller.

mod convolution;
mod dense;
mod elementwise;
mod resize;
mod shapes;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use tract_core::internal::*;
use tract_core::ops::{math, nn};

use crate::graph::{Axis, Constant, Graph, Node, Op};

/// What is known of a graph's float constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weights {
    /// Their numbers.
    Values,
    /// Their shapes: they become inputs, so that nothing can be computed ahead.
    Shapes,
}

/// A graph as tract has it.
pub(crate) struct Network {
    /// With the graph's outputs.
    pub(crate) model: TypedModel,
    /// Where its floats are, by name.
    values: HashMap<String, OutletId>,
}

impl Network {
    /// The network of a graph for an input of one shape.
    ///
    /// # Errors
    /// Those of tract, where shapes do not fit each other.
    pub(crate) fn of(graph: &Graph, input: &[usize], weights: Weights) -> TractResult<Self> {
        let mut wiring = Wiring::new(graph, input, weights)?;
        for node in &graph.nodes {
            let value = wiring
                .node(node)
                .and_then(|value| wiring.checked(value))
                .with_context(|| format!("{} that makes {:?}", node.op.name(), node.output))?;
            wiring.values.insert(&node.output, value);
        }
        let output = wiring.value(&graph.output)?;
        let Wiring { mut model, values } = wiring;
        model.select_output_outlets(&[output])?;
        let values = values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Ok(Self {
            model,
            values: values.collect(),
        })
    }
}

impl Network {
    /// The shape of every float value, by name.
    ///
    /// # Errors
    /// Those of tract.
    pub(crate) fn shapes(&self) -> TractResult<HashMap<String, Vec<usize>>> {
        let shape = |(name, &value): (&String, &OutletId)| {
            let shape = shape_of(&self.model, value)?;
            Ok((name.clone(), shape))
        };
        self.values.iter().map(shape).collect()
    }
}

/// A network that is being put together.
struct Wiring<'a> {
    values: HashMap<&'a str, OutletId>,
    model: TypedModel,
}

impl<'a> Wiring<'a> {
    fn new(graph: &'a Graph, input: &[usize], weights: Weights) -> TractResult<Self> {
        let mut wiring = Self {
            values: HashMap::new(),
            model: TypedModel::default(),
        };
        if let Some(name) = &graph.input {
            let source = wiring.model.add_source(name, f32::fact(input))?;
            wiring.values.insert(name, source);
        }
        let mut constants: Vec<(&String, &Arc<Constant>)> = graph.constants.iter().collect();
        constants.sort_unstable_by_key(|(name, _)| *name);
        for (name, constant) in constants {
            let value = match weights {
                Weights::Values => {
                    let tensor = Tensor::from_shape(&constant.shape, &constant.numbers)?;
                    wiring.model.add_const(name, tensor)?
                }
                Weights::Shapes => {
                    let shape = f32::fact(&*constant.shape);
                    wiring.model.add_source(name, shape)?
                }
            };
            wiring.values.insert(name, value);
        }
        Ok(wiring)
    }

    /// Adds what a node computes; returns where.
    fn node(&mut self, node: &'a Node) -> TractResult<OutletId> {
        let name = node.output.as_str();
        match &node.op {
            Op::Add(two) => self.binary(name, math::add(), two),
            Op::Sub(two) => self.binary(name, math::sub(), two),
            Op::Mul(two) => self.binary(name, math::mul(), two),
            Op::Div(two) => self.binary(name, math::div(), two),
            Op::Relu(one) => self.relu(name, one),
            Op::LeakyRelu(leaky) => self.unary(name, nn::leaky_relu(leaky.slope), &leaky.x),
            Op::Sigmoid(one) => self.unary(name, nn::sigmoid(), &one.x),
            Op::Tanh(one) => self.unary(name, math::tanh(), &one.x),
            Op::Clip(clip) => self.clip(name, clip),
            Op::Identity(one) => self.value(&one.x),
            Op::Conv(conv) => self.convolution(name, conv),
            Op::ConvTranspose(conv) => self.transposed_convolution(name, conv),
            Op::AveragePool(pool) => self.average_pool(name, pool),
            Op::MaxPool(pool) => self.max_pool(name, pool),
            Op::GlobalAveragePool(one) => self.global_mean(name, one),
            Op::ReduceMean(mean) => self.mean(name, mean),
            Op::Gemm(gemm) => self.gemm(name, gemm),
            Op::MatMul(two) => self.matmul(name, two),
            Op::Softmax(softmax) => self.softmax(name, softmax),
            Op::Concat(concat) => self.concat(name, concat),
            Op::DepthToSpace(blocks) => self.depth_to_space(name, blocks),
            Op::Expand(expand) => self.expand(name, expand),
            Op::Flatten(flatten) => self.flatten(name, flatten),
            Op::Pad(pad) => self.pad(name, pad),
            Op::Reshape(reshape) => self.reshape(name, reshape),
            Op::Resize(resize) => self.resize(name, resize),
            Op::Slice(slice) => self.slice(name, slice),
            Op::Squeeze(squeeze) => self.squeeze(name, squeeze),
            Op::Transpose(transpose) => self.transpose(name, transpose),
            Op::Unsqueeze(unsqueeze) => self.unsqueeze(name, unsqueeze),
        }
    }

    fn value(&self, name: &str) -> TractResult<OutletId> {
        let value = self.values.get(name).copied();
        value.with_context(|| format!("nothing makes the floats {name:?}"))
    }

    /// A value that may be left out.
    fn optional(&self, name: Option<&String>) -> TractResult<Option<OutletId>> {
        name.map(|name| self.value(name)).transpose()
    }

    fn shape(&self, value: OutletId) -> TractResult<Vec<usize>> {
        shape_of(&self.model, value)
    }

    /// A value whose shape is known: tract may leave it open where sides do not fit. What is left is a size that all
    /// that follows can calculate with.
    fn checked(&self, value: OutletId) -> TractResult<OutletId> {
        let shape = self.shape(value)?;
        let volume = shape.iter().try_fold(1u64, |volume, &side| {
            volume.checked_mul(u64::try_from(side).ok()?)
        });
        ensure!(volume.is_some_and(|v| v < 1 << 62), "a value of {shape:?}");
        Ok(value)
    }

    /// Adds one operation of tract.
    fn wire(
        &mut self,
        name: impl Into<String>,
        op: impl Into<Box<dyn TypedOp>>,
        inputs: &[OutletId],
    ) -> TractResult<OutletId> {
        let outputs = self.model.wire_node(name, op, inputs)?;
        outputs.first().copied().context("no output")
    }

    /// Adds one operation of tract after the other.
    fn wire_all(
        &mut self,
        name: &str,
        ops: impl IntoIterator<Item = AxisOp>,
        mut value: OutletId,
    ) -> TractResult<OutletId> {
        for (i, op) in ops.into_iter().enumerate() {
            value = self.wire(format!("{name}.{i}"), op, &[value])?;
        }
        Ok(value)
    }

    /// A number as a value.
    fn number(&mut self, name: String, number: f32) -> TractResult<OutletId> {
        self.model.add_const(name, tensor0(number))
    }
}

fn shape_of(model: &TypedModel, value: OutletId) -> TractResult<Vec<usize>> {
    let shape = model.outlet_fact(value)?.shape.as_concrete();
    Ok(shape.context("an open shape")?.to_vec())
}

fn known_axis(axis: Axis, rank: usize) -> TractResult<usize> {
    axis.of(rank)
        .with_context(|| format!("there is no {axis:?} of {rank}"))
}
