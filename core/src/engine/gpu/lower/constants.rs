//! Values that are known before any photo comes: initialisers, and whatever is computed from nothing else.

use std::collections::HashMap;

use tract_core::prelude::*;

use super::{Lowered, unsupported};
use crate::network::{Network, Weights};
use crate::onnx::{
    DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, constant, floats,
    integers,
};

/// A value of the file.
#[derive(Debug, Clone)]
pub(super) struct Constant {
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Numbers,
}

#[derive(Debug, Clone)]
pub(super) enum Numbers {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

impl Constant {
    pub(super) fn floats(&self) -> Option<&[f32]> {
        match &self.numbers {
            Numbers::Floats(numbers) => Some(numbers),
            Numbers::Integers(_) => None,
        }
    }

    pub(super) fn integers(&self) -> Option<&[i64]> {
        match &self.numbers {
            Numbers::Integers(numbers) => Some(numbers),
            Numbers::Floats(_) => None,
        }
    }

    /// The number of a constant that holds one.
    pub(super) fn scalar(&self) -> Option<f32> {
        match self.floats() {
            Some(&[number]) => Some(number),
            _ => None,
        }
    }

    fn of_proto(tensor: &TensorProto) -> Option<Self> {
        let shape = tensor
            .dims
            .iter()
            .map(|&d| usize::try_from(d).ok())
            .collect::<Option<_>>()?;
        let numbers = match floats(tensor) {
            Some(numbers) => Numbers::Floats(numbers),
            None => Numbers::Integers(integers(tensor)?),
        };
        Some(Self { shape, numbers })
    }

    fn of_tensor(tensor: &Tensor) -> Option<Self> {
        let shape = tensor.shape().to_vec();
        let view = tensor.to_plain_array_view::<f32>().ok()?;
        let numbers = Numbers::Floats(view.iter().copied().collect());
        Some(Self { shape, numbers })
    }
}

/// All constants of a graph by name, and the nodes that are left.
pub(super) fn fold(model: &ModelProto) -> Lowered<(HashMap<String, Constant>, Vec<&NodeProto>)> {
    let graph = model
        .graph
        .as_ref()
        .ok_or_else(|| unsupported("an empty file"))?;
    let mut protos: HashMap<&str, TensorProto> = HashMap::new();
    let mut constants = HashMap::new();
    let mut left = Vec::new();
    for tensor in &graph.initializer {
        protos.insert(&tensor.name, tensor.clone());
    }
    for node in &graph.node {
        let output = node.output.first().map_or("", String::as_str);
        if let Some(tensor) = constant(node) {
            let name = output.to_owned();
            protos.insert(
                output,
                TensorProto {
                    name,
                    ..tensor.clone()
                },
            );
        } else if node
            .input
            .iter()
            .all(|name| name.is_empty() || protos.contains_key(name.as_str()))
        {
            let value = compute(model, node, &protos).ok_or_else(|| unsupported(&node.op_type))?;
            protos.insert(output, to_proto(output, &value));
        } else {
            left.push(node);
        }
    }
    for (name, tensor) in protos {
        let constant = Constant::of_proto(&tensor)
            .ok_or_else(|| unsupported("a tensor of an unknown type"))?;
        constants.insert(name.to_owned(), constant);
    }
    Ok((constants, left))
}

/// Runs one node whose inputs are all known. Its shapes were checked before.
fn compute(
    model: &ModelProto,
    node: &NodeProto,
    protos: &HashMap<&str, TensorProto>,
) -> Option<Constant> {
    let inputs = node.input.iter().filter(|name| !name.is_empty());
    let graph = GraphProto {
        node: vec![node.clone()],
        initializer: inputs
            .filter_map(|name| protos.get(name.as_str()).cloned())
            .collect(),
        output: vec![ValueInfoProto {
            name: node.output.first()?.clone(),
            ..ValueInfoProto::default()
        }],
        ..GraphProto::default()
    };
    let model = ModelProto {
        graph: Some(graph),
        metadata_props: Vec::new(),
        ..model.clone()
    };
    let run = || {
        let network = Network::of(&model, Weights::Values)?;
        network.model.into_runnable()?.run(tvec!())
    };
    // The engine on the CPU, which came first, would have failed as well; here it only means to stay there.
    let outputs = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
        .ok()?
        .ok()?;
    Constant::of_tensor(outputs.first()?)
}

fn to_proto(name: &str, constant: &Constant) -> TensorProto {
    let mut tensor = TensorProto {
        name: name.to_owned(),
        dims: constant.shape.iter().map(|&d| d as i64).collect(),
        ..TensorProto::default()
    };
    match &constant.numbers {
        Numbers::Floats(numbers) => {
            tensor.data_type = DataType::Float as i32;
            tensor.float_data = numbers.clone();
        }
        Numbers::Integers(numbers) => {
            tensor.data_type = DataType::Int64 as i32;
            tensor.int64_data = numbers.clone();
        }
    }
    tensor
}
