//! ONNX files, as far as a generator may be one.

mod messages;
mod tensors;

pub(crate) use messages::{
    AttributeProto, DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, Side,
    StringStringEntryProto, TensorProto, Type, ValueInfoProto, output, shorten,
};
pub(crate) use tensors::{constant, constants, dimensions, floats, integers, is_float};
