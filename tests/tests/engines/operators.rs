//! Each operator of contract v1 in a small graph of its own.

use confounder::research::OPERATORS;
use tract_onnx::pb::AttributeProto;

use crate::case::{Case, SIDE, case, quarter};
use crate::common::{EPSILON, Noise, float, int, ints, text};
use crate::every::{agree, engines};

/// Every way in which an operator is used, at least one.
fn cases(op: &'static str) -> Vec<Case> {
    let conv = |weights: &[i64]| case(op).floats("w", weights);
    let resize = |attributes: Vec<AttributeProto>| {
        let case = quarter(op).scales(&[1.0, 1.0, 2.0, 1.5]);
        case.then("Resize", &["x", "", "scales"], attributes)
    };
    let pad = || quarter(op).integers("pads", &[0, 0, 1, 2, 0, 0, 3, 1]);
    let mode = |name: &str| vec![text("mode", name)];
    match op {
        "Add" | "Sub" | "Mul" | "Div" => vec![
            case(op)
                .floats("c", &[3, 1, 1])
                .then(op, &["image", "c"], vec![]),
            case(op)
                .floats("c", &[1, 3, 8, 8])
                .then(op, &["image", "c"], vec![]),
            case(op).number("c", 0.7).then(op, &["image", "c"], vec![]),
            // The other way round: what is divided by stays away from 0.
            case(op)
                .then("Sigmoid", &["image"], vec![])
                .floats("c", &[8])
                .then(op, &["c", "x"], vec![]),
        ],
        "Relu" | "Sigmoid" | "Tanh" | "Identity" | "GlobalAveragePool" => {
            vec![case(op).then(op, &["image"], vec![])]
        }
        "LeakyRelu" => vec![
            case(op).then(op, &["image"], vec![]),
            case(op).then(op, &["image"], vec![float("alpha", 0.3)]),
        ],
        "Clip" => {
            let bounded = || case(op).number("low", -0.3).number("high", 0.4);
            vec![
                bounded().then(op, &["image", "low", "high"], vec![]),
                bounded().then(op, &["image", "", "high"], vec![]),
                bounded().then(op, &["image", "low"], vec![]),
            ]
        }
        "Conv" => vec![
            conv(&[3, 3, 3, 3]).then(op, &["image", "w"], vec![]),
            conv(&[3, 3, 3, 3]).floats("b", &[3]).then(
                op,
                &["image", "w", "b"],
                vec![ints("pads", &[1, 0, 1, 2]), ints("strides", &[2, 1])],
            ),
            conv(&[3, 3, 3, 2]).then(op, &["image", "w"], vec![ints("dilations", &[2, 3])]),
            conv(&[3, 1, 3, 3]).floats("b", &[3]).then(
                op,
                &["image", "w", "b"],
                vec![int("group", 3), ints("pads", &[1, 1, 1, 1])],
            ),
            conv(&[3, 3, 3, 3]).then(
                op,
                &["image", "w"],
                vec![text("auto_pad", "SAME_UPPER"), ints("strides", &[2, 2])],
            ),
            conv(&[3, 3, 2, 2]).then(op, &["image", "w"], vec![text("auto_pad", "SAME_LOWER")]),
            conv(&[6, 3, 1, 1])
                .floats("g", &[3, 2, 1, 1])
                .then(op, &["image", "w"], vec![])
                .then(op, &["x", "g"], vec![int("group", 3)]),
        ],
        "ConvTranspose" => {
            let up = |weights: &[i64]| quarter(op).floats("w", weights);
            vec![
                up(&[3, 3, 2, 2]).then(op, &["x", "w"], vec![ints("strides", &[2, 2])]),
                up(&[3, 3, 3, 3]).floats("b", &[3]).then(
                    op,
                    &["x", "w", "b"],
                    vec![
                        ints("strides", &[2, 2]),
                        ints("pads", &[1, 1, 1, 1]),
                        ints("output_padding", &[1, 1]),
                    ],
                ),
                up(&[3, 1, 3, 3]).then(
                    op,
                    &["x", "w"],
                    vec![int("group", 3), ints("dilations", &[2, 1])],
                ),
            ]
        }
        "AveragePool" | "MaxPool" => {
            let pool = |more: Vec<AttributeProto>| {
                let kernel = vec![ints("kernel_shape", &[3, 2])];
                case(op).then(op, &["image"], [kernel, more].concat())
            };
            let padded = || vec![ints("pads", &[1, 1, 1, 0]), ints("strides", &[2, 2])];
            let mut all = vec![pool(vec![]), pool(padded())];
            if op == "AveragePool" {
                let counted = vec![int("count_include_pad", 1)];
                all.push(pool([padded(), counted].concat()));
            }
            all
        }
        "ReduceMean" => vec![
            case(op)
                .opset(17)
                .then(op, &["image"], vec![ints("axes", &[2, -1])]),
            case(op)
                .opset(17)
                .then(op, &["image"], vec![ints("axes", &[3])]),
            case(op)
                .integers("axes", &[-1, 2])
                .then(op, &["image", "axes"], vec![]),
            case(op)
                .opset(21)
                .integers("axes", &[2])
                .then(op, &["image", "axes"], vec![int("keepdims", 0)])
                .then("Unsqueeze", &["x", "axes"], vec![]),
        ],
        "Gemm" => {
            let flat = || {
                case(op)
                    .integers("shape", &[1, 3, 2, 2])
                    .then("Flatten", &["image"], vec![])
            };
            vec![
                flat()
                    .floats("w", &[192, 12])
                    .then(op, &["x", "w"], vec![float("alpha", 0.1)])
                    .then("Reshape", &["x", "shape"], vec![]),
                flat()
                    .floats("w", &[12, 192])
                    .floats("c", &[12])
                    .then(
                        op,
                        &["x", "w", "c"],
                        vec![int("transB", 1), float("alpha", 0.1), float("beta", 0.5)],
                    )
                    .then("Reshape", &["x", "shape"], vec![]),
            ]
        }
        "MatMul" => vec![
            case(op)
                .floats("w", &[8, 5])
                .then(op, &["image", "w"], vec![]),
            case(op)
                .then("Sigmoid", &["image"], vec![])
                .then(op, &["image", "x"], vec![]),
        ],
        "Softmax" => vec![
            case(op).then(op, &["image"], vec![]),
            case(op).then(op, &["image"], vec![int("axis", 1)]),
        ],
        "Concat" => vec![
            quarter(op).then(op, &["x", "x"], vec![int("axis", 2)]),
            quarter(op)
                .floats("c", &[1, 3, 4, 3])
                .then(op, &["x", "c"], vec![int("axis", -1)]),
            // Blocks of four channels, which the GPU joins without copying.
            conv(&[4, 3, 1, 1])
                .floats("back", &[3, 7, 1, 1])
                .then("Conv", &["image", "w"], vec![])
                .then(op, &["x", "image"], vec![int("axis", 1)])
                .then("Conv", &["x", "back"], vec![]),
        ],
        "DepthToSpace" => ["DCR", "CRD"]
            .into_iter()
            .map(|order| {
                conv(&[12, 3, 2, 2])
                    .then("Conv", &["image", "w"], vec![ints("strides", &[2, 2])])
                    .then(op, &["x"], vec![int("blocksize", 2), text("mode", order)])
            })
            .collect(),
        "Expand" => vec![
            case(op)
                .integers("to", &[1, 1, 4, 5])
                .then("GlobalAveragePool", &["image"], vec![])
                .then(op, &["x", "to"], vec![]),
        ],
        "Flatten" => [
            vec![],
            vec![int("axis", 2)],
            vec![int("axis", -1)],
            vec![int("axis", 0)],
        ]
        .into_iter()
        .map(|axis| {
            case(op)
                .integers("shape", &[1, 3, 8, 8])
                .then(op, &["image"], axis)
                .then("Reshape", &["x", "shape"], vec![])
        })
        .collect(),
        "Pad" => vec![
            pad().then(op, &["x", "pads"], vec![]),
            pad()
                .number("fill", 0.5)
                .then(op, &["x", "pads", "fill"], vec![]),
            pad().then(op, &["x", "pads"], mode("reflect")),
            pad().then(op, &["x", "pads"], mode("edge")),
            quarter(op)
                .integers("two", &[1, 0, 0, 2])
                .integers("axes", &[-1, 2])
                .then(op, &["x", "two", "", "axes"], vec![]),
        ],
        "Reshape" => vec![
            case(op)
                .integers("shape", &[0, 2, -1, 8])
                .integers("back", &[1, 3, 8, -1])
                .then(op, &["image", "shape"], vec![])
                .then("Softmax", &["x"], vec![])
                .then(op, &["x", "back"], vec![]),
        ],
        "Resize" => {
            let place = |name: &str| text("coordinate_transformation_mode", name);
            let near = |name: &str| vec![text("nearest_mode", name), place("asymmetric")];
            let linear = |name: &str| vec![text("mode", "linear"), place(name)];
            vec![
                resize(vec![]),
                resize(near("floor")),
                resize(near("ceil")),
                resize(near("round_prefer_floor")),
                resize(near("round_prefer_ceil")),
                resize(linear("half_pixel")),
                resize(linear("pytorch_half_pixel")),
                resize(linear("align_corners")),
                resize(linear("asymmetric")),
                quarter(op).integers("sizes", &[1, 3, 7, 8]).then(
                    op,
                    &["x", "", "", "sizes"],
                    linear("half_pixel"),
                ),
                quarter(op).integers("sizes", &[7, 8]).then(
                    op,
                    &["x", "", "", "sizes"],
                    [linear("half_pixel"), vec![ints("axes", &[2, 3])]].concat(),
                ),
                resize(mode("cubic")).cpu_only(),
                case(op)
                    .scales(&[1.0, 1.0, 0.5, 0.5])
                    .then(
                        op,
                        &["x", "", "scales"],
                        [mode("linear"), vec![int("antialias", 1)]].concat(),
                    )
                    .cpu_only(),
            ]
        }
        "Slice" => vec![
            quarter(op),
            case(op)
                .integers("from", &[-1, 1])
                .integers("to", &[i64::MIN, i64::MAX])
                .integers("axes", &[2, -1])
                .integers("steps", &[-2, 3])
                .then(op, &["image", "from", "to", "axes", "steps"], vec![]),
        ],
        "Squeeze" => vec![
            case(op)
                .integers("axes", &[0, -1])
                .integers("all", &[0, 2, 3])
                .then("GlobalAveragePool", &["image"], vec![])
                .then(op, &["x", "axes"], vec![])
                .then("Unsqueeze", &["x", "axes"], vec![])
                .then(op, &["x"], vec![])
                .then("Unsqueeze", &["x", "all"], vec![]),
        ],
        "Transpose" => vec![
            case(op).then(op, &["image"], vec![ints("perm", &[0, 1, 3, 2])]),
            case(op)
                .then(op, &["image"], vec![])
                .then(op, &["x"], vec![]),
        ],
        "Unsqueeze" => vec![
            case(op)
                .integers("axes", &[1, -1])
                .integers("shape", &[1, 3, 8, 8])
                .then(op, &["image", "axes"], vec![])
                .then("Reshape", &["x", "shape"], vec![]),
        ],
        other => panic!("{other} is an operator of contract v1; give it a graph here"),
    }
}

#[test]
fn all_engines_agree_on_every_operator() {
    let mut noise = Noise(11);
    // Not around 0: a mean must not vanish.
    let image: Vec<f32> = (0..3 * SIDE * SIDE)
        .map(|_| 0.4 + 0.8 * noise.next())
        .collect();
    for op in OPERATORS {
        for (i, case) in cases(op).into_iter().enumerate() {
            assert!(case.nodes.iter().any(|node| node.op_type == op), "{op} {i}");
            let on_gpu = !case.cpu_only;
            let generator = case.generator();
            let what = format!("{op} {i}");
            let mut engines = engines(&generator, on_gpu).unwrap();
            let largest = agree(&mut engines, &image, SIDE, EPSILON, &what, &[]);
            assert!(largest > 0.1, "{what}: no residual to speak of");
        }
    }
}
