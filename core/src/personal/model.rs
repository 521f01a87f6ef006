//! The generator file of a pattern.

use crate::onnx::{
    DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, ValueInfoProto,
};

/// A generator of contract v1 that gives the same residual for all photos: a dense layer without weights, whose bias is
/// the pattern, `[3, side, side]` within ±`epsilon`.
pub(super) fn constant(pattern: &[f32], side: usize, epsilon: f32) -> ModelProto {
    let grid = format!("square:{side}");
    let shape = [1, 3, side, side];
    let side = side as i64;
    let length = pattern.len() as i64;
    let nodes = vec![
        node("GlobalAveragePool", &["image"], "mean"),
        node("Flatten", &["mean"], "flat"),
        node("Gemm", &["flat", "none", "pattern"], "planes"),
        node("Reshape", &["planes", "shape"], "residual"),
    ];
    let graph = GraphProto {
        name: "personal".into(),
        node: nodes,
        initializer: vec![
            floats("none", &[3, length], vec![0.0; 3 * pattern.len()]),
            floats("pattern", &[length], pattern.to_vec()),
            TensorProto {
                name: "shape".into(),
                dims: vec![4],
                data_type: DataType::Int64 as i32,
                int64_data: vec![1, 3, side, side],
                ..TensorProto::default()
            },
        ],
        input: vec![ValueInfoProto::floats("image", &shape)],
        output: vec![ValueInfoProto::floats("residual", &shape)],
        ..GraphProto::default()
    };
    let epsilon = epsilon.to_string();
    let metadata = [
        ("contract", "1"),
        ("name", "personal"),
        ("version", "1.0.0"),
        ("epsilon", epsilon.as_str()),
        ("grid", grid.as_str()),
        ("multiple", "1"),
        ("chroma", "true"),
        (
            "training",
            r#"{"recipe": "personal: a pattern derived from a key"}"#,
        ),
        ("scores", "{}"),
    ];
    ModelProto {
        ir_version: 8,
        producer_name: "confounder".into(),
        opset_import: vec![OperatorSetIdProto {
            version: 17,
            ..OperatorSetIdProto::default()
        }],
        metadata_props: metadata
            .map(|(key, value)| StringStringEntryProto {
                key: format!("confounder.{key}"),
                value: value.into(),
            })
            .to_vec(),
        graph: Some(graph),
        ..ModelProto::default()
    }
}

fn node(op: &str, inputs: &[&str], output: &str) -> NodeProto {
    NodeProto {
        name: output.into(),
        op_type: op.into(),
        input: inputs.iter().map(|&name| name.into()).collect(),
        output: vec![output.into()],
        ..NodeProto::default()
    }
}

fn floats(name: &str, dims: &[i64], data: Vec<f32>) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: dims.to_vec(),
        data_type: DataType::Float as i32,
        float_data: data,
        ..TensorProto::default()
    }
}
