//! Tensors of an ONNX file.

use super::messages::{DataType, GraphProto, NodeProto, TensorProto, output};

/// The tensor of a `Constant` node.
pub(crate) fn constant(node: &NodeProto) -> Option<&TensorProto> {
    match node.attribute.as_slice() {
        [attribute] if node.op_type == "Constant" && attribute.name == "value" => {
            attribute.t.as_ref()
        }
        _ => None,
    }
}

/// All constants of a graph by name: initialisers, and what `Constant` nodes hold.
pub(crate) fn constants(graph: &GraphProto) -> impl Iterator<Item = (&str, &TensorProto)> {
    let initialisers = graph.initializer.iter().map(|t| (t.name.as_str(), t));
    let of_node = |node| Some((output(node), constant(node)?));
    initialisers.chain(graph.node.iter().filter_map(of_node))
}

pub(crate) fn is_float(tensor: &TensorProto) -> bool {
    tensor.data_type == DataType::Float as i32
}

/// The numbers of a float32 tensor.
pub(crate) fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    let raw = tensor.raw_data.as_chunks::<4>().0.iter();
    match () {
        () if !is_float(tensor) => None,
        () if tensor.raw_data.is_empty() => Some(tensor.float_data.clone()),
        () => Some(raw.map(|bytes| f32::from_le_bytes(*bytes)).collect()),
    }
}

/// The numbers of an int64 tensor.
pub(crate) fn integers(tensor: &TensorProto) -> Option<Vec<i64>> {
    let raw = tensor.raw_data.as_chunks::<8>().0.iter();
    match () {
        () if tensor.data_type != DataType::Int64 as i32 => None,
        () if tensor.raw_data.is_empty() => Some(tensor.int64_data.clone()),
        () => Some(raw.map(|bytes| i64::from_le_bytes(*bytes)).collect()),
    }
}

/// A tensor's shape; `None` where a side is negative.
pub(crate) fn dimensions(tensor: &TensorProto) -> Option<Vec<usize>> {
    let sides = tensor.dims.iter().map(|&side| usize::try_from(side).ok());
    sides.collect()
}
