//! Single operators with attributes and operands of every kind, against tract's own reading of ONNX.
#![allow(clippy::unwrap_used)]

use prost::Message;
use tract_onnx::prelude::*;

use super::{Network, Weights};
use crate::onnx::{
    AttributeProto, DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    ValueInfoProto,
};

/// A graph of one node: `x`, then operands `a`, `b` ... that are in the file (an empty shape and no numbers: left out).
struct Case {
    op: &'static str,
    x: Vec<i64>,
    operands: Vec<TensorProto>,
    attributes: Vec<AttributeProto>,
    opset: i64,
}

fn case(op: &'static str, x: &[i64]) -> Case {
    Case {
        op,
        x: x.to_vec(),
        operands: Vec::new(),
        attributes: Vec::new(),
        opset: 18,
    }
}

impl Case {
    fn floats(mut self, dims: &[i64]) -> Self {
        let count = dims.iter().product::<i64>();
        let numbers = (0..count).map(|i| ((i * 29 + 7) % 17) as f32 / 8.0 - 1.0);
        self.operands.push(TensorProto {
            dims: dims.to_vec(),
            data_type: DataType::Float as i32,
            float_data: numbers.collect(),
            ..TensorProto::default()
        });
        self
    }

    fn numbers(mut self, numbers: &[f32]) -> Self {
        self = self.floats(&[numbers.len() as i64]);
        self.operands.last_mut().unwrap().float_data = numbers.to_vec();
        self
    }

    fn number(mut self, number: f32) -> Self {
        self = self.numbers(&[number]);
        self.operands.last_mut().unwrap().dims.clear();
        self
    }

    fn ints(mut self, numbers: &[i64]) -> Self {
        self.operands.push(TensorProto {
            dims: vec![numbers.len() as i64],
            data_type: DataType::Int64 as i32,
            int64_data: numbers.to_vec(),
            ..TensorProto::default()
        });
        self
    }

    fn none(mut self) -> Self {
        self.operands.push(TensorProto::default());
        self
    }

    fn with(mut self, name: &str, ints: &[i64]) -> Self {
        self.attributes.push(AttributeProto {
            name: name.into(),
            ints: ints.to_vec(),
            r#type: 7,
            ..AttributeProto::default()
        });
        self
    }

    fn int(mut self, name: &str, i: i64) -> Self {
        self.attributes.push(AttributeProto {
            name: name.into(),
            i,
            r#type: 2,
            ..AttributeProto::default()
        });
        self
    }

    fn float(mut self, name: &str, f: f32) -> Self {
        self.attributes.push(AttributeProto {
            name: name.into(),
            f,
            r#type: 1,
            ..AttributeProto::default()
        });
        self
    }

    fn text(mut self, name: &str, text: &str) -> Self {
        self.attributes.push(AttributeProto {
            name: name.into(),
            s: text.into(),
            r#type: 3,
            ..AttributeProto::default()
        });
        self
    }

    fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    fn model(&self) -> ModelProto {
        let mut inputs = vec!["x".to_owned()];
        let mut initializer = Vec::new();
        for (i, operand) in self.operands.iter().enumerate() {
            let name = format!("operand {i}");
            if operand.data_type == 0 {
                inputs.push(String::new());
                continue;
            }
            inputs.push(name.clone());
            initializer.push(TensorProto {
                name,
                ..operand.clone()
            });
        }
        let graph = GraphProto {
            node: vec![NodeProto {
                op_type: self.op.into(),
                input: inputs,
                output: vec!["y".into()],
                attribute: self.attributes.clone(),
                ..NodeProto::default()
            }],
            initializer,
            input: vec![ValueInfoProto::floats("x", &self.shape())],
            output: vec![ValueInfoProto {
                name: "y".into(),
                ..ValueInfoProto::default()
            }],
            ..GraphProto::default()
        };
        ModelProto {
            opset_import: vec![OperatorSetIdProto {
                version: self.opset,
                ..OperatorSetIdProto::default()
            }],
            graph: Some(graph),
            ..ModelProto::default()
        }
    }

    fn shape(&self) -> Vec<usize> {
        self.x.iter().map(|&side| side as usize).collect()
    }

    fn x(&self) -> Tensor {
        let shape = self.shape();
        let count: usize = shape.iter().product();
        let numbers: Vec<f32> = (0..count)
            .map(|i| ((i * 37 + 11) % 23) as f32 / 10.0 - 1.1)
            .collect();
        Tensor::from_shape(&shape, &numbers).unwrap()
    }

    fn say(&self) -> String {
        let attributes: Vec<&str> = self.attributes.iter().map(|a| a.name.as_str()).collect();
        format!("{} of {:?} with {attributes:?}", self.op, self.x)
    }
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
            let ours = Network::of(&model, Weights::Values)
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
        let network = Network::of(&model, Weights::Shapes).unwrap();
        let fact = network.model.outlet_fact(network.values["y"]).unwrap();
        assert_eq!(fact.shape.as_concrete(), Some(theirs[0].shape()), "{say}");
    }
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
            let read = || Network::of(&case.model(), weights).map(|_| ());
            let made = std::panic::catch_unwind(read);
            if !matches!(made, Ok(Err(_))) {
                taken.push(format!("{}, {weights:?}: {made:?}", case.say()));
            }
        }
    }
    assert!(taken.is_empty(), "{taken:#?}");
}
