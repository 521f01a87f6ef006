//! Extents of an operator's result. A mismatch is a mistake of the code that builds the graph, so it panics.

use super::Op;

pub(super) fn infer(op: &Op, inputs: &[&[usize]]) -> Vec<usize> {
    let x = inputs[0];
    match op {
        Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Max => broadcast(x, inputs[1]),
        Op::Conv { stride, padding } => conv(x, inputs[1], *stride, *padding),
        Op::ConvTranspose {
            stride,
            padding,
            output_padding,
            depthwise,
        } => {
            let w = inputs[1];
            assert_eq!(x[1], w[0], "transposed convolution of {x:?} with {w:?}");
            let side = |i: usize| (x[i] - 1) * stride + w[i] + output_padding[i - 2] - 2 * padding;
            let channels = match *depthwise {
                true => x[1],
                false => w[1],
            };
            vec![x[0], channels, side(2), side(3)]
        }
        Op::ScaleShift => {
            assert!(
                inputs[1] == [x[1]] && inputs[2] == [x[1]],
                "scale and shift of {x:?}"
            );
            x.to_vec()
        }
        Op::Gemm { trans_a, trans_b } => gemm(x, inputs[1], *trans_a, *trans_b),
        Op::BatchMatMul => {
            let product = gemm(&x[1..], &inputs[1][1..], false, false);
            assert_eq!(x[0], inputs[1][0], "matrix products of {inputs:?}");
            vec![x[0], product[0], product[1]]
        }
        Op::WeightGradient { kernel, .. } => vec![inputs[1][1], x[1], *kernel, *kernel],
        Op::ReduceSum { axes, keep } | Op::ReduceMean { axes, keep } => reduce(x, axes, *keep),
        Op::Reshape(shape) => {
            assert_eq!(
                x.iter().product::<usize>(),
                shape.iter().product::<usize>(),
                "reshape {x:?} to {shape:?}"
            );
            shape.clone()
        }
        Op::Transpose(perm) => perm.iter().map(|&axis| x[axis]).collect(),
        Op::Slice { axes, lengths, .. } => {
            let mut shape = x.to_vec();
            axes.iter()
                .zip(lengths)
                .for_each(|(&axis, &length)| shape[axis] = length);
            shape
        }
        Op::Pad { before, after } => (0..x.len()).map(|i| x[i] + before[i] + after[i]).collect(),
        Op::Concat(axis) => {
            let mut shape = x.to_vec();
            shape[*axis] = inputs.iter().map(|s| s[*axis]).sum();
            shape
        }
        Op::Expand(shape) => broadcast(x, shape),
        Op::UpsampleNearest(k) => vec![x[0], x[1], x[2] * k, x[3] * k],
        Op::ResizeLinear(h, w) => vec![x[0], x[1], *h, *w],
        _ => x.to_vec(),
    }
}

/// NumPy's broadcasting rule.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Vec<usize> {
    let rank = a.len().max(b.len());
    let at = |s: &[usize], i: usize| {
        if i + s.len() >= rank {
            s[i + s.len() - rank]
        } else {
            1
        }
    };
    (0..rank)
        .map(|i| match (at(a, i), at(b, i)) {
            (m, n) if m == n || n == 1 => m,
            (1, n) => n,
            _ => panic!("{a:?} and {b:?} do not broadcast"),
        })
        .collect()
}

fn conv(x: &[usize], w: &[usize], stride: usize, padding: usize) -> Vec<usize> {
    let depthwise = w[1] == 1 && w[0] == x[1];
    assert!(x[1] == w[1] || depthwise, "convolution of {x:?} with {w:?}");
    let side = |n: usize, k: usize| (n + 2 * padding - k) / stride + 1;
    vec![x[0], w[0], side(x[2], w[2]), side(x[3], w[3])]
}

fn gemm(a: &[usize], b: &[usize], trans_a: bool, trans_b: bool) -> Vec<usize> {
    let (m, k) = if trans_a { (a[1], a[0]) } else { (a[0], a[1]) };
    let (l, n) = if trans_b { (b[1], b[0]) } else { (b[0], b[1]) };
    assert_eq!(k, l, "matrix product of {a:?} and {b:?}");
    vec![m, n]
}

fn reduce(x: &[usize], axes: &[usize], keep: bool) -> Vec<usize> {
    let mut shape = Vec::new();
    for (i, &n) in x.iter().enumerate() {
        match (axes.contains(&i), keep) {
            (false, _) => shape.push(n),
            (true, true) => shape.push(1),
            (true, false) => {}
        }
    }
    shape
}
