//! Writing convolutions, with what pads their operands.

use std::collections::HashSet;

use super::{
    Graph, Lowering, Op, Origin, Value,
    onnx::Writer,
    proto::{int, ints, signed},
};

impl Writer<'_> {
    /// Writes a convolution or a transposed one; `false` where `op` is neither.
    pub(super) fn convolution(&mut self, name: &str, op: &Op, inputs: &[Value]) -> bool {
        let mut names: Vec<String> = inputs.iter().map(|&v| self.name(v)).collect();
        let (kind, stride, pads) = match op {
            Op::Conv { stride, padding } => {
                let (seen, pads) = self.pads(inputs[0], *padding);
                names[0] = self.name(seen);
                ("Conv", *stride, pads)
            }
            Op::ConvTranspose {
                stride, padding, ..
            } => ("ConvTranspose", *stride, [*padding as i64; 4]),
            _ => return false,
        };
        let mut attributes = vec![ints("strides", &[stride as i64; 2]), ints("pads", &pads)];
        if let Op::ConvTranspose { output_padding, .. } = op {
            attributes.push(ints("output_padding", &signed(output_padding)));
        }
        let groups = groups(self.graph, op, inputs);
        if groups > 1 {
            attributes.push(int("group", groups as i64));
        }
        self.push(kind, names, name.to_owned(), attributes);
        true
    }

    /// The paddings that only convolutions see.
    pub(super) fn absorb(&mut self, live: &[Value]) {
        if !self.has(Lowering::PadsOfConvolutions) {
            return;
        }
        let graph = self.graph;
        let around_pictures = |op: &Op| {
            let zero = |ends: &[usize]| matches!(ends, [0, 0, _, _]);
            matches!(op, Op::Pad { before, after } if zero(before) && zero(after))
        };
        let (mut pads, mut others) = (HashSet::new(), HashSet::new());
        for &value in live {
            let Origin::Node { op, inputs } = graph.origin(value) else {
                continue;
            };
            if around_pictures(op) {
                pads.insert(value);
            }
            let seen = usize::from(matches!(op, Op::Conv { .. }));
            others.extend(&inputs[seen..]);
        }
        others.extend(graph.outputs().iter().map(|(_, value)| value));
        self.absorbed = &pads - &others;
    }

    /// What a convolution of `padding` sees, and its pads: above, left, below, right.
    fn pads(&self, seen: Value, padding: usize) -> (Value, [i64; 4]) {
        let own = padding as i64;
        match self.graph.origin(seen) {
            Origin::Node {
                op: Op::Pad { before, after },
                inputs,
            } if self.absorbed.contains(&seen) => {
                let ends = [before[2], before[3], after[2], after[3]];
                (inputs[0], ends.map(|n| own + n as i64))
            }
            _ => (seen, [own; 4]),
        }
    }
}

/// Into how many groups a convolution's channels fall: one, or one each.
fn groups(graph: &Graph, op: &Op, inputs: &[Value]) -> usize {
    match op {
        Op::Conv { .. } => graph.shape(inputs[0])[1] / graph.shape(inputs[1])[1],
        Op::ConvTranspose {
            depthwise: true, ..
        } => graph.shape(inputs[0])[1],
        _ => 1,
    }
}
