//! Every operator's gradient rule against directional finite differences.

mod common;

use common::{Operand, check_rule, differentiate};
use confounder_trainer::{
    graph::{Graph, Value},
    vjp,
};

fn smooth(name: &str, shape: &[usize]) -> Operand {
    Operand::uniform(name, shape, -1.5..1.5)
}

fn positive(name: &str, shape: &[usize]) -> Operand {
    Operand::uniform(name, shape, 0.5..2.0)
}

fn unary(x: Operand, f: impl FnOnce(&mut Graph, Value) -> Value) {
    check_rule(vec![x], |g, v| f(g, v[0]));
}

type Binary = fn(&mut Graph, Value, Value) -> Value;

/// Equal extents, an operand that is broadcast on the left, on the right, on both sides, and a scalar.
fn binary(f: Binary, a: impl Fn(&[usize]) -> Operand, b: impl Fn(&[usize]) -> Operand) {
    let pairs: [(&[usize], &[usize]); 5] = [
        (&[2, 3, 4], &[2, 3, 4]),
        (&[3, 1], &[2, 3, 4]),
        (&[2, 3, 4], &[4]),
        (&[2, 1, 4], &[1, 3, 1]),
        (&[2, 3], &[]),
    ];
    for (left, right) in pairs {
        check_rule(vec![a(left), b(right)], |g, v| f(g, v[0], v[1]));
    }
}

#[test]
fn add() {
    binary(Graph::add, |s| smooth("a", s), |s| smooth("b", s));
}

#[test]
fn sub() {
    binary(Graph::sub, |s| smooth("a", s), |s| smooth("b", s));
}

#[test]
fn mul() {
    binary(Graph::mul, |s| smooth("a", s), |s| smooth("b", s));
}

#[test]
fn div() {
    binary(Graph::div, |s| smooth("a", s), |s| positive("b", s));
}

#[test]
fn max() {
    binary(
        Graph::max,
        |s| Operand::spaced("a", s, 0.25),
        |s| Operand::spaced("b", s, 0.0),
    );
}

#[test]
fn neg() {
    unary(smooth("x", &[3, 4]), Graph::neg);
}

#[test]
fn exp() {
    unary(smooth("x", &[3, 4]), Graph::exp);
}

#[test]
fn log() {
    unary(positive("x", &[3, 4]), Graph::log);
}

#[test]
fn sqrt() {
    unary(positive("x", &[3, 4]), Graph::sqrt);
}

#[test]
fn tanh() {
    unary(smooth("x", &[3, 4]), Graph::tanh);
}

#[test]
fn softplus() {
    unary(smooth("x", &[3, 4]), Graph::softplus);
}

#[test]
fn sigmoid() {
    unary(smooth("x", &[3, 4]), Graph::sigmoid);
}

#[test]
fn relu() {
    unary(Operand::spaced("x", &[5, 8], 0.25), Graph::relu);
}

#[test]
fn leaky_relu() {
    unary(Operand::spaced("x", &[5, 8], 0.25), |g, x| {
        g.leaky_relu(x, 0.2)
    });
}

#[test]
fn clip() {
    unary(Operand::spaced("x", &[5, 8], 0.25), |g, x| {
        g.clip(x, -0.5, 1.0)
    });
}

