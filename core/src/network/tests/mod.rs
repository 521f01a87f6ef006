//! Single operators with attributes and operands of every kind, against tract's own reading of ONNX.
#![allow(clippy::unwrap_used)]

mod case;

use prost::Message;
use tract_onnx::prelude::*;

use super::{Network, Weights};
use crate::generator::Generator;
use crate::graph::Graph;
use crate::onnx::ModelProto;
use case::{Case, case};

fn network(model: &ModelProto, input: &[usize], weights: Weights) -> TractResult<Network> {
    Network::of(&Graph::read(model)?, input, weights)
}

fn cases() -> Vec<Case> {
    let picture = [1, 4, 6, 5];
    let conv = || case("Conv", &picture).floats(&[6, 4, 3, 3]);
    let transposed = || case("ConvTranspose", &picture).floats(&[4, 3, 3, 3]);
    let slice = || case("Slice", &picture);
    let resize = || case("Resize", &picture).none();
    vec![
        case("Add", &[2, 3]).floats(&[3]),
        case("Sub", &[3]).floats(&[2, 1]),
        case("Mul", &picture).floats(&[1, 4, 1, 1]),
        case("Div", &picture).number(0.7),
        case("Relu", &picture),
        case("LeakyRelu", &picture),
        case("LeakyRelu", &picture).float("alpha", 0.3),
        case("Sigmoid", &picture),
        case("Tanh", &[7]),
        case("Clip", &picture).number(-0.5).number(0.25),
        case("Clip", &picture).none().number(0.25),
        case("Clip", &picture),
        case("Identity", &picture),
        conv(),
        conv().floats(&[6]).with("pads", &[1, 0, 2, 1]),
        conv().with("strides", &[2, 1]).with("dilations", &[1, 2]),
        conv()
            .text("auto_pad", "SAME_UPPER")
            .with("strides", &[2, 2]),
        conv()
            .text("auto_pad", "SAME_LOWER")
            .with("strides", &[2, 2]),
        conv().text("auto_pad", "VALID"),
        case("Conv", &picture).floats(&[8, 2, 1, 1]).int("group", 2),
        case("Conv", &picture)
            .floats(&[4, 1, 3, 3])
            .floats(&[4])
            .int("group", 4),
        case("Conv", &picture).floats(&[1, 4, 1, 1]).floats(&[1]),
        transposed(),
        transposed()
            .floats(&[3])
            .with("pads", &[1, 1, 1, 1])
            .with("strides", &[2, 2]),
        transposed()
            .with("strides", &[2, 2])
            .with("output_padding", &[1, 1]),
        transposed()
            .with("strides", &[2, 2])
            .with("output_shape", &[14, 12]),
        transposed().int("group", 2).with("dilations", &[2, 1]),
        case("MaxPool", &picture)
            .with("kernel_shape", &[2, 2])
            .with("strides", &[2, 2]),
        case("MaxPool", &picture)
            .with("kernel_shape", &[3, 2])
            .with("strides", &[2, 2])
            .int("ceil_mode", 1),
        case("AveragePool", &picture)
            .with("kernel_shape", &[3, 3])
            .with("pads", &[1, 1, 1, 1]),
        case("AveragePool", &picture)
            .with("kernel_shape", &[3, 3])
            .with("pads", &[1, 1, 1, 1])
            .int("count_include_pad", 1),
        case("GlobalAveragePool", &picture),
        case("ReduceMean", &picture)
            .with("axes", &[1, -1])
            .opset(17),
        case("ReduceMean", &picture).int("keepdims", 0).opset(17),
        case("ReduceMean", &picture)
            .ints(&[-2, 1])
            .int("keepdims", 0),
        case("ReduceMean", &picture),
        case("ReduceMean", &picture)
            .int("noop_with_empty_axes", 1)
            .ints(&[]),
        case("Gemm", &[3, 4]).floats(&[4, 5]).floats(&[5]),
        case("Gemm", &[4, 3])
            .floats(&[5, 4])
            .floats(&[3, 1])
            .int("transA", 1)
            .int("transB", 1)
            .float("alpha", 0.5)
            .float("beta", 2.0),
        case("Gemm", &[3, 4]).floats(&[4, 5]),
        case("MatMul", &[2, 3, 4]).floats(&[4, 5]),
        case("MatMul", &[3, 4]).floats(&[2, 4, 5]),
        case("MatMul", &[2, 1, 3, 4]).floats(&[3, 4, 2]),
        case("MatMul", &[4]).floats(&[2, 4, 3]),
        case("MatMul", &[2, 3, 4]).floats(&[4]),
        case("Softmax", &picture),
        case("Softmax", &picture).int("axis", 1),
        case("Concat", &picture)
            .floats(&[1, 2, 6, 5])
            .int("axis", 1),
        case("Concat", &[2, 3]).floats(&[2, 2]).int("axis", -1),
        case("DepthToSpace", &[1, 8, 2, 3]).int("blocksize", 2),
        case("DepthToSpace", &[1, 8, 2, 3])
            .int("blocksize", 2)
            .text("mode", "CRD"),
        case("Expand", &[3, 1]).ints(&[2, 1, 4]),
        case("Flatten", &picture),
        case("Flatten", &picture).int("axis", 0),
        case("Flatten", &picture).int("axis", -1),
        case("Pad", &picture).ints(&[0, 0, 1, 2, 0, 0, 3, 0]),
        case("Pad", &picture)
            .ints(&[0, 0, 1, 2, 0, 0, 3, 0])
            .number(0.5),
        case("Pad", &picture)
            .ints(&[0, 0, 1, 2, 0, 0, 3, 0])
            .text("mode", "reflect"),
        case("Pad", &picture)
            .ints(&[0, 0, 1, 2, 0, 0, 3, 0])
            .text("mode", "edge"),
        case("Pad", &picture)
            .ints(&[1, 2, 0, 1])
            .none()
            .ints(&[-1, 2]),
        case("Reshape", &picture).ints(&[0, -1, 10]),
        case("Reshape", &picture).ints(&[-1]),
        slice().ints(&[1, 2]).ints(&[3, 5]),
        slice().ints(&[-4]).ints(&[i64::MAX]).ints(&[-2]),
        slice()
            .ints(&[5, 4])
            .ints(&[i64::MIN, 0])
            .ints(&[2, 3])
            .ints(&[-2, -1]),
        slice().ints(&[0]).ints(&[100]).ints(&[2]).ints(&[4]),
        case("Squeeze", &[1, 3, 1, 2]),
        case("Squeeze", &[1, 3, 1, 2]).ints(&[-2]),
        case("Unsqueeze", &[3, 2]).ints(&[-1, 0]),
        case("Transpose", &[2, 3, 4]),
        case("Transpose", &picture).with("perm", &[0, 3, 1, 2]),
        resize().numbers(&[1.0, 1.0, 2.0, 2.0]),
        resize()
            .numbers(&[1.0, 1.0, 2.0, 1.5])
            .text("mode", "linear"),
        resize()
            .none()
            .ints(&[1, 4, 9, 7])
            .text("nearest_mode", "ceil"),
        resize()
            .none()
            .ints(&[9, 7])
            .with("axes", &[2, 3])
            .text("mode", "cubic")
            .float("cubic_coeff_a", -0.5),
        resize()
            .none()
            .ints(&[1, 4, 3, 2])
            .text("mode", "linear")
            .int("antialias", 1)
            .text("coordinate_transformation_mode", "pytorch_half_pixel"),
        resize()
            .numbers(&[1.0, 1.0, 2.0, 2.0])
            .text("mode", "linear")
            .text("coordinate_transformation_mode", "align_corners")
            .opset(17),
        resize()
            .numbers(&[1.0, 1.0, 1.5, 1.5])
            .text("nearest_mode", "floor")
            .text("coordinate_transformation_mode", "asymmetric"),
        resize()
            .numbers(&[1.0, 1.0, 1.5, 0.5])
            .text("nearest_mode", "round_prefer_ceil")
            .text("coordinate_transformation_mode", "half_pixel_symmetric"),
        resize()
            .numbers(&[1.0, 1.0, 2.0, 2.0])
            .text("mode", "cubic")
            .int("exclude_outside", 1),
    ]
}

