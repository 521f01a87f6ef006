//! Rule of the matrix product.

use super::{Node, Operands};
use crate::graph::{Graph, Op};

pub(super) fn rule(g: &mut Graph, node: &Node<'_>) -> Option<Operands> {
    let &Op::Gemm { trans_a, trans_b } = node.op else {
        return None;
    };
    let (a, b, dy) = (node.inputs[0], node.inputs[1], node.upstream);
    let da = node.wanted[0].then(|| {
        if trans_a {
            g.gemm(b, dy, trans_b, true)
        } else {
            g.gemm(dy, b, false, !trans_b)
        }
    });
    let db = node.wanted[1].then(|| {
        if trans_b {
            g.gemm(dy, a, true, trans_a)
        } else {
            g.gemm(a, dy, !trans_a, false)
        }
    });
    Some(vec![da, db])
}
