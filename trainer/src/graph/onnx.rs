//! Writing a graph as an ONNX model.

use std::collections::{BTreeMap, HashMap, HashSet};

use prost::Message;
use tract_onnx::pb;

use super::{
    Graph, Lowering, Op, Origin, Value,
    proto::{
        channels_of, float, float_tensor, int, integer_tensor, ints, signed, text, value_info,
    },
};

/// The operator set that graphs are written in.
pub const OPSET: i64 = 17;

/// What is written about a model beside its nodes.
#[derive(Debug, Clone, Default)]
pub struct ModelInfo {
    /// Name of the graph.
    pub name: String,
    /// Key-value pairs (`metadata_props`).
    pub metadata: Vec<(String, String)>,
    /// What is written in terms of other operators.
    pub lowering: &'static [Lowering],
}

impl Graph {
    /// The serialised ONNX model: all that the outputs need and nothing else.
    pub fn to_onnx(&self, info: &ModelInfo) -> Vec<u8> {
        self.to_proto(info).encode_to_vec()
    }

    /// The ONNX model as a protobuf message.
    pub fn to_proto(&self, info: &ModelInfo) -> pb::ModelProto {
        let plain = self.with_plain_weight_gradients(info.lowering);
        let mut writer = Writer {
            lowering: info.lowering,
            ..Writer::default_for(&plain)
        };
        let live = plain.live();
        writer.absorb(&live);
        writer.collect_inputs(&live);
        for &value in &live {
            writer.emit(value);
        }
        writer.name_outputs();
        pb::ModelProto {
            ir_version: 8,
            opset_import: vec![pb::OperatorSetIdProto {
                domain: String::new(),
                version: OPSET,
            }],
            producer_name: "confounder-trainer".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            graph: Some(writer.finish(info)),
            metadata_props: info
                .metadata
                .iter()
                .map(|(key, value)| pb::StringStringEntryProto {
                    key: key.clone(),
                    value: value.clone(),
                })
                .collect(),
            ..Default::default()
        }
    }

    /// Values that some output depends on, in topological order.
    fn live(&self) -> Vec<Value> {
        let mut needed = vec![false; self.entries.len()];
        self.outputs.iter().for_each(|(_, v)| needed[v.0] = true);
        for value in self.values().rev() {
            if let (true, Origin::Node { inputs, .. }) = (needed[value.0], self.origin(value)) {
                inputs.iter().for_each(|v| needed[v.0] = true);
            }
        }
        self.values().filter(|v| needed[v.0]).collect()
    }
}

pub(super) struct Writer<'g> {
    pub(super) graph: &'g Graph,
    lowering: &'static [Lowering],
    /// Paddings that are written as those of convolutions.
    pub(super) absorbed: HashSet<Value>,
    inputs: Vec<pb::ValueInfoProto>,
    outputs: Vec<pb::ValueInfoProto>,
    nodes: Vec<pb::NodeProto>,
    initializers: Vec<pb::TensorProto>,
    integers: HashMap<Vec<i64>, String>,
}

impl<'g> Writer<'g> {
    fn default_for(graph: &'g Graph) -> Self {
        Self {
            graph,
            lowering: &[],
            absorbed: HashSet::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            nodes: Vec::new(),
            initializers: Vec::new(),
            integers: HashMap::new(),
        }
    }

    pub(super) fn has(&self, lowering: Lowering) -> bool {
        self.lowering.contains(&lowering)
    }

    pub(super) fn name(&self, value: Value) -> String {
        self.graph.name(value)
    }

    /// Inputs in the order of their creation; flat vectors are as long as their last slot reaches, live or not.
    fn collect_inputs(&mut self, live: &[Value]) {
        let mut vectors: BTreeMap<String, usize> = BTreeMap::new();
        for &value in &self.graph.values().collect::<Vec<_>>() {
            if let Origin::Slot { vector, offset } = self.graph.origin(value) {
                let end = offset + self.graph.elements(value);
                let len = vectors.entry(vector.clone()).or_default();
                *len = end.max(*len);
            }
        }
        for &value in live {
            if let Origin::Input(name) = self.graph.origin(value) {
                self.inputs.push(value_info(name, self.graph.shape(value)));
            }
        }
        let used = |name: &str| {
            live.iter().any(
                |&v| matches!(self.graph.origin(v), Origin::Slot { vector, .. } if vector == name),
            )
        };
        vectors.retain(|name, _| used(name));
        for (name, len) in vectors {
            self.inputs.push(value_info(&name, &[len]));
        }
    }

