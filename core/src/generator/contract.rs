//! What contract v1 asks of the graph itself.

use std::collections::HashSet;

use super::InputShape;
use crate::error::{Result, invalid_generator as invalid};
use crate::graph::Op;
use crate::onnx::{
    DataType, GraphProto, ModelProto, NodeProto, Side as Dimension, TensorProto, Type,
    ValueInfoProto, constant, shorten,
};

/// Most nodes in a graph.
const MAX_NODES: usize = 2000;

/// Largest number in an integer attribute: a kernel, stride, pad or axis beyond it is an attack.
const MAX_ATTRIBUTE: u64 = 1 << 12;

/// Checks everything but shapes.
pub(super) fn check_model(model: &ModelProto) -> Result<()> {
    match model.opset_import.as_slice() {
        [opset] if is_default(&opset.domain) && (17..=21).contains(&opset.version) => {}
        [opset] if is_default(&opset.domain) => {
            return Err(invalid(format!(
                "the opset is {}; it must be 17 to 21",
                opset.version
            )));
        }
        _ => {
            return Err(invalid(
                "the file must import the default operator set, once, and no other",
            ));
        }
    }
    if !model.functions.is_empty() || !model.training_info.is_empty() {
        return Err(invalid(
            "the file holds functions or training information, which contract v1 does not know",
        ));
    }
    let graph = graph(model)?;
    if graph.node.is_empty() || graph.node.len() > MAX_NODES {
        return Err(invalid(format!(
            "the graph has {} nodes; it must have 1 to {MAX_NODES}",
            graph.node.len()
        )));
    }
    if !graph.sparse_initializer.is_empty() || !graph.quantization_annotation.is_empty() {
        return Err(invalid(
            "the graph holds sparse or quantised tensors, which contract v1 does not know",
        ));
    }
    graph.initializer.iter().try_for_each(check_tensor)?;
    graph.node.iter().try_for_each(check_node)?;
    check_order(graph)?;
    check_output(graph)
}

pub(super) fn graph(model: &ModelProto) -> Result<&GraphProto> {
    model
        .graph
        .as_ref()
        .ok_or_else(|| invalid("the file holds no graph"))
}

pub(super) fn is_default(domain: &str) -> bool {
    domain.is_empty() || domain == "ai.onnx"
}

fn check_node(node: &NodeProto) -> Result<()> {
    let op = node.op_type.as_str();
    let known = op == "Constant" || Op::NAMES.contains(&op);
    if !is_default(&node.domain) || !known {
        let hint = if op == "BatchNormalization" {
            "; fold it into the convolution before it"
        } else {
            ""
        };
        return Err(invalid(format!(
            "the operator {:?} is not part of contract v1{hint}",
            shorten(op)
        )));
    }
    for attribute in &node.attribute {
        let plain = attribute.g.is_none()
            && attribute.graphs.is_empty()
            && attribute.tensors.is_empty()
            && attribute.sparse_tensor.is_none()
            && attribute.sparse_tensors.is_empty()
            && attribute.ref_attr_name.is_empty();
        if !plain || (attribute.t.is_some() && op != "Constant") {
            return Err(invalid(format!(
                "an attribute of {op} holds a graph or a tensor"
            )));
        }
        let mut integers = attribute.ints.iter().chain([&attribute.i]);
        if op != "Constant" && integers.any(|i| i.unsigned_abs() > MAX_ATTRIBUTE) {
            return Err(invalid(format!(
                "an attribute of {op} is beyond ±{MAX_ATTRIBUTE}"
            )));
        }
        attribute.t.iter().try_for_each(check_tensor)?;
    }
    if op == "Constant" && constant(node).is_none() {
        return Err(invalid(
            "a Constant must have one attribute, value, with a tensor",
        ));
    }
    Ok(())
}

/// Every name is made once, and before it is used: so there are no circles.
fn check_order(graph: &GraphProto) -> Result<()> {
    let mut made: HashSet<&str> = graph
        .initializer
        .iter()
        .map(|tensor| tensor.name.as_str())
        .collect();
    if made.len() != graph.initializer.len() || !made.insert("image") {
        return Err(invalid("two initialisers have the same name"));
    }
    for node in &graph.node {
        if let Some(name) = node
            .input
            .iter()
            .find(|name| !name.is_empty() && !made.contains(name.as_str()))
        {
            return Err(invalid(format!(
                "{:?} is used before it is made",
                shorten(name)
            )));
        }
        if let Some(name) = node
            .output
            .iter()
            .find(|name| !name.is_empty() && !made.insert(name))
        {
            return Err(invalid(format!("{:?} is made twice", shorten(name))));
        }
    }
    Ok(())
}

