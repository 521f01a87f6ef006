//! Generator files whose constants are kept in eight bits.

use confounder::{
    ErrorKind, Generator, Orientation, PixelLayout, Pixels, Protector, ProtectorOptions, Residual,
};
use proptest::prelude::*;
use prost::Message;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ModelProto, TensorProto};

use crate::common::{EPSILON, code_generator, constant, int, node, read};

/// The generator with its dense layer and its bank in eight bits, and the same with the numbers that these stand for.
fn packed() -> [ModelProto; 2] {
    let whole = code_generator(Some(64));
    let (mut eight, mut float) = (whole.clone(), whole);
    let graphs = [eight.graph.as_mut().unwrap(), float.graph.as_mut().unwrap()];
    let [eight_graph, float_graph] = graphs;
    for (name, axis) in [("dense", 1), ("bank", 0)] {
        let at = |t: &TensorProto| t.name == name;
        let tensor = float_graph.initializer.iter_mut().find(|t| at(t)).unwrap();
        let rows = tensor.dims[axis] as usize;
        let each = tensor.dims[axis + 1..].iter().product::<i64>() as usize;
        let scales: Vec<f32> = (0..rows).map(|row| (row + 1) as f32 * 1e-4).collect();
        let numbers = tensor.float_data.iter_mut().enumerate();
        let bytes: Vec<u8> = numbers
            .map(|(i, x)| {
                let scale = scales[i / each % rows];
                let byte = (*x / scale).round().clamp(-128.0, 127.0) as i8;
                *x = f32::from(byte) * scale;
                byte.cast_unsigned()
            })
            .collect();
        let [bits, scale] = ["bits", "scale"].map(|part| format!("{name}_{part}"));
        eight_graph.initializer.retain(|t| !at(t));
        eight_graph.initializer.extend([
            TensorProto {
                name: bits.clone(),
                dims: tensor.dims.clone(),
                data_type: DataType::Int8 as i32,
                raw_data: bytes,
                ..TensorProto::default()
            },
            constant(&scale, &[rows as i64], &scales),
        ]);
        let unpack = node(
            "DequantizeLinear",
            &[&bits, &scale],
            name,
            vec![int("axis", axis as i64)],
        );
        eight_graph.node.insert(0, unpack);
    }
    [eight, float]
}

fn residual(model: &ModelProto) -> Residual {
    let photo: Vec<u8> = (0..64 * 64 * 3).map(|i| (i * 37 % 251) as u8).collect();
    let view = Pixels::new(&photo, 64, 64, 192, PixelLayout::Rgb8).unwrap();
    let protector = Protector::open(read(model).unwrap(), ProtectorOptions::default()).unwrap();
    protector.residual(&view, Orientation::Upright).unwrap()
}

#[test]
fn eight_bits_give_what_they_stand_for() {
    let [eight, float] = packed().map(|model| residual(&model));
    assert!(eight.plane(0).iter().any(|x| x.abs() > 0.1 * EPSILON));
    assert_eq!(eight, float);
}

/// A change that breaks the contract, and what it is called.
type Breakage = (&'static str, fn(&mut GraphProto));

#[test]
fn broken_eight_bits_are_refused() {
    let cases: [Breakage; 13] = [
        ("zero point", |g| g.node[0].input.push("bank_scale".into())),
        ("no scale", |g| drop(g.node[0].input.pop())),
        ("an attribute", |g| {
            g.node[0].attribute.push(int("block_size", 4))
        }),
        ("beyond the axes", |g| g.node[0].attribute[0].i = 2),
        ("before the axes", |g| g.node[0].attribute[0].i = -1),
        ("of a computed value", |g| {
            g.node[0].input[0] = "image".into()
        }),
        ("used by two", |g| {
            let mut second = g.node[0].clone();
            second.output[0] = "other".into();
            g.node.push(second);
        }),
        ("cut short", |g| tensor(g, "bank_bits").raw_data.truncate(9)),
        ("float numbers", |g| {
            tensor(g, "bank_bits").data_type = DataType::Float as i32
        }),
        ("too few scales", |g| {
            let scale = tensor(g, "bank_scale");
            (scale.dims[0], scale.float_data) = (9, vec![1e-4; 9]);
        }),
        ("an endless scale", |g| {
            tensor(g, "bank_scale").float_data[3] = f32::INFINITY
        }),
        ("one scale that is no scalar", |g| {
            let scale = tensor(g, "bank_scale");
            (scale.dims[0], scale.float_data) = (1, vec![1e-4]);
        }),
        ("left over", |g| drop(g.node.remove(0))),
    ];
    for (name, breakage) in cases {
        let [mut model, _] = packed();
        let mut graph = model.graph.take().unwrap();
        breakage(&mut graph);
        model.graph = Some(graph);
        let error = read(&model).expect_err(name);
        assert_eq!(error.kind(), ErrorKind::GeneratorInvalid, "{name}");
    }
}

fn tensor<'a>(graph: &'a mut GraphProto, name: &str) -> &'a mut TensorProto {
    graph
        .initializer
        .iter_mut()
        .find(|t| t.name == name)
        .unwrap()
}

#[test]
fn one_scale_for_all_needs_no_axis() {
    let [mut eight, mut float] = packed();
    let graph = eight.graph.as_mut().unwrap();
    (graph.node[0].attribute, tensor(graph, "bank_scale").dims) = (vec![], vec![]);
    tensor(graph, "bank_scale").float_data = vec![2e-4];
    let bytes = tensor(graph, "bank_bits").raw_data.clone();
    let floats = bytes.iter().map(|x| f32::from(x.cast_signed()) * 2e-4);
    tensor(float.graph.as_mut().unwrap(), "bank").float_data = floats.collect();
    assert_eq!(residual(&eight), residual(&float));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn damaged_files_are_read_or_refused(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let [eight, _] = packed();
        let mut bytes = eight.encode_to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Err(error) = Generator::from_bytes(bytes) {
            let expected = [
                ErrorKind::GeneratorInvalid,
                ErrorKind::GeneratorTooNew,
                ErrorKind::LimitExceeded,
            ];
            prop_assert!(expected.contains(&error.kind()), "{error}");
        }
    }
}