    fn emit(&mut self, value: Value) {
        let name = self.name(value);
        let shape = self.graph.shape(value).to_vec();
        match self.graph.origin(value) {
            Origin::Input(_) => {}
            Origin::Constant(data) => self.initializers.push(float_tensor(&name, &shape, data)),
            Origin::Slot { vector, offset } => self.emit_slot(&name, vector, *offset, &shape),
            Origin::Node { op, inputs } if self.lowered(value, op, inputs) => {}
            Origin::Node { op, inputs } if self.convolution(&name, op, inputs) => {}
            Origin::Node { op, inputs } => {
                let inputs = inputs.iter().map(|&v| self.name(v)).collect();
                self.emit_node(op, inputs, name);
            }
        }
    }

    fn emit_slot(&mut self, name: &str, vector: &str, offset: usize, shape: &[usize]) {
        let end = offset + shape.iter().product::<usize>();
        let bounds = [
            self.integers(&[offset as i64]),
            self.integers(&[end as i64]),
            self.integers(&[0]),
        ];
        let flat = format!("{name}_flat");
        let inputs = std::iter::once(vector.to_owned()).chain(bounds).collect();
        self.push("Slice", inputs, flat.clone(), vec![]);
        let extents = self.integers(&signed(shape));
        self.push("Reshape", vec![flat, extents], name.to_owned(), vec![]);
    }

    fn emit_node(&mut self, op: &Op, mut inputs: Vec<String>, name: String) {
        let (kind, attributes) = match op {
            Op::Add => ("Add", vec![]),
            Op::Sub => ("Sub", vec![]),
            Op::Mul => ("Mul", vec![]),
            Op::Div => ("Div", vec![]),
            Op::Max => ("Max", vec![]),
            Op::Neg => ("Neg", vec![]),
            Op::Exp => ("Exp", vec![]),
            Op::Log => ("Log", vec![]),
            Op::Sqrt => ("Sqrt", vec![]),
            Op::Tanh => ("Tanh", vec![]),
            Op::Softplus => ("Softplus", vec![]),
            Op::Sigmoid => ("Sigmoid", vec![]),
            Op::Relu => ("Relu", vec![]),
            Op::StopGradient => ("Identity", vec![]),
            Op::Softmax => ("Softmax", vec![int("axis", -1)]),
            Op::LeakyRelu(alpha) => ("LeakyRelu", vec![float("alpha", *alpha)]),
            Op::HardSigmoid { alpha, beta } => (
                "HardSigmoid",
                vec![float("alpha", *alpha), float("beta", *beta)],
            ),
            Op::Clip { min, max } => {
                for (suffix, limit) in [("min", *min), ("max", *max)] {
                    let limit_name = format!("{name}_{suffix}");
                    self.initializers
                        .push(float_tensor(&limit_name, &[], &[limit]));
                    inputs.push(limit_name);
                }
                ("Clip", vec![])
            }
            Op::Conv { .. } | Op::ConvTranspose { .. } => {
                unreachable!("written by `convolution`")
            }
            Op::ScaleShift => {
                let channels = self.graph_channels(&inputs[1]);
                for (suffix, x) in [("zero", 0.0), ("one", 1.0)] {
                    let extra = format!("{suffix}_{channels}");
                    if !self.initializers.iter().any(|t| t.name == extra) {
                        self.initializers.push(float_tensor(
                            &extra,
                            &[channels],
                            &vec![x; channels],
                        ));
                    }
                    inputs.push(extra);
                }
                ("BatchNormalization", vec![float("epsilon", 0.0)])
            }
            Op::Gemm { trans_a, trans_b } => (
                "Gemm",
                vec![
                    int("transA", i64::from(*trans_a)),
                    int("transB", i64::from(*trans_b)),
                ],
            ),
            Op::BatchMatMul => ("MatMul", vec![]),
            Op::WeightGradient { .. } => {
                unreachable!("written by `with_plain_weight_gradients`")
            }
            Op::ReduceSum { axes, keep } => {
                inputs.push(self.integers(&signed(axes)));
                ("ReduceSum", vec![int("keepdims", i64::from(*keep))])
            }
            Op::ReduceMean { axes, keep } => (
                "ReduceMean",
                vec![
                    ints("axes", &signed(axes)),
                    int("keepdims", i64::from(*keep)),
                ],
            ),
            Op::Reshape(shape) => {
                inputs.push(self.integers(&signed(shape)));
                ("Reshape", vec![])
            }
            Op::Expand(shape) => {
                inputs.push(self.integers(&signed(shape)));
                ("Expand", vec![])
            }
            Op::Transpose(perm) => ("Transpose", vec![ints("perm", &signed(perm))]),
            Op::Slice {
                axes,
                starts,
                lengths,
                steps,
            } => {
                let ends: Vec<i64> = starts
                    .iter()
                    .zip(lengths)
                    .zip(steps)
                    .map(|((&start, &length), &step)| {
                        slice_end(start as i64, length as i64, step as i64)
                    })
                    .collect();
                let steps: Vec<i64> = steps.iter().map(|&s| s as i64).collect();
                for list in [signed(starts), ends, signed(axes), steps] {
                    let operand = self.integers(&list);
                    inputs.push(operand);
                }
                ("Slice", vec![])
            }
            Op::Pad { before, after } => {
                let pads: Vec<i64> = before.iter().chain(after).map(|&n| n as i64).collect();
                inputs.push(self.integers(&pads));
                ("Pad", vec![])
            }
            Op::Concat(axis) => ("Concat", vec![int("axis", *axis as i64)]),
            Op::UpsampleNearest(factor) => {
                let f = *factor as f32;
                let scales = format!("{name}_scales");
                self.initializers
                    .push(float_tensor(&scales, &[4], &[1.0, 1.0, f, f]));
                inputs.extend([String::new(), scales]);
                let modes = [
                    ("mode", "nearest"),
                    ("coordinate_transformation_mode", "asymmetric"),
                    ("nearest_mode", "floor"),
                ];
                ("Resize", modes.map(|(k, v)| text(k, v)).to_vec())
            }
            Op::ResizeLinear(..) => {
                let sizes = self.integers(&signed(&self.shape_of(&name)));
                inputs.extend([String::new(), String::new(), sizes]);
                let modes = [
                    ("mode", "linear"),
                    ("coordinate_transformation_mode", "half_pixel"),
                ];
                ("Resize", modes.map(|(k, v)| text(k, v)).to_vec())
            }
        };
        self.push(kind, inputs, name, attributes);
    }