#[test]
fn softmax() {
    unary(smooth("x", &[4, 5]), Graph::softmax);
    unary(smooth("x", &[2, 3, 4]), Graph::softmax);
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
            g.conv_transpose(v[0], v[1], stride, padding, output_padding)
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
fn reduce_sum() {
    for (axes, keep) in [
        (&[0, 2][..], false),
        (&[0, 2], true),
        (&[1], false),
        (&[0, 1, 2], false),
    ] {
        unary(smooth("x", &[2, 3, 4]), |g, x| g.sum(x, axes, keep));
    }
}

#[test]
fn reduce_mean() {
    for (axes, keep) in [
        (&[0, 2][..], false),
        (&[0, 2], true),
        (&[1], false),
        (&[0, 1, 2], true),
    ] {
        unary(smooth("x", &[2, 3, 4]), |g, x| g.mean(x, axes, keep));
    }
    unary(smooth("x", &[2, 3, 4]), Graph::mean_all);
}

#[test]
fn reshape() {
    unary(smooth("x", &[2, 3, 4]), |g, x| g.reshape(x, &[4, 6]));
}

#[test]
fn transpose() {
    unary(smooth("x", &[2, 3, 4]), |g, x| g.transpose(x, &[2, 0, 1]));
}

#[test]
fn slice() {
    unary(smooth("x", &[4, 5]), |g, x| g.slice(x, 1, 2, 2, 1));
    unary(smooth("x", &[4, 5, 3]), |g, x| {
        g.slices(x, &[2, 0], &[1, 0], &[2, 3], &[1, 1])
    });
}

#[test]
fn pad() {
    unary(smooth("x", &[3, 4]), |g, x| g.pad(x, &[1, 0], &[2, 3]));
}

#[test]
fn concat() {
    let parts: Vec<Operand> = (1..=3)
        .map(|i| smooth(&format!("part{i}"), &[2, i, 3]))
        .collect();
    check_rule(parts, |g, v| g.concat(v, 1));
    let many: Vec<Operand> = (0..19)
        .map(|i| smooth(&format!("part{i}"), &[1 + i % 3]))
        .collect();
    check_rule(many, |g, v| g.concat(v, 0));
}

#[test]
fn expand() {
    unary(smooth("x", &[3, 1]), |g, x| g.expand(x, &[2, 3, 4]));
    unary(smooth("x", &[]), |g, x| g.expand(x, &[2, 3]));
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

#[test]
fn stop_gradient_gives_zero_and_passes_its_operand() {
    let x = smooth("x", &[3, 4]);
    let mut graph = Graph::new();
    let value = graph.input("x", &[3, 4]);
    let y = graph.stop_gradient(value);
    graph.output("passed", y);
    let (mut scalar, gradients) = differentiate(graph, y, &[value], vec![x.clone()]);
    assert_eq!(gradients[0], vec![0.0; 12]);
    assert_eq!(
        scalar.run().take("passed").expect("the output exists"),
        x.data
    );
    // Only the other path of x * stop(x) counts.
    let mut graph = Graph::new();
    let value = graph.input("x", &[3, 4]);
    let stopped = graph.stop_gradient(value);
    let y = graph.mul(value, stopped);
    let (_, gradients) = differentiate(graph, y, &[value], vec![x.clone()]);
    let weights = Operand::uniform("weights", &[3, 4], -1.0..1.0).data;
    let expected: Vec<f32> = weights.iter().zip(&x.data).map(|(w, x)| w * x).collect();
    assert_eq!(gradients[0], expected);
}

#[test]
fn contributions_of_several_uses_add_up() {
    unary(smooth("x", &[3, 4]), |g, x| {
        let square = g.mul(x, x);
        let bent = g.tanh(square);
        let cube = g.mul(square, x);
        g.sub(cube, bent)
    });
}

#[test]
fn what_the_loss_does_not_depend_on_gets_zeros() {
    let mut graph = Graph::new();
    let (x, other) = (graph.input("x", &[2]), graph.input("other", &[3, 2]));
    let y = graph.exp(x);
    let operands = vec![smooth("x", &[2]), smooth("other", &[3, 2])];
    let (_, gradients) = differentiate(graph, y, &[x, other], operands);
    assert_eq!(gradients[1], vec![0.0; 6]);
    assert!(gradients[0].iter().all(|&g| g != 0.0));
}

#[test]
fn an_operator_without_a_rule_is_an_error() {
    let mut graph = Graph::new();
    let x = graph.input("x", &[6]);
    for (y, op) in [
        (graph.step(x), "HardSigmoid"),
        (graph.slice(x, 0, 0, 3, 2), "Slice"),
    ] {
        let loss = graph.mean_all(y);
        let error = vjp::gradients(&mut graph, loss, &[x])
            .expect_err("there is no rule")
            .to_string();
        assert!(
            error.contains(op) && error.contains("no gradient rule"),
            "{error}"
        );
    }
}
