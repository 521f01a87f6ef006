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

use crate::onnx::{
    GraphProto, ModelProto, NodeProto, TensorProto, axis_of, constant, constants, dimensions,
    floats, integers, is_float, output,
};

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
    /// The network of a graph whose inputs have fixed shapes.
    ///
    /// # Errors
    /// Those of tract, where shapes or attributes do not fit each other.
    pub(crate) fn of(model: &ModelProto, weights: Weights) -> TractResult<Self> {
        let graph = model.graph.as_ref().context("no graph")?;
        let opset = model.opset_import.first().map_or(0, |opset| opset.version);
        let mut wiring = Wiring::new(graph, opset, weights)?;
        for node in graph.node.iter().filter(|node| constant(node).is_none()) {
            let value = wiring
                .node(node)
                .and_then(|value| wiring.checked(value))
                .with_context(|| format!("in the node that makes {:?}", output(node)))?;
            wiring.values.insert(output(node), value);
        }
        let outputs: Vec<OutletId> = graph
            .output
            .iter()
            .map(|output| wiring.value(&output.name))
            .collect::<TractResult<_>>()?;
        let Wiring {
            mut model, values, ..
        } = wiring;
        model.select_output_outlets(&outputs)?;
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
    opset: i64,
    constants: HashMap<&'a str, &'a TensorProto>,
    values: HashMap<&'a str, OutletId>,
    model: TypedModel,
}

impl<'a> Wiring<'a> {
    fn new(graph: &'a GraphProto, opset: i64, weights: Weights) -> TractResult<Self> {
        let constants: HashMap<_, _> = constants(graph).collect();
        let mut wiring = Self {
            opset,
            values: HashMap::new(),
            model: TypedModel::default(),
            constants,
        };
        let inputs = graph.input.iter();
        for input in inputs.filter(|i| !wiring.constants.contains_key(i.name.as_str())) {
            let shape = input
                .shape()
                .with_context(|| format!("the input {:?} has no fixed shape", input.name))?;
            let source = wiring.model.add_source(&input.name, f32::fact(&*shape))?;
            wiring.values.insert(&input.name, source);
        }
        let mut names: Vec<&str> = wiring.constants.keys().copied().collect();
        names.sort_unstable();
        for name in names {
            if !is_float(wiring.constants[name]) {
                continue;
            }
            let value = match weights {
                Weights::Values => {
                    let tensor = float_tensor(wiring.constants[name])?;
                    wiring.model.add_const(name, tensor)?
                }
                Weights::Shapes => {
                    let shape = dimensions(wiring.constants[name]).context("a negative side")?;
                    wiring.model.add_source(name, f32::fact(&*shape))?
                }
            };
            wiring.values.insert(name, value);
        }
        Ok(wiring)
    }

    /// Adds what a node computes; returns where.
    fn node(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        ensure!(
            node.output.iter().skip(1).all(String::is_empty),
            "{} has more than one output",
            node.op_type
        );
        match node.op_type.as_str() {
            "Add" | "Sub" | "Mul" | "Div" => self.binary(node),
            "Relu" | "LeakyRelu" | "Sigmoid" | "Tanh" => self.unary(node),
            "Clip" => self.clip(node),
            "Identity" => self.operand(node, 0),
            "Conv" => self.convolution(node),
            "ConvTranspose" => self.transposed_convolution(node),
            "AveragePool" | "MaxPool" => self.pool(node),
            "GlobalAveragePool" | "ReduceMean" => self.mean(node),
            "Gemm" => self.gemm(node),
            "MatMul" => self.matmul(node),
            "Softmax" => self.softmax(node),
            "Concat" => self.concat(node),
            "DepthToSpace" => self.depth_to_space(node),
            "Expand" => self.expand(node),
            "Flatten" => self.flatten(node),
            "Pad" => self.pad(node),
            "Reshape" => self.reshape(node),
            "Resize" => self.resize(node),
            "Slice" => self.slice(node),
            "Squeeze" => self.squeeze(node),
            "Transpose" => self.transpose(node),
            "Unsqueeze" => self.unsqueeze(node),
            other => bail!("{other} is not part of contract v1"),
        }
    }

    fn value(&self, name: &str) -> TractResult<OutletId> {
        let value = self.values.get(name).copied();
        value.with_context(|| format!("nothing makes the floats {name:?}"))
    }

    /// A node's float operand.
    fn operand(&self, node: &NodeProto, index: usize) -> TractResult<OutletId> {
        self.value(input(node, index).context("an operand is left out")?)
    }

    /// A node's float operand, where it has it.
    fn optional(&self, node: &NodeProto, index: usize) -> TractResult<Option<OutletId>> {
        input(node, index).map(|name| self.value(name)).transpose()
    }

    /// A node's integer operand, where it has it.
    fn integers(&self, node: &NodeProto, index: usize) -> TractResult<Option<Vec<i64>>> {
        let Some(name) = input(node, index) else {
            return Ok(None);
        };
        let tensor = self.constants.get(name);
        let numbers = tensor.and_then(|tensor| integers(tensor));
        Ok(Some(numbers.with_context(|| {
            format!("{name:?} must be a constant of integers")
        })?))
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
        node: &NodeProto,
        ops: impl IntoIterator<Item = AxisOp>,
        mut value: OutletId,
    ) -> TractResult<OutletId> {
        for (i, op) in ops.into_iter().enumerate() {
            value = self.wire(format!("{}.{i}", output(node)), op, &[value])?;
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

/// A node's input by its place; `None` where it is left out.
fn input(node: &NodeProto, index: usize) -> Option<&str> {
    let name = node.input.get(index)?;
    (!name.is_empty()).then_some(name)
}

/// A float32 tensor as tract has it.
fn float_tensor(tensor: &TensorProto) -> TractResult<Tensor> {
    let shape = dimensions(tensor).context("a negative side")?;
    Tensor::from_shape(&shape, &floats(tensor).context("no floats")?)
}

fn known_axis(axis: i64, rank: usize) -> TractResult<usize> {
    axis_of(axis, rank).with_context(|| format!("there is no axis {axis} of {rank}"))
}

/// Axes in the order given.
fn known_axes(axes: &[i64], rank: usize) -> TractResult<Vec<usize>> {
    axes.iter().map(|&axis| known_axis(axis, rank)).collect()
}