/// A dense float32 or int64 tensor whose data are all there, in the file.
fn check_tensor(tensor: &TensorProto) -> Result<()> {
    let name = shorten(&tensor.name);
    if tensor.data_location.unwrap_or(0) != 0 || tensor.segment.is_some() {
        return Err(invalid(format!(
            "the tensor {name:?} lies outside the file; export without external data"
        )));
    }
    let (size, stored) = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) => (4, tensor.float_data.len()),
        Ok(DataType::Int64) => (8, tensor.int64_data.len()),
        _ => {
            return Err(invalid(format!(
                "the tensor {name:?} is neither float32 nor int64"
            )));
        }
    };
    let count = tensor.dims.iter().try_fold(1usize, |product, &dim| {
        usize::try_from(dim).ok()?.checked_mul(product)
    });
    let Some(count) = count.filter(|_| tensor.dims.len() <= 8) else {
        return Err(invalid(format!(
            "the tensor {name:?} has an impossible shape"
        )));
    };
    let complete = if tensor.raw_data.is_empty() {
        stored == count
    } else {
        stored == 0 && count.checked_mul(size) == Some(tensor.raw_data.len())
    };
    if complete {
        Ok(())
    } else {
        Err(invalid(format!(
            "the tensor {name:?} does not hold the {count} numbers its shape asks for"
        )))
    }
}

/// The one input: `image`, float32 `[1, 3, H, W]`.
pub(super) fn input_shape(model: &ModelProto) -> Result<InputShape> {
    let graph = graph(model)?;
    let constants = &graph.initializer;
    let mut inputs = graph
        .input
        .iter()
        .filter(|input| constants.iter().all(|tensor| tensor.name != input.name));
    let (Some(image), None) = (inputs.next(), inputs.next()) else {
        return Err(invalid("the graph must have one input, image"));
    };
    let dimensions = dimensions(image, "image")?;
    let side = |dimension: &Option<i64>| dimension.map(usize::try_from);
    match (
        dimensions.as_slice(),
        side(&dimensions[2]),
        side(&dimensions[3]),
    ) {
        ([Some(1), Some(3), _, _], None, None) => Ok(InputShape::Any),
        ([Some(1), Some(3), _, _], Some(Ok(height @ 1..=4096)), Some(Ok(width @ 1..=4096))) => {
            Ok(InputShape::Fixed { width, height })
        }
        _ => Err(invalid(
            "the input image must be float32 [1, 3, H, W] with H and W 1 to 4096, or both symbolic",
        )),
    }
}

/// The one output: `residual`, float32 with four dimensions.
fn check_output(graph: &GraphProto) -> Result<()> {
    let [residual] = graph.output.as_slice() else {
        return Err(invalid(format!(
            "the graph has {} outputs; it must have one, residual",
            graph.output.len()
        )));
    };
    let dimensions = dimensions(residual, "residual")?;
    let fits = |dimension: Option<i64>, size| dimension.is_none_or(|d| d == size);
    let (batch, channels) = (dimensions[0], dimensions[1]);
    if !fits(batch, 1) || !fits(channels, 3) {
        return Err(invalid("the output residual must be float32 [1, 3, h, w]"));
    }
    if !graph
        .node
        .iter()
        .any(|node| node.output.contains(&residual.name))
    {
        return Err(invalid("no node makes the output residual"));
    }
    Ok(())
}

/// The four dimensions of a float32 value with the name given; `None` for a symbolic one.
fn dimensions(value: &ValueInfoProto, name: &str) -> Result<Vec<Option<i64>>> {
    let Some(Type::TensorType(tensor)) = value.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return Err(invalid(format!("{name} has no type")));
    };
    if value.name != name || tensor.elem_type != DataType::Float as i32 {
        return Err(invalid(format!(
            "{:?} must be named {name} and be float32",
            shorten(&value.name)
        )));
    }
    let dimensions = tensor.shape.iter().flat_map(|shape| &shape.dim);
    let known = |value: &Dimension| {
        if let Dimension::DimValue(v) = value {
            Some(*v)
        } else {
            None
        }
    };
    let dimensions: Vec<_> = dimensions
        .map(|d| d.value.as_ref().and_then(known))
        .collect();
    if dimensions.len() == 4 {
        Ok(dimensions)
    } else {
        Err(invalid(format!("{name} must have four dimensions")))
    }
}
