//! Generator files, good, broken and hostile.

use confounder::research::run_generator;
use confounder::{ErrorKind, Generator, Grid, InputShape, Protector, ProtectorOptions};
use proptest::prelude::*;
use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};

use crate::common::{
    EPSILON, Noise, code_generator, constant, integers, ints, model, node, read, set, value,
};

fn kind(model: &ModelProto) -> Option<ErrorKind> {
    read(model).err().map(|error| error.kind())
}

#[test]
fn reads_what_the_file_says() {
    let generator = read(&code_generator(Some(64))).unwrap();
    assert_eq!(
        (generator.name(), generator.version()),
        ("untrained", "0.0.1")
    );
    assert_eq!(
        (generator.epsilon(), generator.grid()),
        (EPSILON, Grid::Square(64))
    );
    assert_eq!((generator.multiple(), generator.chroma()), (8, true));
    assert_eq!(
        generator.input_shape(),
        InputShape::Fixed {
            width: 64,
            height: 64
        }
    );
    assert!(generator.training()["recipe"].is_string());
    assert_eq!(
        read(&code_generator(None)).unwrap().input_shape(),
        InputShape::Any
    );
}

#[test]
fn the_hash_is_checked_first() {
    let bytes = code_generator(Some(64)).encode_to_vec();
    let hash = Generator::from_bytes(bytes.clone()).unwrap().sha256();
    assert!(Generator::from_bytes_with_sha256(bytes.clone(), &hash.to_uppercase()).is_ok());
    let mut other = bytes.clone();
    *other.last_mut().unwrap() ^= 1;
    let error = Generator::from_bytes_with_sha256(other, &hash).unwrap_err();
    assert!(
        error.kind() == ErrorKind::GeneratorInvalid && error.to_string().contains("SHA-256"),
        "{error}"
    );
    let error = Generator::from_bytes_with_sha256(bytes, "abc").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions);
}

#[test]
fn broken_metadata_is_refused() {
    let cases = [
        ("contract", "0"),
        ("contract", "one"),
        ("name", ""),
        ("version", "1.0"),
        ("epsilon", "0"),
        ("epsilon", "NaN"),
        ("epsilon", "0.3"),
        ("epsilon", "-0.03"),
        ("grid", "cube:64"),
        ("grid", "square:32"),
        ("grid", "short-side:64"),
        ("multiple", "0"),
        ("multiple", "7"),
        ("chroma", "yes"),
        ("training", "{"),
        ("scores", "[]"),
    ];
    for (key, value) in cases {
        let mut model = code_generator(Some(64));
        set(&mut model, key, value);
        assert_eq!(
            kind(&model),
            Some(ErrorKind::GeneratorInvalid),
            "{key} = {value}"
        );
    }
    for key in [
        "contract", "name", "version", "epsilon", "grid", "multiple", "chroma", "training",
        "scores",
    ] {
        let mut model = code_generator(Some(64));
        model
            .metadata_props
            .retain(|entry| entry.key != format!("confounder.{key}"));
        assert_eq!(
            kind(&model),
            Some(ErrorKind::GeneratorInvalid),
            "without {key}"
        );
    }
    let mut newer = code_generator(Some(64));
    set(&mut newer, "contract", "2");
    assert_eq!(kind(&newer), Some(ErrorKind::GeneratorTooNew));
}

