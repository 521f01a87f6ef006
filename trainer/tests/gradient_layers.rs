//! The gradient rules of what layers are made of: convolutions, products, enlargements, batch norm, cross-entropy.

mod common;

use common::{Operand, check_rule};
use confounder_trainer::graph::{Graph, Value};

fn smooth(name: &str, shape: &[usize]) -> Operand {
    Operand::uniform(name, shape, -1.5..1.5)
}

fn positive(name: &str, shape: &[usize]) -> Operand {
    Operand::uniform(name, shape, 0.5..2.0)
}

fn unary(x: Operand, f: impl FnOnce(&mut Graph, Value) -> Value) {
    check_rule(vec![x], |g, v| f(g, v[0]));
}

#[test]
fn conv() {
    // (rows, columns, kernel side, stride, padding); unequal extents leave different remainders at stride 2.
    let cases = [
        (5, 6, 1, 1, 0),
        (5, 6, 1, 1, 1),
        (5, 6, 1, 2, 0),
        (5, 6, 3, 1, 0),
        (5, 6, 3, 1, 1),
        (6, 6, 3, 2, 1),
        (5, 6, 3, 2, 0),
        (5, 6, 3, 2, 1),
        (6, 5, 3, 2, 1),
        (6, 7, 4, 1, 0),
        (6, 7, 4, 1, 1),
        (7, 8, 4, 2, 0),
        (8, 7, 4, 2, 1),
        (8, 9, 3, 3, 1),
    ];
    for (rows, cols, k, stride, padding) in cases {
        let operands = || {
            vec![
                smooth("x", &[2, 3, rows, cols]),
                smooth("w", &[4, 3, k, k]),
                smooth("bias", &[4]),
            ]
        };
        check_rule(operands(), |g, v| {
            g.conv_bias(v[0], v[1], v[2], stride, padding)
        });
        check_rule(operands()[..2].to_vec(), |g, v| {
            g.conv(v[0], v[1], stride, padding)
        });
    }
}

#[test]
fn conv_of_each_channel_by_itself() {
    // (rows, columns, kernel side, stride, padding)
    let cases = [
        (5, 6, 1, 1, 0),
        (5, 6, 3, 1, 1),
        (6, 6, 3, 2, 1),
        (5, 7, 3, 2, 1),
        (6, 5, 5, 1, 2),
        (8, 7, 5, 2, 2),
        (7, 8, 4, 2, 0),
    ];
    for (rows, cols, k, stride, padding) in cases {
        let operands = vec![smooth("x", &[2, 3, rows, cols]), smooth("w", &[3, 1, k, k])];
        check_rule(operands, |g, v| g.conv(v[0], v[1], stride, padding));
    }
}

#[test]
fn conv_transpose() {
    // (rows, columns, kernel side, stride, padding, output padding)
    let cases = [
        (4, 5, 1, 1, 0, [0, 0]),
        (4, 5, 3, 1, 1, [0, 0]),
        (4, 5, 3, 2, 1, [0, 0]),
        (4, 5, 3, 2, 1, [1, 1]),
        (3, 4, 4, 2, 0, [1, 0]),
        (3, 4, 4, 2, 1, [0, 1]),
    ];
    for (rows, cols, k, stride, padding, output_padding) in cases {
        let operands = vec![smooth("x", &[2, 3, rows, cols]), smooth("w", &[3, 4, k, k])];
        check_rule(operands, |g, v| {
            g.conv_transpose(v[0], v[1], stride, padding, output_padding, false)
        });
    }
}

#[test]
fn scale_shift() {
    for shape in [&[2, 3, 4, 5][..], &[4, 3]] {
        let operands = vec![
            smooth("x", shape),
            smooth("scale", &[3]),
            smooth("shift", &[3]),
        ];
        check_rule(operands, |g, v| g.scale_shift(v[0], v[1], v[2]));
    }
}

#[test]
fn gemm() {
    for (trans_a, trans_b) in [(false, false), (false, true), (true, false), (true, true)] {
        let a = smooth("a", if trans_a { &[4, 3] } else { &[3, 4] });
        let b = smooth("b", if trans_b { &[5, 4] } else { &[4, 5] });
        check_rule(vec![a, b], |g, v| g.gemm(v[0], v[1], trans_a, trans_b));
    }
}

#[test]
fn upsample_nearest() {
    unary(smooth("x", &[2, 3, 2, 4]), |g, x| g.upsample_nearest(x, 2));
    unary(smooth("x", &[1, 2, 3, 2]), |g, x| g.upsample_nearest(x, 3));
}

#[test]
fn resize_linear() {
    for (rows, cols) in [(8, 10), (7, 5), (3, 4), (32, 1)] {
        unary(smooth("x", &[2, 2, 4, 5]), |g, x| {
            g.resize_linear(x, rows, cols)
        });
    }
}

#[test]
fn batch_norm() {
    let operands = vec![
        smooth("x", &[3, 2, 3, 4]),
        positive("gamma", &[2]),
        smooth("beta", &[2]),
    ];
    check_rule(operands, |g, v| g.batch_norm(v[0], v[1], v[2], 1e-5).0);
}

/// The batch's statistics are results of their own, and may be differentiated beside the normalised values.
#[test]
fn batch_norm_statistics() {
    let operands = vec![
        smooth("x", &[3, 2, 3, 4]),
        positive("gamma", &[2]),
        smooth("beta", &[2]),
    ];
    check_rule(operands, |g, v| {
        let (y, mean, variance) = g.batch_norm(v[0], v[1], v[2], 1e-5);
        let statistics = g.mul(mean, variance);
        let statistics = g.reshape(statistics, &[1, 2, 1, 1]);
        g.add(y, statistics)
    });
}

#[test]
fn cross_entropy() {
    check_rule(vec![smooth("logits", &[4, 5])], |g, v| {
        let raw = g.constant(
            &Operand::uniform("targets", &[4, 5], -2.0..2.0).data,
            &[4, 5],
        );
        let targets = g.softmax(raw);
        g.cross_entropy(v[0], targets)
    });
}

/// Targets may themselves be computed, such as a teacher's; the rows stay sums to 1.
#[test]
fn cross_entropy_of_computed_targets() {
    check_rule(
        vec![smooth("logits", &[4, 5]), smooth("teacher", &[4, 5])],
        |g, v| {
            let targets = g.softmax(v[1]);
            g.cross_entropy(v[0], targets)
        },
    );
}

/// Rows may count differently, and not at all.
#[test]
fn weighted_cross_entropy() {
    check_rule(
        vec![smooth("logits", &[4, 5]), smooth("teacher", &[4, 5])],
        |g, v| {
            let targets = g.softmax(v[1]);
            let weights = g.constant(&[2.0, 0.0, 1.0, 0.5], &[4, 1]);
            g.weighted_cross_entropy(v[0], targets, Some(weights))
        },
    );
}
