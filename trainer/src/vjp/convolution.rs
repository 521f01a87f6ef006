//! Rules of convolution, transposed convolution and per-channel scale and shift.

use super::{Node, Operands};
use crate::graph::{Graph, Op, Value};

pub(super) fn rule(g: &mut Graph, node: &Node<'_>) -> Option<Operands> {
    match *node.op {
        Op::Conv { stride, padding } => Some(conv(g, node, stride, padding)),
        Op::ConvTranspose {
            stride,
            padding,
            depthwise: false,
            ..
        } => Some(conv_transpose(g, node, stride, padding)),
        Op::ScaleShift => Some(scale_shift(g, node)),
        _ => None,
    }
}

fn conv(g: &mut Graph, node: &Node<'_>, stride: usize, padding: usize) -> Operands {
    let (x, w, dy) = (node.inputs[0], node.inputs[1], node.upstream);
    let dx = node.wanted[0].then(|| input_gradient(g, x, w, dy, stride, padding));
    let dw = node.wanted[1].then(|| match is_depthwise(g, x, w) {
        true => depthwise_weight_gradient(g, x, w, dy, stride, padding),
        false => g.weight_gradient(x, dy, g.shape(w)[2], stride, padding),
    });
    let mut operands = vec![dx, dw];
    if let Some(&wanted) = node.wanted.get(2) {
        operands.push(wanted.then(|| g.sum(dy, &[0, 2, 3], false)));
    }
    operands
}

/// At stride 1 a convolution with the flipped, transposed kernel; else a transposed convolution.
fn input_gradient(
    g: &mut Graph,
    x: Value,
    w: Value,
    dy: Value,
    stride: usize,
    padding: usize,
) -> Value {
    let k = g.shape(w)[2];
    let depthwise = is_depthwise(g, x, w);
    if stride == 1 && padding < k {
        let swapped = match depthwise {
            true => w,
            false => g.transpose(w, &[1, 0, 2, 3]),
        };
        let flipped = if k == 1 {
            swapped
        } else {
            g.slices(swapped, &[2, 3], &[k - 1; 2], &[k; 2], &[-1; 2])
        };
        return g.conv(dy, flipped, 1, k - 1 - padding);
    }
    // What the stride left over at the far end, which differs between rows and columns of some extents.
    let output_padding =
        [2, 3].map(|i| g.shape(x)[i] + 2 * padding - k - (g.shape(dy)[i] - 1) * stride);
    g.conv_transpose(dy, w, stride, padding, output_padding, depthwise)
}

/// Whether each channel of `x` has a kernel to itself.
fn is_depthwise(g: &Graph, x: Value, w: Value) -> bool {
    g.shape(x)[1] > 1 && g.shape(w)[1] == 1
}

/// For each of the k x k shifts of `x`, the sum of its products with `dy` over all but the channels.
fn depthwise_weight_gradient(
    g: &mut Graph,
    x: Value,
    w: Value,
    dy: Value,
    stride: usize,
    padding: usize,
) -> Value {
    let (shape, k) = (g.shape(w).to_vec(), g.shape(w)[2]);
    let extents = [g.shape(dy)[2], g.shape(dy)[3]];
    let x = g.pad(x, &[0, 0, padding, padding], &[0, 0, padding, padding]);
    let mut taps = Vec::with_capacity(k * k);
    for tap in 0..k * k {
        let from = [tap / k, tap % k];
        let shifted = g.slices(x, &[2, 3], &from, &extents, &[stride as isize; 2]);
        let product = g.mul(shifted, dy);
        let sum = g.sum(product, &[0, 2, 3], false);
        taps.push(g.reshape(sum, &[1, shape[0]]));
    }
    let all = g.concat(&taps, 0);
    let ordered = g.transpose(all, &[1, 0]);
    g.reshape(ordered, &shape)
}

/// A transposed convolution is the adjoint of a convolution, so its rule is that rule with the roles of x and dy swapped.
fn conv_transpose(g: &mut Graph, node: &Node<'_>, stride: usize, padding: usize) -> Operands {
    let (x, w, dy) = (node.inputs[0], node.inputs[1], node.upstream);
    let dx = node.wanted[0].then(|| g.conv(dy, w, stride, padding));
    let k = g.shape(w)[2];
    let dw = node.wanted[1].then(|| g.weight_gradient(dy, x, k, stride, padding));
    vec![dx, dw]
}

fn scale_shift(g: &mut Graph, node: &Node<'_>) -> Operands {
    let (x, scale, dy) = (node.inputs[0], node.inputs[1], node.upstream);
    let axes: Vec<usize> = (0..g.shape(x).len()).filter(|&i| i != 1).collect();
    let dx = node.wanted[0].then(|| {
        let channels = g.elements(scale);
        let none = g.constant(&vec![0.0; channels], &[channels]);
        g.scale_shift(dy, scale, none)
    });
    let dscale = node.wanted[1].then(|| {
        let product = g.mul(dy, x);
        g.sum(product, &axes, false)
    });
    let dshift = node.wanted[2].then(|| g.sum(dy, &axes, false));
    vec![dx, dscale, dshift]
}
