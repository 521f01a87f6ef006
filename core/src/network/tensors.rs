//! Tensors of an ONNX file.

use crate::onnx::{DataType, Side as Dimension, TensorProto, Type, ValueInfoProto};
use tract_core::internal::*;

pub(super) fn is_float(tensor: &TensorProto) -> bool {
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

/// A tensor's shape.
pub(super) fn dimensions(tensor: &TensorProto) -> TractResult<Vec<usize>> {
    tensor.dims.iter().map(|&dim| side(dim)).collect()
}

/// A float32 tensor as tract has it.
pub(super) fn float_tensor(tensor: &TensorProto) -> TractResult<Tensor> {
    let numbers = floats(tensor).context("no floats")?;
    Tensor::from_shape(&dimensions(tensor)?, &numbers)
}

/// The shape of an input that has a fixed one.
pub(super) fn shape_of(input: &ValueInfoProto) -> TractResult<Vec<usize>> {
    let tensor = match input.r#type.as_ref().and_then(|t| t.value.as_ref()) {
        Some(Type::TensorType(tensor)) => tensor.shape.as_ref(),
        _ => None,
    };
    let shape = tensor.with_context(|| format!("the input {:?} has no shape", input.name))?;
    let known = |value: &Option<Dimension>| match value {
        Some(Dimension::DimValue(dim)) => side(*dim),
        _ => bail!("the input {:?} has an open shape", input.name),
    };
    shape.dim.iter().map(|dim| known(&dim.value)).collect()
}

fn side(dim: i64) -> TractResult<usize> {
    usize::try_from(dim).ok().context("a negative side")
}