#[test]
fn every_operator_is_read_as_tract_reads_it() {
    for case in cases() {
        let (model, say) = (case.model(), case.say());
        let theirs = tract_onnx::onnx()
            .model_for_read(&mut &model.encode_to_vec()[..])
            .and_then(|model| {
                model
                    .into_typed()?
                    .into_runnable()?
                    .run(tvec![case.x().into()])
            })
            .unwrap_or_else(|e| panic!("{say}: {e:?}"));
        for optimised in [false, true] {
            let ours = network(&model, &case.shape(), Weights::Values)
                .and_then(|network| match optimised {
                    true => network.model.into_optimized(),
                    false => Ok(network.model),
                })
                .and_then(|model| model.into_runnable()?.run(tvec![case.x().into()]))
                .unwrap_or_else(|e| panic!("{say}: {e:?}"));
            let close = ours[0].close_enough(&theirs[0], true);
            assert!(close.is_ok(), "{say}: {close:?}");
        }
        // The same shape without knowing weights.
        let network = network(&model, &case.shape(), Weights::Shapes).unwrap();
        assert_eq!(network.shapes().unwrap()["y"], theirs[0].shape(), "{say}");
    }
}

/// To the bit: photos come out as they did when tract read the file.
#[test]
fn the_bundled_generator_gives_what_tract_makes_of_it() {
    let file = &include_bytes!("../../../models/generator.onnx")[..];
    let model = Generator::from_bytes(file).unwrap().model().unwrap();
    let shape: Vec<usize> = model.graph.as_ref().unwrap().input[0].shape().unwrap();
    let count = shape.iter().product::<usize>();
    let numbers: Vec<f32> = (0..count)
        .map(|i| (i * 7919 % 256) as f32 / 255.0)
        .collect();
    let image = || tvec![Tensor::from_shape(&shape, &numbers).unwrap().into_tvalue()];
    let theirs = tract_onnx::onnx()
        .model_for_read(&mut &model.encode_to_vec()[..])
        .and_then(|model| model.into_optimized()?.into_runnable()?.run(image()))
        .unwrap();
    let ours = network(&model, &shape, Weights::Values)
        .and_then(|network| {
            network
                .model
                .into_optimized()?
                .into_runnable()?
                .run(image())
        })
        .unwrap();
    let residual = |values: &TVec<TValue>| -> Vec<f32> {
        let view = values[0].to_plain_array_view::<f32>().unwrap();
        view.iter().copied().collect()
    };
    assert!(residual(&ours).iter().any(|x| *x != 0.0));
    assert!(residual(&ours) == residual(&theirs), "other bits");
}

