//! The graph of a generator: contract v1's operators, read once from ONNX. Engines match [`Op`] exhaustively, so an
//! operator that one of them lacks does not compile.

mod axis;
mod dense;
mod elementwise;
mod op;
mod operands;
mod reader;
mod resize;
mod shapes;
mod slice;
#[cfg(test)]
mod tests;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Result, invalid_generator};
use crate::onnx::{self, ModelProto, NodeProto, TensorProto};
use reader::Reader;

pub(crate) use axis::Axis;
pub(crate) use dense::{Gemm, Mean, Over, Softmax};
pub(crate) use elementwise::{Clip, One, Two};
pub(crate) use op::Op;
pub(crate) use resize::{Coordinates, Filter, Nearest, Resize};
pub(crate) use shapes::{
    BlockOrder, Concat, DepthToSpace, Expand, Flatten, Reshape, Squeeze, Transpose, Unsqueeze,
};
pub(crate) use slice::{Outside, Pad, Slice};
pub(crate) use window::{Convolution, Padding, Pool, Steps, TransposedConvolution, Window};

/// A graph. All its values are floats.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    /// What comes from outside; `None` where all is known.
    pub(crate) input: Option<String>,
    /// What it is run for.
    pub(crate) output: String,
    /// Values that are in the file, by name.
    pub(crate) constants: HashMap<String, Arc<Constant>>,
    /// In the order in which they run.
    pub(crate) nodes: Vec<Node>,
}

/// One operator at work.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The name of what it makes.
    pub(crate) output: String,
    pub(crate) op: Op,
}

/// A value that is in the file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constant {
    pub(crate) shape: Vec<usize>,
    pub(crate) numbers: Vec<f32>,
}

impl Constant {
    /// The number of a constant that holds one.
    #[cfg(feature = "gpu")]
    pub(crate) fn scalar(&self) -> Option<f32> {
        match self.numbers[..] {
            [number] => Some(number),
            _ => None,
        }
    }

    fn read(tensor: &TensorProto) -> Result<Self> {
        let shape = onnx::dimensions(tensor);
        let numbers = onnx::floats(tensor);
        let whole = shape.zip(numbers).filter(|(shape, numbers)| {
            let mut sides = shape.iter();
            sides.try_fold(1usize, |n, &side| n.checked_mul(side)) == Some(numbers.len())
        });
        let damaged = || {
            let name = onnx::shorten(&tensor.name);
            invalid_generator(format!("the tensor {name:?} is damaged"))
        };
        let (shape, numbers) = whole.ok_or_else(damaged)?;
        Ok(Self { shape, numbers })
    }
}

impl Graph {
    /// Reads the graph of a file.
    ///
    /// # Errors
    /// [`ErrorKind::GeneratorInvalid`](crate::ErrorKind::GeneratorInvalid) for a node that contract v1 does not know.
    pub(crate) fn read(model: &ModelProto) -> Result<Self> {
        let graph = model.graph.as_ref();
        let graph = graph.ok_or_else(|| invalid_generator("the file holds no graph"))?;
        let opset = model.opset_import.first().map_or(0, |opset| opset.version);
        let tensors: HashMap<&str, &TensorProto> = onnx::constants(graph).collect();
        let floats = tensors.iter().filter(|(_, tensor)| onnx::is_float(tensor));
        let constants = floats
            .map(|(&name, tensor)| Ok((name.to_owned(), Arc::new(Constant::read(tensor)?))))
            .collect::<Result<_>>()?;
        let nodes = graph
            .node
            .iter()
            .filter(|node| onnx::constant(node).is_none());
        let nodes = nodes
            .map(|node| Node::read(node, opset, &tensors))
            .collect::<Result<_>>()?;
        let mut inputs = graph.input.iter().map(|input| &input.name);
        let output = graph.output.first().map(|output| output.name.clone());
        Ok(Self {
            input: inputs
                .find(|name| !tensors.contains_key(name.as_str()))
                .cloned(),
            output: output.ok_or_else(|| invalid_generator("the graph has no output"))?,
            constants,
            nodes,
        })
    }
}

impl Node {
    fn read(node: &NodeProto, opset: i64, constants: &HashMap<&str, &TensorProto>) -> Result<Self> {
        let reader = Reader::new(node, opset, constants);
        match &node.output[..] {
            [output, rest @ ..] if !output.is_empty() && rest.iter().all(String::is_empty) => {
                Ok(Self {
                    output: output.clone(),
                    op: Op::read(&reader)?,
                })
            }
            outputs => Err(reader.refuse(format!("it has {} outputs, not one", outputs.len()))),
        }
    }
}
