//! The messages of an ONNX file that a generator may hold (numbers as in ONNX's onnx.proto), for `prost`.
//!
//! What contract v1 does not know is read as [`Unknown`]: that it is there is all that matters.

use prost::{Enumeration, Message, Oneof};

/// A message whose content is not looked at.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Unknown {}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ModelProto {
    #[prost(int64, tag = "1")]
    pub(crate) ir_version: i64,
    #[prost(string, tag = "2")]
    pub(crate) producer_name: String,
    #[prost(message, optional, tag = "7")]
    pub(crate) graph: Option<GraphProto>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) opset_import: Vec<OperatorSetIdProto>,
    #[prost(message, repeated, tag = "14")]
    pub(crate) metadata_props: Vec<StringStringEntryProto>,
    #[prost(message, repeated, tag = "20")]
    pub(crate) training_info: Vec<Unknown>,
    #[prost(message, repeated, tag = "25")]
    pub(crate) functions: Vec<Unknown>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct OperatorSetIdProto {
    #[prost(string, tag = "1")]
    pub(crate) domain: String,
    #[prost(int64, tag = "2")]
    pub(crate) version: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StringStringEntryProto {
    #[prost(string, tag = "1")]
    pub(crate) key: String,
    #[prost(string, tag = "2")]
    pub(crate) value: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct GraphProto {
    #[prost(message, repeated, tag = "1")]
    pub(crate) node: Vec<NodeProto>,
    #[prost(string, tag = "2")]
    pub(crate) name: String,
    #[prost(message, repeated, tag = "5")]
    pub(crate) initializer: Vec<TensorProto>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) input: Vec<ValueInfoProto>,
    #[prost(message, repeated, tag = "12")]
    pub(crate) output: Vec<ValueInfoProto>,
    #[prost(message, repeated, tag = "14")]
    pub(crate) quantization_annotation: Vec<Unknown>,
    #[prost(message, repeated, tag = "15")]
    pub(crate) sparse_initializer: Vec<Unknown>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct NodeProto {
    #[prost(string, repeated, tag = "1")]
    pub(crate) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) output: Vec<String>,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(string, tag = "4")]
    pub(crate) op_type: String,
    #[prost(message, repeated, tag = "5")]
    pub(crate) attribute: Vec<AttributeProto>,
    #[prost(string, tag = "7")]
    pub(crate) domain: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AttributeProto {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(float, tag = "2")]
    pub(crate) f: f32,
    #[prost(int64, tag = "3")]
    pub(crate) i: i64,
    #[prost(bytes = "vec", tag = "4")]
    pub(crate) s: Vec<u8>,
    #[prost(message, optional, tag = "5")]
    pub(crate) t: Option<TensorProto>,
    #[prost(message, optional, tag = "6")]
    pub(crate) g: Option<Unknown>,
    #[prost(int64, repeated, tag = "8")]
    pub(crate) ints: Vec<i64>,
    #[prost(message, repeated, tag = "10")]
    pub(crate) tensors: Vec<Unknown>,
    #[prost(message, repeated, tag = "11")]
    pub(crate) graphs: Vec<Unknown>,
    /// An `AttributeType`: 1 float, 2 integer, 3 string, 4 tensor, 7 integers.
    #[prost(int32, tag = "20")]
    pub(crate) r#type: i32,
    #[prost(string, tag = "21")]
    pub(crate) ref_attr_name: String,
    #[prost(message, optional, tag = "22")]
    pub(crate) sparse_tensor: Option<Unknown>,
    #[prost(message, repeated, tag = "23")]
    pub(crate) sparse_tensors: Vec<Unknown>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorProto {
    #[prost(int64, repeated, tag = "1")]
    pub(crate) dims: Vec<i64>,
    #[prost(int32, tag = "2")]
    pub(crate) data_type: i32,
    #[prost(message, optional, tag = "3")]
    pub(crate) segment: Option<Unknown>,
    #[prost(float, repeated, tag = "4")]
    pub(crate) float_data: Vec<f32>,
    #[prost(int64, repeated, tag = "7")]
    pub(crate) int64_data: Vec<i64>,
    #[prost(string, tag = "8")]
    pub(crate) name: String,
    #[prost(bytes = "vec", tag = "9")]
    pub(crate) raw_data: Vec<u8>,
    #[prost(int32, optional, tag = "14")]
    pub(crate) data_location: Option<i32>,
}

/// The types of numbers that a generator may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Enumeration)]
#[repr(i32)]
pub(crate) enum DataType {
    Undefined = 0,
    Float = 1,
    Int8 = 3,
    Int64 = 7,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ValueInfoProto {
    #[prost(string, tag = "1")]
    pub(crate) name: String,
    #[prost(message, optional, tag = "2")]
    pub(crate) r#type: Option<TypeProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TypeProto {
    #[prost(oneof = "Type", tags = "1")]
    pub(crate) value: Option<Type>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Type {
    #[prost(message, tag = "1")]
    TensorType(TensorType),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorType {
    #[prost(int32, tag = "1")]
    pub(crate) elem_type: i32,
    #[prost(message, optional, tag = "2")]
    pub(crate) shape: Option<TensorShapeProto>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TensorShapeProto {
    #[prost(message, repeated, tag = "1")]
    pub(crate) dim: Vec<Dimension>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Dimension {
    #[prost(oneof = "Side", tags = "1, 2")]
    pub(crate) value: Option<Side>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum Side {
    #[prost(int64, tag = "1")]
    DimValue(i64),
    #[prost(string, tag = "2")]
    DimParam(String),
}

impl ValueInfoProto {
    /// Its shape, where that is fixed.
    #[cfg(test)]
    pub(crate) fn shape(&self) -> Option<Vec<usize>> {
        let Some(Type::TensorType(tensor)) = self.r#type.as_ref()?.value.as_ref() else {
            return None;
        };
        let side = |dimension: &Dimension| match dimension.value {
            Some(Side::DimValue(side)) => usize::try_from(side).ok(),
            _ => None,
        };
        tensor.shape.as_ref()?.dim.iter().map(side).collect()
    }

    /// A float32 value of a fixed shape.
    pub(crate) fn floats(name: &str, shape: &[usize]) -> Self {
        let side = |&side: &usize| Dimension {
            value: Some(Side::DimValue(side as i64)),
        };
        let tensor = TensorType {
            elem_type: DataType::Float as i32,
            shape: Some(TensorShapeProto {
                dim: shape.iter().map(side).collect(),
            }),
        };
        Self {
            name: name.to_owned(),
            r#type: Some(TypeProto {
                value: Some(Type::TensorType(tensor)),
            }),
        }
    }
}

/// A node's first output.
pub(crate) fn output(node: &NodeProto) -> &str {
    node.output.first().map_or("", String::as_str)
}

/// A name of the file, cut before it reaches a message.
pub(crate) fn shorten(name: &str) -> String {
    name.chars().take(40).collect()
}
