//! Constants of eight bits: each becomes float32 when the file is read, so that nothing behind this sees any of it.

use std::collections::HashMap;

use super::contract::is_default;
use crate::error::{Result, invalid_generator as invalid};
use crate::onnx::{DataType, GraphProto, ModelProto, NodeProto, TensorProto, shorten};

/// Puts the float32 constant that it gives in the place of every `DequantizeLinear` of int8 constants.
///
/// Each is used once, with scales of its own: so a file grows fourfold at most.
///
/// # Errors
/// [`crate::ErrorKind::GeneratorInvalid`] for one that computes anything else.
pub(super) fn unpack(model: &mut ModelProto) -> Result<()> {
    let packs = |node: &NodeProto| node.op_type == "DequantizeLinear";
    let Some(graph) = model.graph.as_mut().filter(|g| g.node.iter().any(packs)) else {
        return Ok(());
    };
    let mut constants = Constants::of(graph);
    let (packed, left) = std::mem::take(&mut graph.node).into_iter().partition(packs);
    graph.node = left;
    let packed: Vec<NodeProto> = packed;
    let floats: Vec<TensorProto> = packed
        .iter()
        .map(|node| unpacked(node, &mut constants))
        .collect::<Result<_>>()?;
    graph.initializer = constants.left();
    graph.initializer.extend(floats);
    Ok(())
}

/// A graph's constants; each can be taken once.
struct Constants {
    tensors: Vec<Option<TensorProto>>,
    places: HashMap<String, usize>,
}

impl Constants {
    fn of(graph: &mut GraphProto) -> Self {
        let tensors = std::mem::take(&mut graph.initializer);
        let named = tensors.iter().enumerate();
        Self {
            places: named.map(|(i, t)| (t.name.clone(), i)).collect(),
            tensors: tensors.into_iter().map(Some).collect(),
        }
    }

    fn take(&mut self, name: &str) -> Result<TensorProto> {
        let place = self.places.get(name).copied();
        let tensor = place.and_then(|place| self.tensors.get_mut(place)?.take());
        tensor.ok_or_else(|| {
            let name = shorten(name);
            invalid(format!(
                "{name:?} is no constant, or used by two nodes; DequantizeLinear takes constants of its own"
            ))
        })
    }

    fn left(self) -> Vec<TensorProto> {
        self.tensors.into_iter().flatten().collect()
    }
}

fn unpacked(node: &NodeProto, constants: &mut Constants) -> Result<TensorProto> {
    let ([numbers, scales], [output]) = (&node.input[..], &node.output[..]) else {
        return Err(invalid(
            "DequantizeLinear takes int8 numbers and scales, without a zero point",
        ));
    };
    let only_axis = node.attribute.iter().all(|a| a.name == "axis");
    if !is_default(&node.domain) || !only_axis {
        return Err(invalid("DequantizeLinear has one attribute, axis"));
    }
    let axis = node.attribute.first().map_or(1, |attribute| attribute.i);
    let (numbers, scales) = (constants.take(numbers)?, constants.take(scales)?);
    let name = shorten(output);
    let whole = numbers.data_type == DataType::Int8 as i32 && is_whole(&numbers);
    let factors = floats(&scales).filter(|s| whole && s.iter().all(|s| s.is_finite()));
    let Some(factors) = factors else {
        return Err(invalid(format!(
            "{name:?} does not come from int8 numbers, all in the file, and finite scales"
        )));
    };
    // A scalar is the scale of all numbers, whatever the axis.
    let rows = match scales.dims[..] {
        [] => Some((1, 1)),
        _ => rows(&numbers, axis),
    };
    let Some((each, rows)) = rows.filter(|(_, rows)| *rows == factors.len()) else {
        return Err(invalid(format!(
            "{name:?} has {} scales, which are not one for each step along axis {axis}",
            factors.len()
        )));
    };
    let scale = |i: usize| factors[i / each % rows];
    let values = numbers.raw_data.iter().enumerate();
    let raw_data = values
        .flat_map(|(i, &byte)| (f32::from(byte.cast_signed()) * scale(i)).to_le_bytes())
        .collect();
    Ok(TensorProto {
        name: output.clone(),
        data_type: DataType::Float as i32,
        raw_data,
        ..numbers
    })
}

/// Whether a tensor has as many bytes as its shape asks for, and at least one.
fn is_whole(tensor: &TensorProto) -> bool {
    let mut dims = tensor.dims.iter();
    let count = dims.try_fold(1usize, |p, &dim| usize::try_from(dim).ok()?.checked_mul(p));
    count == Some(tensor.raw_data.len()) && !tensor.raw_data.is_empty()
}

/// How many numbers of a whole tensor each step along the axis stands for, and how many steps there are.
fn rows(tensor: &TensorProto, axis: i64) -> Option<(usize, usize)> {
    let axis = usize::try_from(axis).ok()?;
    let rows = usize::try_from(*tensor.dims.get(axis)?).ok()?;
    let each: i64 = tensor.dims[axis + 1..].iter().product();
    Some((usize::try_from(each).ok()?, rows))
}

/// The numbers of a float32 vector or scalar.
fn floats(tensor: &TensorProto) -> Option<Vec<f32>> {
    let float = tensor.data_type == DataType::Float as i32 && tensor.dims.len() <= 1;
    let bytes = tensor.raw_data.as_chunks::<4>();
    let count = usize::try_from(tensor.dims.first().copied().unwrap_or(1)).ok()?;
    let numbers: Vec<f32> = match &tensor.float_data[..] {
        [] => bytes.0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
        numbers => numbers.to_vec(),
    };
    (float && bytes.1.is_empty() && numbers.len() == count).then_some(numbers)
}
