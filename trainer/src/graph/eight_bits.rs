//! A model's large weights in eight bits, a quarter of their size.

use std::collections::HashSet;

use tract_onnx::pb;

use super::proto::{float_tensor, int, int8_tensor, numbers};

/// Smaller weights stay as they are: there is little to gain, and the first layer's are among them.
const LEAST: usize = 1024;

/// Puts the weights of convolutions, dense layers and banks of at least 1,024 numbers into int8 with one scale per row of
/// the first axis (a layer's output, a bank's pattern), so that the largest number of each row is 127. A
/// `DequantizeLinear` stands for each.
pub fn pack(model: &mut pb::ModelProto) {
    let Some(graph) = &mut model.graph else {
        return;
    };
    let weights: HashSet<String> = graph.node.iter().filter_map(weights_of).collect();
    let mut nodes = Vec::new();
    let mut kept = Vec::new();
    for tensor in std::mem::take(&mut graph.initializer) {
        match numbers(&tensor).filter(|n| n.len() >= LEAST && weights.contains(&tensor.name)) {
            Some(numbers) => nodes.push(packed(&tensor, &numbers, &mut kept)),
            None => kept.push(tensor),
        }
    }
    graph.initializer = kept;
    graph.node.splice(0..0, nodes);
}

/// The weights of a node that has some.
fn weights_of(node: &pb::NodeProto) -> Option<String> {
    let weighs = ["Conv", "Gemm", "MatMul"].contains(&node.op_type.as_str());
    node.input.get(1).filter(|_| weighs).cloned()
}

fn packed(
    tensor: &pb::TensorProto,
    numbers: &[f32],
    constants: &mut Vec<pb::TensorProto>,
) -> pb::NodeProto {
    let rows = usize::try_from(tensor.dims[0]).unwrap_or(1).max(1);
    let mut scales = Vec::with_capacity(rows);
    let mut bytes = Vec::with_capacity(numbers.len());
    for row in numbers.chunks(numbers.len() / rows) {
        let most = row.iter().fold(0.0f32, |m, x| m.max(x.abs()));
        let scale = if most > 0.0 { most / 127.0 } else { 1.0 };
        bytes.extend(
            row.iter()
                .map(|x| (x / scale).round().clamp(-127.0, 127.0) as i8),
        );
        scales.push(scale);
    }
    let [eight, scale] = ["bits", "scale"].map(|part| format!("{}_{part}", tensor.name));
    constants.push(int8_tensor(&eight, &tensor.dims, &bytes));
    constants.push(float_tensor(&scale, &[rows], &scales));
    pb::NodeProto {
        name: format!("{}_float", tensor.name),
        op_type: "DequantizeLinear".into(),
        input: vec![eight, scale],
        output: vec![tensor.name.clone()],
        attribute: vec![int("axis", 0)],
        ..Default::default()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::graph::{Graph, ModelInfo};

    /// A convolution of 16 x 3 x 10 x 10 numbers, each output's an order of magnitude larger than the last one's, and one
    /// of ones.
    fn model() -> pb::ModelProto {
        let mut g = Graph::new();
        let x = g.input("image", &[1, 3, 32, 32]);
        let number =
            |i: usize| ((i * 7919 % 1000) as f32 / 500.0 - 1.0) * 0.1f32.powi((i / 300) as i32);
        let large: Vec<f32> = (0..4800).map(number).collect();
        let [large, small] =
            [(&large[..], 3, 10), (&[1.0; 64][..], 16, 1)].map(|(data, inputs, k)| {
                g.constant(data, &[data.len() / inputs / k / k, inputs, k, k])
            });
        let y = g.conv(x, large, 1, 0);
        let y = g.conv(y, small, 1, 0);
        g.output("residual", y);
        g.to_proto(&ModelInfo::default())
    }

    #[test]
    fn rows_are_within_half_a_step_of_what_they_were() {
        let before = model();
        let mut after = before.clone();
        pack(&mut after);
        let [before, after] = [before, after].map(|m| m.graph.unwrap());
        let packed: Vec<_> = after
            .node
            .iter()
            .filter(|n| n.op_type == "DequantizeLinear")
            .collect();
        let [node] = packed[..] else {
            panic!("{} packed", packed.len())
        };
        let find = |graph: &pb::GraphProto, name: &str| {
            graph
                .initializer
                .iter()
                .find(|t| t.name == name)
                .cloned()
                .unwrap()
        };
        let was = numbers(&find(&before, &node.output[0])).unwrap();
        let bytes = find(&after, &node.input[0]).raw_data;
        let scales = numbers(&find(&after, &node.input[1])).unwrap();
        assert_eq!((was.len(), bytes.len(), scales.len()), (4800, 4800, 16));
        for (i, (was, byte)) in was.iter().zip(bytes).enumerate() {
            let scale = scales[i / 300];
            let now = f32::from(byte.cast_signed()) * scale;
            assert!((now - was).abs() <= 0.501 * scale, "{was} became {now}");
        }
        assert_eq!(after.initializer.len(), before.initializer.len() + 1);
    }
}
