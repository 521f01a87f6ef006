//! Rules of the operators that move elements: reshape, transpose, slice, pad, concat, expand, resize.

use super::{Node, Operands};
use crate::{
    bank::linear_weights,
    graph::{Graph, Op, Value},
};

pub(super) fn rule(g: &mut Graph, node: &Node<'_>) -> Option<Operands> {
    let (x, dy) = (node.inputs[0], node.upstream);
    let shape = g.shape(x).to_vec();
    let dx = match node.op {
        Op::Reshape(_) => g.reshape(dy, &shape),
        Op::Expand(_) => g.sum_to(dy, &shape),
        Op::StopGradient => return Some(vec![None]),
        Op::Transpose(perm) => {
            let mut inverse = vec![0; perm.len()];
            perm.iter()
                .enumerate()
                .for_each(|(i, &axis)| inverse[axis] = i);
            g.transpose(dy, &inverse)
        }
        Op::Pad { before, .. } => {
            let axes: Vec<usize> = (0..shape.len()).collect();
            g.slices(dy, &axes, before, &shape, &vec![1; shape.len()])
        }
        Op::Slice {
            axes,
            starts,
            lengths,
            steps,
        } => slice(g, dy, &shape, [axes, starts, lengths], steps)?,
        Op::Concat(axis) => return Some(concat(g, node, *axis)),
        Op::UpsampleNearest(k) => {
            let [n, c, h, w] = shape[..] else { return None };
            let blocks = g.reshape(dy, &[n * c, h, *k, w * k]);
            let rows = g.sum(blocks, &[2], false);
            let blocks = g.reshape(rows, &[n * c, h, w, *k]);
            let sums = g.sum(blocks, &[3], false);
            g.reshape(sums, &shape)
        }
        Op::ResizeLinear(rows, cols) => resize_linear(g, dy, &shape, *rows, *cols)?,
        _ => return None,
    };
    Some(vec![Some(dx)])
}

/// Forward slices only: what was skipped gets zeros.
fn slice(
    g: &mut Graph,
    dy: Value,
    shape: &[usize],
    bounds: [&Vec<usize>; 3],
    steps: &[isize],
) -> Option<Value> {
    let [axes, starts, lengths] = bounds;
    let (mut before, mut after) = (vec![0; shape.len()], vec![0; shape.len()]);
    let mut spread = dy;
    for (i, &axis) in axes.iter().enumerate() {
        let step = usize::try_from(steps[i]).ok().filter(|&step| step > 0)?;
        spread = dilate(g, spread, axis, step);
        before[axis] = starts[i];
        after[axis] = shape[axis] - starts[i] - ((lengths[i] - 1) * step + 1);
    }
    Some(g.pad(spread, &before, &after))
}

/// Puts `step - 1` zeros between the elements along `axis`.
fn dilate(g: &mut Graph, x: Value, axis: usize, step: usize) -> Value {
    if step == 1 {
        return x;
    }
    let shape = g.shape(x).to_vec();
    let (lead, tail) = (
        shape[..axis].iter().product(),
        shape[axis + 1..].iter().product(),
    );
    let rows = g.reshape(x, &[lead, shape[axis], 1, tail]);
    let padded = g.pad(rows, &[0; 4], &[0, 0, step - 1, 0]);
    let mut wide = shape;
    wide[axis] *= step;
    let whole = g.reshape(padded, &wide);
    let length = wide[axis] + 1 - step;
    g.slice(whole, axis, 0, length, 1)
}

fn concat(g: &mut Graph, node: &Node<'_>, axis: usize) -> Operands {
    let mut start = 0;
    let mut operands = Vec::with_capacity(node.inputs.len());
    for (&part, &wanted) in node.inputs.iter().zip(node.wanted) {
        let length = g.shape(part)[axis];
        operands.push(wanted.then(|| g.slice(node.upstream, axis, start, length, 1)));
        start += length;
    }
    operands
}

/// Bilinear resizing is linear and separable: its adjoint is two products with the transposed weight matrices.
fn resize_linear(
    g: &mut Graph,
    dy: Value,
    shape: &[usize],
    rows: usize,
    cols: usize,
) -> Option<Value> {
    let &[n, c, h, w] = shape else { return None };
    let horizontal = g.constant(&linear_weights(w, cols), &[cols, w]);
    let vertical = g.constant(&linear_weights(h, rows), &[rows, h]);
    let flat = g.reshape(dy, &[n * c * rows, cols]);
    let narrow = g.matmul(flat, horizontal);
    let cube = g.reshape(narrow, &[n * c, rows, w]);
    let turned = g.transpose(cube, &[0, 2, 1]);
    let flat = g.reshape(turned, &[n * c * w, rows]);
    let low = g.matmul(flat, vertical);
    let cube = g.reshape(low, &[n * c, w, h]);
    let turned = g.transpose(cube, &[0, 2, 1]);
    Some(g.reshape(turned, shape))
}
