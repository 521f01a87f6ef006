//! Rules of the element-wise operators and softmax.

use super::{Node, Operands};
use crate::graph::{Graph, Op, Value};

pub(super) fn rule(g: &mut Graph, node: &Node<'_>) -> Option<Operands> {
    binary(g, node).or_else(|| unary(g, node).map(|gradient| vec![Some(gradient)]))
}

fn binary(g: &mut Graph, node: &Node<'_>) -> Option<Operands> {
    let (&[a, b], dy) = (node.inputs, node.upstream) else {
        return None;
    };
    let (da, db) = match node.op {
        Op::Add => (dy, dy),
        Op::Sub => (dy, if node.wanted[1] { g.neg(dy) } else { dy }),
        Op::Mul => (
            if node.wanted[0] { g.mul(dy, b) } else { dy },
            if node.wanted[1] { g.mul(dy, a) } else { dy },
        ),
        Op::Div => {
            let da = g.div(dy, b);
            let db = if node.wanted[1] {
                let product = g.mul(da, node.output);
                g.neg(product)
            } else {
                dy
            };
            (da, db)
        }
        Op::Max => {
            let (ab, ba) = (g.sub(a, b), g.sub(b, a));
            // Where both are equal, the left operand counts as the greater.
            let (left, right) = (g.step_from_zero(ab), g.step(ba));
            (g.mul(dy, left), g.mul(dy, right))
        }
        _ => return None,
    };
    let shapes = [g.shape(a).to_vec(), g.shape(b).to_vec()];
    let fit = |g: &mut Graph, d: Value, i: usize| node.wanted[i].then(|| g.sum_to(d, &shapes[i]));
    Some(vec![fit(g, da, 0), fit(g, db, 1)])
}

fn unary(g: &mut Graph, node: &Node<'_>) -> Option<Value> {
    let (&x, y, dy) = (node.inputs.first()?, node.output, node.upstream);
    Some(match node.op {
        Op::Neg => g.neg(dy),
        Op::Exp => g.mul(dy, y),
        Op::Log => g.div(dy, x),
        Op::Sqrt => {
            let half = g.scale(dy, 0.5);
            g.div(half, y)
        }
        Op::Tanh => {
            let square = g.mul(y, y);
            let one = g.scalar(1.0);
            let slope = g.sub(one, square);
            g.mul(dy, slope)
        }
        Op::Sigmoid => {
            let one = g.scalar(1.0);
            let rest = g.sub(one, y);
            let slope = g.mul(y, rest);
            g.mul(dy, slope)
        }
        Op::Softplus => {
            let slope = g.sigmoid(x);
            g.mul(dy, slope)
        }
        Op::Relu => {
            let mask = g.step(y);
            g.mul(dy, mask)
        }
        Op::LeakyRelu(alpha) => {
            let positive = g.step(x);
            let scaled = g.scale(positive, 1.0 - alpha);
            let offset = g.scalar(*alpha);
            let slope = g.add(scaled, offset);
            g.mul(dy, slope)
        }
        Op::Clip { min, max } => {
            let (low, high) = (g.scalar(*min), g.scalar(*max));
            let (above, below) = (g.sub(x, low), g.sub(high, x));
            // A value on its limit may still move inwards: a pattern bank starts there.
            let (above, below) = (g.step_from_zero(above), g.step_from_zero(below));
            let inside = g.mul(above, below);
            g.mul(dy, inside)
        }
        Op::Softmax => {
            let last = g.shape(y).len() - 1;
            let product = g.mul(dy, y);
            let sum = g.sum(product, &[last], true);
            let centred = g.sub(dy, sum);
            g.mul(y, centred)
        }
        _ => return None,
    })
}
