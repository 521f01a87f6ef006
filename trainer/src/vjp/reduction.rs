//! Rules of sums and means.

use super::{Node, Operands};
use crate::graph::{Graph, Op};

pub(super) fn rule(g: &mut Graph, node: &Node<'_>) -> Option<Operands> {
    let (axes, mean) = match node.op {
        Op::ReduceSum { axes, .. } => (axes, false),
        Op::ReduceMean { axes, .. } => (axes, true),
        _ => return None,
    };
    let shape = g.shape(node.inputs[0]).to_vec();
    let kept: Vec<usize> = shape
        .iter()
        .enumerate()
        .map(|(i, &n)| if axes.contains(&i) { 1 } else { n })
        .collect();
    let mut dy = g.reshape(node.upstream, &kept);
    if mean {
        let count: usize = axes.iter().map(|&i| shape[i]).product();
        dy = g.scale(dy, 1.0 / count as f32);
    }
    Some(vec![Some(g.expand(dy, &shape))])
}
