//! A graph of one node, put together step by step.

use tract_core::prelude::Tensor;

use crate::onnx::{
    AttributeProto, DataType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    ValueInfoProto,
};

/// A graph of one node: `x`, then operands `a`, `b` ... that are in the file (an empty shape and no numbers: left out).
pub(super) struct Case {
    op: &'static str,
    x: Vec<i64>,
    operands: Vec<TensorProto>,
    attributes: Vec<AttributeProto>,
    opset: i64,
}

pub(super) fn case(op: &'static str, x: &[i64]) -> Case {
    Case {
        op,
        x: x.to_vec(),
        operands: Vec::new(),
        attributes: Vec::new(),
        opset: 18,
    }
}

impl Case {
    pub(super) fn floats(mut self, dims: &[i64]) -> Self {
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

    pub(super) fn numbers(mut self, numbers: &[f32]) -> Self {
        self = self.floats(&[numbers.len() as i64]);
        self.operands.last_mut().unwrap().float_data = numbers.to_vec();
        self
    }

    pub(super) fn number(mut self, number: f32) -> Self {
        self = self.numbers(&[number]);
        self.operands.last_mut().unwrap().dims.clear();
        self
    }

    pub(super) fn ints(mut self, numbers: &[i64]) -> Self {
        self.operands.push(TensorProto {
            dims: vec![numbers.len() as i64],
            data_type: DataType::Int64 as i32,
            int64_data: numbers.to_vec(),
            ..TensorProto::default()
        });
        self
    }

    pub(super) fn none(mut self) -> Self {
        self.operands.push(TensorProto::default());
        self
    }

    pub(super) fn attribute(mut self, attribute: AttributeProto, name: &str) -> Self {
        let name = name.into();
        self.attributes.push(AttributeProto { name, ..attribute });
        self
    }

    pub(super) fn with(self, name: &str, ints: &[i64]) -> Self {
        let ints = ints.to_vec();
        let attribute = AttributeProto {
            ints,
            r#type: 7,
            ..AttributeProto::default()
        };
        self.attribute(attribute, name)
    }

    pub(super) fn int(self, name: &str, i: i64) -> Self {
        let attribute = AttributeProto {
            i,
            r#type: 2,
            ..AttributeProto::default()
        };
        self.attribute(attribute, name)
    }

    pub(super) fn float(self, name: &str, f: f32) -> Self {
        let attribute = AttributeProto {
            f,
            r#type: 1,
            ..AttributeProto::default()
        };
        self.attribute(attribute, name)
    }

    pub(super) fn text(self, name: &str, text: &str) -> Self {
        let attribute = AttributeProto {
            s: text.into(),
            r#type: 3,
            ..AttributeProto::default()
        };
        self.attribute(attribute, name)
    }

    pub(super) fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    pub(super) fn model(&self) -> ModelProto {
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

    pub(super) fn shape(&self) -> Vec<usize> {
        self.x.iter().map(|&side| side as usize).collect()
    }

    pub(super) fn x(&self) -> Tensor {
        let shape = self.shape();
        let count: usize = shape.iter().product();
        let numbers: Vec<f32> = (0..count)
            .map(|i| ((i * 37 + 11) % 23) as f32 / 10.0 - 1.1)
            .collect();
        Tensor::from_shape(&shape, &numbers).unwrap()
    }

    pub(super) fn say(&self) -> String {
        let attributes: Vec<&str> = self.attributes.iter().map(|a| a.name.as_str()).collect();
        format!("{} of {:?} with {attributes:?}", self.op, self.x)
    }
}
