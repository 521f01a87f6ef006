//! Small generators of contract v1, written from scratch, and photos of noise.
#![allow(dead_code)] // Each test binary uses its own part.
#![allow(clippy::unwrap_used)]

use confounder::Generator;
use prost::Message;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value as DimensionValue};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

/// The bound of the generators made here.
pub(crate) const EPSILON: f32 = 8.0 / 255.0;

/// A generator of the family of recipe `code`: two convolutions, the mean, a soft choice of one of ten fixed 4 x 4
/// chroma patterns. Its weights are fixed noise. `side` is its input's side, `None` for any.
pub(crate) fn code_generator(side: Option<usize>) -> ModelProto {
    let mut noise = Noise(7);
    let bank = |noise: &mut Noise| if noise.next() < 0.0 { -1.0 } else { 1.0 } * EPSILON / 1.773;
    let initializer = vec![
        floats("w1", &[8, 3, 3, 3], || noise.next() * 0.6),
        floats("w2", &[16, 8, 3, 3], || noise.next() * 0.4),
        floats("dense", &[16, 10], || noise.next() * 20.0),
        floats("bank", &[10, 32], || bank(&mut noise)),
        integers("shape", &[1, 2, 4, 4]),
        // Cb, Cr to R, G, B (Rec. 601), without luma.
        constant(
            "rgb",
            &[3, 2, 1, 1],
            &[0.0, 1.402, -0.344_136_3, -0.714_136_3, 1.772, 0.0],
        ),
    ];
    let stride2 = || {
        vec![
            ints("strides", &[2, 2]),
            ints("pads", &[1, 1, 1, 1]),
            ints("kernel_shape", &[3, 3]),
        ]
    };
    let node = vec![
        node("Conv", &["image", "w1"], "c1", stride2()),
        node("Relu", &["c1"], "r1", vec![]),
        node("Conv", &["r1", "w2"], "c2", stride2()),
        node("Relu", &["c2"], "r2", vec![]),
        node("GlobalAveragePool", &["r2"], "mean", vec![]),
        node("Flatten", &["mean"], "flat", vec![]),
        node("Gemm", &["flat", "dense"], "logits", vec![]),
        node("Softmax", &["logits"], "code", vec![]),
        node("MatMul", &["code", "bank"], "mixed", vec![]),
        node("Reshape", &["mixed", "shape"], "chroma", vec![]),
        node("Conv", &["chroma", "rgb"], "residual", vec![]),
    ];
    let side = side.map(|side| side as i64);
    let graph = GraphProto {
        name: "code".into(),
        node,
        initializer,
        input: vec![value("image", [Some(1), Some(3), side, side])],
        output: vec![value("residual", [Some(1), Some(3), Some(4), Some(4)])],
        ..GraphProto::default()
    };
    let grid = side.map_or_else(
        || "short-side:64".to_owned(),
        |side| format!("square:{side}"),
    );
    model(graph, &grid, true)
}

/// [`code_generator`] of any size with a residual that is the same in red, green and blue.
pub(crate) fn luma_generator() -> ModelProto {
    let mut model = code_generator(None);
    let graph = model.graph.as_mut().unwrap();
    let to_rgb = graph.initializer.iter_mut().find(|t| t.name == "rgb");
    to_rgb.unwrap().float_data = vec![1.0, 0.5, 1.0, 0.5, 1.0, 0.5];
    set(&mut model, "chroma", "false");
    model
}