/// A change that breaks the contract, and what it is called.
type Breakage = (&'static str, fn(&mut ModelProto, &mut GraphProto));

#[test]
fn broken_graphs_are_refused() {
    let cases: [Breakage; 14] = [
        ("opset", |m, _| m.opset_import[0].version = 16),
        ("second opset", |m, _| {
            m.opset_import.push(m.opset_import[0].clone())
        }),
        ("custom domain", |_, g| {
            g.node[1].domain = "com.example".into()
        }),
        ("unknown operator", |_, g| g.node[1].op_type = "Loop".into()),
        ("batch norm", |_, g| {
            g.node[1].op_type = "BatchNormalization".into()
        }),
        ("external data", |_, g| {
            g.initializer[0].data_location = Some(1)
        }),
        ("missing data", |_, g| g.initializer[0].dims[0] = 9),
        ("huge shape", |_, g| {
            g.initializer[0].dims = vec![i64::MAX, i64::MAX]
        }),
        ("input name", |_, g| g.input[0].name = "photo".into()),
        ("output name", |_, g| g.output[0].name = "noise".into()),
        ("two outputs", |_, g| g.output.push(g.output[0].clone())),
        ("circle", |_, g| g.node[0].input[0] = "r2".into()),
        ("made twice", |_, g| g.node[1].output[0] = "c1".into()),
        ("input size", |_, g| {
            g.input[0] = value("image", [Some(1), Some(4), Some(64), Some(64)])
        }),
    ];
    for (name, breakage) in cases {
        let mut model = code_generator(Some(64));
        let mut graph = model.graph.take().unwrap();
        breakage(&mut model, &mut graph);
        model.graph = Some(graph);
        assert_eq!(kind(&model), Some(ErrorKind::GeneratorInvalid), "{name}");
    }
}

/// A graph that takes the mean of the image and grows it.
fn growing(nodes: Vec<NodeProto>, initializer: Vec<TensorProto>) -> ModelProto {
    let graph = GraphProto {
        node: nodes,
        initializer,
        input: vec![value("image", [Some(1), Some(3), Some(64), Some(64)])],
        output: vec![value("residual", [Some(1), Some(3), None, None])],
        ..GraphProto::default()
    };
    model(graph, "square:64", false)
}

#[test]
fn what_would_take_all_memory_is_refused() {
    let side = 100_000;
    let column = constant("column", &[side, 1], &vec![0.5; side as usize]);
    let row = constant("row", &[1, side], &vec![0.5; side as usize]);
    let mean = |input: &str| node("GlobalAveragePool", &[input], "residual", vec![]);
    let cases = [
        (
            "outer product",
            growing(
                vec![
                    node("Mul", &["column", "row"], "big", vec![]),
                    mean("image"),
                ],
                vec![column.clone(), row.clone()],
            ),
        ),
        (
            "matrix product",
            growing(
                vec![
                    node("MatMul", &["column", "row"], "big", vec![]),
                    mean("image"),
                ],
                vec![column, row],
            ),
        ),
        (
            "enlargement",
            growing(
                vec![
                    node("Resize", &["image", "", "scales"], "big", vec![]),
                    mean("big"),
                ],
                vec![constant("scales", &[4], &[1.0, 1.0, 60_000.0, 60_000.0])],
            ),
        ),
        (
            "padding",
            growing(
                vec![node("Pad", &["image", "pads"], "big", vec![]), mean("big")],
                vec![integers(
                    "pads",
                    &[0, 0, 60_000, 60_000, 0, 0, 60_000, 60_000],
                )],
            ),
        ),
        (
            "expansion",
            growing(
                vec![
                    node("Expand", &["column", "shape"], "big", vec![]),
                    mean("image"),
                ],
                vec![
                    constant("column", &[1], &[1.0]),
                    integers("shape", &[60_000, 60_000, 60_000]),
                ],
            ),
        ),
    ];
    for (name, model) in cases {
        assert_eq!(kind(&model), Some(ErrorKind::LimitExceeded), "{name}");
    }
    let calculated = growing(
        vec![
            node("Mul", &["a", "a"], "b", vec![]),
            node("Expand", &["image", "b"], "residual", vec![]),
        ],
        vec![integers("a", &[1, 3, 8, 8])],
    );
    assert_eq!(
        kind(&calculated),
        Some(ErrorKind::GeneratorInvalid),
        "arithmetic with integers"
    );
    let finer = growing(
        vec![node("Resize", &["image", "", "scales"], "residual", vec![])],
        vec![constant("scales", &[4], &[1.0, 1.0, 2.0, 2.0])],
    );
    assert_eq!(
        kind(&finer),
        Some(ErrorKind::GeneratorInvalid),
        "finer than the image"
    );
}

#[test]
fn a_generator_that_breaks_its_promise_gives_an_error() {
    let pool = |chroma: bool| {
        let shrink = vec![ints("kernel_shape", &[16, 16]), ints("strides", &[16, 16])];
        let mut model = growing(
            vec![node("AveragePool", &["image"], "residual", shrink)],
            vec![],
        );
        set(&mut model, "chroma", &chroma.to_string());
        Protector::open(read(&model).unwrap(), ProtectorOptions::new()).unwrap()
    };
    let beyond = vec![0.5; 3 * 64 * 64];
    let error = run_generator(&pool(false), &beyond, 64, 64).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "beyond epsilon");
    let gray = vec![0.02; 3 * 64 * 64];
    assert!(run_generator(&pool(false), &gray, 64, 64).is_ok());
    assert_eq!(
        run_generator(&pool(true), &gray, 64, 64)
            .unwrap_err()
            .kind(),
        ErrorKind::Engine,
        "luma"
    );
    assert_eq!(
        run_generator(&pool(false), &gray, 64, 63)
            .unwrap_err()
            .kind(),
        ErrorKind::InvalidPixels
    );
    assert_eq!(
        run_generator(&pool(false), &gray, 32, 128)
            .unwrap_err()
            .kind(),
        ErrorKind::Engine,
        "other size"
    );
}

#[test]
fn files_cut_short_are_refused() {
    let bytes = code_generator(Some(64)).encode_to_vec();
    for length in (0..bytes.len())
        .step_by(37)
        .chain(bytes.len() - 20..bytes.len())
    {
        let error = Generator::from_bytes(&bytes[..length]).unwrap_err();
        assert_eq!(
            error.kind(),
            ErrorKind::GeneratorInvalid,
            "the first {length} bytes"
        );
    }
    let error = Generator::from_bytes(vec![0; (16 << 20) + 1]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LimitExceeded);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Flipped bits give an error or, where they hit a weight or a text, a generator that runs or fails in order.
    #[test]
    fn flipped_bits_never_panic(flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..6), any_size: bool) {
        let mut bytes = code_generator((!any_size).then_some(64)).encode_to_vec();
        // Most of the file is weights; half of the flips go to what is not.
        for (n, (index, bit)) in flips.into_iter().enumerate() {
            let at = if n % 2 == 0 { index.index(bytes.len()) } else { index.index(900) };
            bytes[at] ^= 1 << bit;
        }
        let Ok(generator) = Generator::from_bytes(bytes) else { return Ok(()) };
        let Ok(protector) = Protector::open(generator, ProtectorOptions::new()) else { return Ok(()) };
        let image: Vec<f32> = Noise(1).samples(3 * 64 * 64).iter().map(|&v| f32::from(v) / 255.0).collect();
        if let Ok(residual) = run_generator(&protector, &image, 64, 64) {
            let epsilon = residual.epsilon();
            prop_assert!(residual.planes().iter().all(|v| v.abs() <= epsilon));
        }
    }
}
