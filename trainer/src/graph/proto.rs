//! Small parts of an ONNX model as protobuf messages.

use tract_onnx::pb;

const FLOAT: i32 = pb::tensor_proto::DataType::Float as i32;
const INT8: i32 = pb::tensor_proto::DataType::Int8 as i32;
const INT64: i32 = pb::tensor_proto::DataType::Int64 as i32;

pub(super) fn signed(list: &[usize]) -> Vec<i64> {
    list.iter().map(|&n| n as i64).collect()
}

/// The first extent of a described value; 0 where it has none.
pub(super) fn channels_of(info: &pb::ValueInfoProto) -> usize {
    use pb::{tensor_shape_proto::dimension::Value as Dim, type_proto::Value as Type};
    let Some(Type::TensorType(tensor)) = info.r#type.as_ref().and_then(|t| t.value.as_ref()) else {
        return 0;
    };
    match tensor
        .shape
        .as_ref()
        .and_then(|s| s.dim.first())
        .and_then(|d| d.value.as_ref())
    {
        Some(Dim::DimValue(n)) => *n as usize,
        _ => 0,
    }
}

pub(super) fn value_info(name: &str, shape: &[usize]) -> pb::ValueInfoProto {
    use pb::tensor_shape_proto::{Dimension, dimension};
    let dim = shape
        .iter()
        .map(|&n| Dimension {
            value: Some(dimension::Value::DimValue(n as i64)),
            ..Default::default()
        })
        .collect();
    let tensor = pb::type_proto::Tensor {
        elem_type: FLOAT,
        shape: Some(pb::TensorShapeProto { dim }),
    };
    pb::ValueInfoProto {
        name: name.into(),
        r#type: Some(pb::TypeProto {
            value: Some(pb::type_proto::Value::TensorType(tensor)),
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// A float32 tensor of row-major `data`.
pub(super) fn float_tensor(name: &str, shape: &[usize], data: &[f32]) -> pb::TensorProto {
    pb::TensorProto {
        name: name.into(),
        dims: signed(shape),
        data_type: FLOAT,
        raw_data: data.iter().flat_map(|x| x.to_le_bytes()).collect(),
        ..Default::default()
    }
}

/// The numbers of a float32 tensor.
pub(super) fn numbers(tensor: &pb::TensorProto) -> Option<Vec<f32>> {
    let floats = tensor.raw_data.as_chunks::<4>().0.iter();
    (tensor.data_type == FLOAT).then(|| floats.map(|b| f32::from_le_bytes(*b)).collect())
}

/// An int8 tensor.
pub(super) fn int8_tensor(name: &str, dims: &[i64], data: &[i8]) -> pb::TensorProto {
    pb::TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: INT8,
        raw_data: data.iter().map(|x| x.cast_unsigned()).collect(),
        ..Default::default()
    }
}

/// A list of integers, such as a shape.
pub(super) fn integer_tensor(name: &str, list: &[i64]) -> pb::TensorProto {
    pb::TensorProto {
        name: name.into(),
        dims: vec![list.len() as i64],
        data_type: INT64,
        raw_data: list.iter().flat_map(|x| x.to_le_bytes()).collect(),
        ..Default::default()
    }
}

fn attribute(name: &str, kind: pb::attribute_proto::AttributeType) -> pb::AttributeProto {
    pb::AttributeProto {
        name: name.into(),
        r#type: kind as i32,
        ..Default::default()
    }
}

pub(super) fn int(name: &str, i: i64) -> pb::AttributeProto {
    pb::AttributeProto {
        i,
        ..attribute(name, pb::attribute_proto::AttributeType::Int)
    }
}

pub(super) fn ints(name: &str, list: &[i64]) -> pb::AttributeProto {
    pb::AttributeProto {
        ints: list.to_vec(),
        ..attribute(name, pb::attribute_proto::AttributeType::Ints)
    }
}

pub(super) fn float(name: &str, f: f32) -> pb::AttributeProto {
    pb::AttributeProto {
        f,
        ..attribute(name, pb::attribute_proto::AttributeType::Float)
    }
}

pub(super) fn text(name: &str, s: &str) -> pb::AttributeProto {
    pb::AttributeProto {
        s: s.as_bytes().to_vec(),
        ..attribute(name, pb::attribute_proto::AttributeType::String)
    }
}