/// A model around a graph, with all metadata of contract v1.
pub(crate) fn model(graph: GraphProto, grid: &str, chroma: bool) -> ModelProto {
    let mut model = ModelProto {
        ir_version: 8,
        producer_name: "confounder tests".into(),
        opset_import: vec![OperatorSetIdProto {
            version: 17,
            ..OperatorSetIdProto::default()
        }],
        graph: Some(graph),
        ..ModelProto::default()
    };
    let epsilon = EPSILON.to_string();
    let chroma = chroma.to_string();
    let entries = [
        ("contract", "1"),
        ("name", "untrained"),
        ("version", "0.0.1"),
        ("epsilon", &epsilon),
        ("grid", grid),
        ("multiple", "8"),
        ("chroma", &chroma),
        ("training", r#"{"recipe": "none: fixed random weights"}"#),
        ("scores", "{}"),
    ];
    for (key, value) in entries {
        set(&mut model, key, value);
    }
    model
}

/// Sets `confounder.{key}`.
pub(crate) fn set(model: &mut ModelProto, key: &str, value: &str) {
    let key = format!("confounder.{key}");
    model.metadata_props.retain(|entry| entry.key != key);
    model.metadata_props.push(StringStringEntryProto {
        key,
        value: value.into(),
    });
}

/// Reads a model as a generator.
pub(crate) fn read(model: &ModelProto) -> confounder::Result<Generator> {
    Generator::from_bytes(model.encode_to_vec())
}

/// A node with one output.
pub(crate) fn node(
    op: &str,
    input: &[&str],
    output: &str,
    attribute: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto {
        op_type: op.into(),
        name: output.into(),
        input: input.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        attribute,
        ..NodeProto::default()
    }
}

/// An attribute of integers.
fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: kind as i32,
        ..AttributeProto::default()
    }
}

pub(crate) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto {
        i,
        ..attribute(name, AttributeType::Int)
    }
}

pub(crate) fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        ints: ints.into(),
        ..attribute(name, AttributeType::Ints)
    }
}

pub(crate) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto {
        f,
        ..attribute(name, AttributeType::Float)
    }
}

pub(crate) fn text(name: &str, text: &str) -> AttributeProto {
    AttributeProto {
        s: text.as_bytes().to_vec(),
        ..attribute(name, AttributeType::String)
    }
}

/// A float32 tensor.
pub(crate) fn constant(name: &str, dims: &[i64], float_data: &[f32]) -> TensorProto {
    let (data_type, float_data) = (DataType::Float as i32, float_data.to_vec());
    TensorProto {
        name: name.into(),
        dims: dims.into(),
        data_type,
        float_data,
        ..TensorProto::default()
    }
}

/// An int64 tensor with one dimension.
pub(crate) fn integers(name: &str, numbers: &[i64]) -> TensorProto {
    let raw_data = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
    let (data_type, dims) = (DataType::Int64 as i32, vec![numbers.len() as i64]);
    TensorProto {
        name: name.into(),
        dims,
        data_type,
        raw_data,
        ..TensorProto::default()
    }
}

fn floats(name: &str, dims: &[i64], mut next: impl FnMut() -> f32) -> TensorProto {
    let numbers: Vec<f32> = (0..dims.iter().product::<i64>()).map(|_| next()).collect();
    constant(name, dims, &numbers)
}

/// A float32 value; `None` is a symbolic side.
pub(crate) fn value(name: &str, dims: [Option<i64>; 4]) -> ValueInfoProto {
    let dim = dims.iter().enumerate().map(|(i, dim)| Dimension {
        value: Some(dim.map_or_else(
            || DimensionValue::DimParam(format!("side{i}")),
            DimensionValue::DimValue,
        )),
        ..Dimension::default()
    });
    let shape = Some(TensorShapeProto { dim: dim.collect() });
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape,
    };
    let r#type = Some(TypeProto {
        value: Some(type_proto::Value::TensorType(tensor)),
        ..TypeProto::default()
    });
    ValueInfoProto {
        name: name.into(),
        r#type,
        ..ValueInfoProto::default()
    }
}

/// A small deterministic generator of numbers (xorshift64*).
pub(crate) struct Noise(pub(crate) u64);

impl Noise {
    /// The next number in -0.5..0.5.
    pub(crate) fn next(&mut self) -> f32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1 << 24) as f32 - 0.5
    }

    /// `length` random samples.
    pub(crate) fn samples(&mut self, length: usize) -> Vec<u8> {
        (0..length)
            .map(|_| ((self.next() + 0.5) * 256.0) as u8)
            .collect()
    }
}
