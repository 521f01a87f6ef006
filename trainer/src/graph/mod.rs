//! Static-shape computation graphs that are written out as plain ONNX.
//!
//! A [`Graph`] is append-only: every [`Value`] is made from earlier ones, so the order of creation is a topological
//! order. All tensors are float32; integer operands (shapes, axes, slice bounds) live in the [`Op`] itself and become
//! ONNX constants when the graph is written ([`Graph::to_onnx`]).

mod build;
mod composite;
mod convolution;
mod eight_bits;
mod lower;
mod onnx;
mod op;
mod pool;
mod proto;
mod shape;
mod weight_gradient;

use std::collections::HashMap;

pub use composite::Composite;
pub(crate) use composite::PROBABILITY_FLOOR;
pub use eight_bits::pack;
pub use lower::Lowering;
pub use onnx::{ModelInfo, OPSET};
pub use op::Op;

/// A tensor of a [`Graph`]: a cheap handle that is valid only for the graph that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(usize);

/// Where a value comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// Fed by the caller at every run, under this name.
    Input(String),
    /// Known when the graph is built, row-major.
    Constant(Vec<f32>),
    /// A piece of a flat input vector: elements `offset .. offset + len(shape)` of the input of that name.
    Slot {
        /// Name of the flat input vector.
        vector: String,
        /// First element.
        offset: usize,
    },
    /// The only output of a node.
    Node {
        /// What is computed.
        op: Op,
        /// From which values, in the operator's order.
        inputs: Vec<Value>,
    },
}

#[derive(Debug, Clone)]
struct Entry {
    shape: Vec<usize>,
    origin: Origin,
}

/// A computation graph; see the module's documentation.
#[derive(Debug, Default, Clone)]
pub struct Graph {
    entries: Vec<Entry>,
    constants: HashMap<(Vec<usize>, Vec<u32>), Value>,
    composites: HashMap<Value, Composite>,
    outputs: Vec<(String, Value)>,
}

impl Graph {
    /// An empty graph.
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares a tensor that the caller feeds at every run.
    pub fn input(&mut self, name: &str, shape: &[usize]) -> Value {
        self.push(shape.to_vec(), Origin::Input(name.to_owned()))
    }

    /// A piece of the flat input vector `vector`, seen as a tensor of `shape`.
    pub fn slot(&mut self, vector: &str, offset: usize, shape: &[usize]) -> Value {
        let origin = Origin::Slot {
            vector: vector.to_owned(),
            offset,
        };
        self.push(shape.to_vec(), origin)
    }

    /// A constant tensor; equal constants share one value.
    ///
    /// # Panics
    /// If `data` does not fill `shape`: a mistake of the code that builds the graph, never of its data.
    pub fn constant(&mut self, data: &[f32], shape: &[usize]) -> Value {
        assert_eq!(
            data.len(),
            shape.iter().product::<usize>(),
            "constant does not fill {shape:?}"
        );
        let key = (shape.to_vec(), data.iter().map(|x| x.to_bits()).collect());
        if let Some(&value) = self.constants.get(&key) {
            return value;
        }
        let value = self.push(shape.to_vec(), Origin::Constant(data.to_vec()));
        self.constants.insert(key, value);
        value
    }

    /// A constant scalar (shape `[]`).
    pub fn scalar(&mut self, x: f32) -> Value {
        self.constant(&[x], &[])
    }

    /// The name of a value in the model that is written of the graph.
    pub fn name(&self, value: Value) -> String {
        match self.origin(value) {
            Origin::Input(name) => name.clone(),
            _ => format!("v{}", value.0),
        }
    }

    /// Names `value` as an output of the graph; outputs keep the order of these calls.
    pub fn output(&mut self, name: &str, value: Value) {
        self.outputs.push((name.to_owned(), value));
    }

    /// The named outputs.
    pub fn outputs(&self) -> &[(String, Value)] {
        &self.outputs
    }

    /// Extents of a value.
    pub fn shape(&self, value: Value) -> &[usize] {
        &self.entries[value.0].shape
    }

    /// Number of elements of a value.
    pub fn elements(&self, value: Value) -> usize {
        self.shape(value).iter().product()
    }

    /// Where a value comes from.
    pub fn origin(&self, value: Value) -> &Origin {
        &self.entries[value.0].origin
    }

    /// All values that exist so far, in topological order.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = Value> + use<> {
        (0..self.entries.len()).map(Value)
    }

    /// The composite (a sub-graph with a gradient rule of its own) that `value` is the result of.
    pub fn composite(&self, value: Value) -> Option<&Composite> {
        self.composites.get(&value)
    }

    fn push(&mut self, shape: Vec<usize>, origin: Origin) -> Value {
        self.entries.push(Entry { shape, origin });
        Value(self.entries.len() - 1)
    }

    fn node(&mut self, op: Op, inputs: &[Value]) -> Value {
        let shapes: Vec<&[usize]> = inputs.iter().map(|&v| self.shape(v)).collect();
        let shape = shape::infer(&op, &shapes);
        self.push(
            shape,
            Origin::Node {
                op,
                inputs: inputs.to_vec(),
            },
        )
    }
}