    fn shape_of(&self, name: &str) -> Vec<usize> {
        let index = name[1..].parse::<usize>().unwrap_or_default();
        self.graph.entries[index].shape.clone()
    }

    fn graph_channels(&self, name: &str) -> usize {
        match name.strip_prefix('v').and_then(|n| n.parse::<usize>().ok()) {
            Some(index) => self.graph.entries[index].shape[0],
            None => self
                .inputs
                .iter()
                .find(|i| i.name == name)
                .map_or(0, channels_of),
        }
    }

    pub(super) fn integers(&mut self, list: &[i64]) -> String {
        if let Some(name) = self.integers.get(list) {
            return name.clone();
        }
        let name = format!("i{}", self.integers.len());
        self.initializers.push(integer_tensor(&name, list));
        self.integers.insert(list.to_vec(), name.clone());
        name
    }

    pub(super) fn push(
        &mut self,
        kind: &str,
        input: Vec<String>,
        output: String,
        attribute: Vec<pb::AttributeProto>,
    ) {
        self.nodes.push(pb::NodeProto {
            name: format!("{kind}_{}", self.nodes.len()),
            op_type: kind.into(),
            input,
            output: vec![output],
            attribute,
            ..Default::default()
        });
    }

    fn name_outputs(&mut self) {
        for (name, value) in self.graph.outputs() {
            let source = self.name(*value);
            self.push("Identity", vec![source], name.clone(), vec![]);
            self.outputs
                .push(value_info(name, self.graph.shape(*value)));
        }
    }

    fn finish(self, info: &ModelInfo) -> pb::GraphProto {
        pb::GraphProto {
            name: info.name.clone(),
            node: self.nodes,
            initializer: self.initializers,
            input: self.inputs,
            output: self.outputs,
            ..Default::default()
        }
    }
}

fn slice_end(start: i64, length: i64, step: i64) -> i64 {
    let end = start + length * step;
    if end < 0 { i64::MIN + 1 } else { end }
}