#[test]
fn what_does_not_fit_is_refused() {
    let picture = [1, 4, 6, 5];
    let mut taken = Vec::new();
    for case in [
        case("Add", &[2, 3]).floats(&[2]),
        case("Add", &[2, 3]).ints(&[3]),
        case("Conv", &picture).floats(&[6, 3, 3, 3]),
        case("Conv", &picture).floats(&[6, 4, 3, 3]).floats(&[5]),
        case("Conv", &picture).floats(&[6, 4, 3, 3]).int("group", 0),
        case("Conv", &picture)
            .floats(&[6, 4, 3, 3])
            .with("strides", &[0, 1]),
        case("Conv", &picture)
            .floats(&[6, 4, 3, 3])
            .with("strides", &[1]),
        case("Conv", &picture)
            .floats(&[6, 4, 3, 3])
            .with("pads", &[-1, 0, 0, 0]),
        case("Conv", &picture)
            .floats(&[6, 4, 3, 3])
            .with("kernel_shape", &[5, 5]),
        case("Conv", &picture).floats(&[6, 4]),
        case("ConvTranspose", &picture).floats(&[3, 4, 3, 3]),
        case("MaxPool", &picture).with("kernel_shape", &[2]),
        case("MaxPool", &picture),
        case("AveragePool", &picture).with("kernel_shape", &[0, 2]),
        case("MaxPool", &[7]).with("kernel_shape", &[2]),
        case("Expand", &[1]).ints(&[1 << 16, 1 << 16, 1 << 16, 1 << 16]),
        case("Resize", &picture)
            .none()
            .numbers(&[1.0, 1.0, 1e30, 1e30]),
        case("ReduceMean", &picture).ints(&[4]),
        case("Gemm", &[3, 4]).floats(&[3, 5]),
        case("Gemm", &[3, 4]).floats(&[4, 5]).floats(&[4]),
        case("Gemm", &[1, 4]).floats(&[4, 5]).floats(&[2, 5]),
        case("MatMul", &[4]).floats(&[4]),
        case("MatMul", &[3, 4]).floats(&[3, 4]),
        case("Softmax", &picture).int("axis", 4),
        case("Concat", &picture)
            .floats(&[1, 2, 6, 4])
            .int("axis", 1),
        case("Concat", &picture).floats(&[2, 6, 5]).int("axis", 1),
        case("Concat", &picture),
        case("DepthToSpace", &[1, 6, 2, 3]).int("blocksize", 2),
        case("DepthToSpace", &[1, 6, 2, 3]).int("blocksize", 0),
        case("Expand", &[3, 2]).ints(&[3, 4]),
        case("Expand", &[3, 1]).ints(&[3, -4]),
        case("Flatten", &picture).int("axis", 5),
        case("Pad", &picture).ints(&[0, 0, 1, 2]),
        case("Pad", &picture).ints(&[0, 0, -1, 2, 0, 0, 3, 0]),
        case("Pad", &picture)
            .ints(&[0, 0, 1, 2, 0, 0, 3, 0])
            .text("mode", "wrap"),
        case("Reshape", &picture).ints(&[7, -1]),
        case("Reshape", &picture).floats(&[2]),
        case("Slice", &picture).ints(&[0]),
        case("Slice", &picture).ints(&[0]).ints(&[1, 2]),
        case("Slice", &picture).ints(&[0]).ints(&[2]).ints(&[4]),
        case("Slice", &picture)
            .ints(&[0])
            .ints(&[2])
            .ints(&[2])
            .ints(&[0]),
        case("Squeeze", &[1, 3]).ints(&[1]),
        case("Unsqueeze", &[3]).ints(&[0, 0]),
        case("Transpose", &[2, 3]).with("perm", &[0, 0]),
        case("Transpose", &[2, 3]).with("perm", &[0]),
        case("Resize", &picture),
        case("Resize", &picture).none().numbers(&[1.0, 2.0]),
        case("Resize", &picture)
            .none()
            .numbers(&[1.0, 1.0, 2.0, 2.0])
            .text("mode", "wild"),
        case("Resize", &picture)
            .numbers(&[0.0, 0.0, 0.2, 0.2, 1.0, 1.0, 0.8, 0.8])
            .numbers(&[1.0, 1.0, 2.0, 2.0])
            .text("coordinate_transformation_mode", "tf_crop_and_resize"),
        case("Resize", &picture)
            .none()
            .numbers(&[1.0, 1.0, 0.1, 0.1]),
        case("Resize", &picture)
            .none()
            .numbers(&[1.0, 1.0, -1.0, 2.0]),
        case("Resize", &picture)
            .none()
            .none()
            .ints(&[1, 4, 9, 7])
            .text("keep_aspect_ratio_policy", "not_larger"),
        case("Erf", &picture),
    ] {
        for weights in [Weights::Shapes, Weights::Values] {
            let read = || network(&case.model(), &case.shape(), weights).map(|_| ());
            let made = std::panic::catch_unwind(read);
            if !matches!(made, Ok(Err(_))) {
                taken.push(format!("{}, {weights:?}: {made:?}", case.say()));
            }
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
}
