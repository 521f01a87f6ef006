//! The gradient rules of single operators against directional finite differences; layers are in `gradient_layers.rs`.

mod common;

use common::{Operand, check_rule, differentiate, run};
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

/// Where the derivative jumps, the rules take the side that lets training go on.
#[test]
fn kinks() {
    let x = Operand::new("x", &[5], vec![-2.0, -1.0, 0.0, 1.0, 2.0]);
    let slope = |f: fn(&mut Graph, Value) -> Value| {
        let mut graph = Graph::new();
        let value = graph.input("x", &[5]);
        let y = f(&mut graph, value);
        let (_, gradients) = differentiate(graph, y, &[value], vec![x.clone()]);
        let weights = Operand::uniform("weights", &[5], -1.0..1.0).data;
        let slopes = gradients[0].iter().zip(&weights).map(|(g, w)| g / w);
        slopes.collect::<Vec<f32>>()
    };
    assert_eq!(
        slope(|g, x| g.clip(x, -1.0, 1.0)),
        [0.0, 1.0, 1.0, 1.0, 0.0]
    );
    assert_eq!(slope(|g, x| g.max(x, x)), [1.0; 5]);
    assert_eq!(slope(Graph::relu), [0.0, 0.0, 0.0, 1.0, 1.0]);
}

#[test]
fn softmax() {
    unary(smooth("x", &[4, 5]), Graph::softmax);
    unary(smooth("x", &[2, 3, 4]), Graph::softmax);
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
    unary(smooth("x", &[2, 7, 9]), |g, x| {
        g.slices(x, &[1, 2], &[1, 0], &[3, 4], &[2, 2])
    });
    unary(smooth("x", &[8]), |g, x| g.slice(x, 0, 1, 2, 3));
}

#[test]
fn pooling() {
    // Distinct elements: no two of a window are within a step of each other.
    let distinct = |name: &str, shape: &[usize]| {
        let n: usize = shape.iter().product();
        let data = (0..n).map(|i| 0.1 + (i * 37 % n) as f32 * 0.05).collect();
        Operand::new(name, shape, data)
    };
    unary(distinct("x", &[2, 3, 6, 8]), |g, x| g.max_pool(x, 2, 2, 0));
    unary(distinct("x", &[2, 2, 7, 9]), |g, x| g.max_pool(x, 3, 2, 1));
    unary(smooth("x", &[2, 3, 6, 8]), |g, x| g.average_pool(x, 2));
    unary(smooth("x", &[2, 3, 7, 5]), |g, x| g.average_pool(x, 2));
}

#[test]
fn pooling_gives_the_windows_largest_and_mean() {
    let x = Operand::new("x", &[1, 1, 3, 4], (0..12).map(|i| i as f32).collect());
    let mut graph = Graph::new();
    let v = graph.input("x", &x.shape);
    let largest = graph.max_pool(v, 3, 2, 1);
    let mean = graph.average_pool(v, 2);
    graph.output("largest", largest);
    graph.output("mean", mean);
    let mut outputs = run(&graph, &[x]);
    assert_eq!(
        outputs.take("largest").expect("output"),
        [5.0, 7.0, 9.0, 11.0]
    );
    assert_eq!(outputs.take("mean").expect("output"), [2.5, 4.5]);
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
fn stop_gradient_gives_zero_and_passes_its_operand() {
    let x = smooth("x", &[3, 4]);
    let mut graph = Graph::new();
    let value = graph.input("x", &[3, 4]);
    let y = graph.stop_gradient(value);
    graph.output("passed", y);
    let mut passed = run(&graph, std::slice::from_ref(&x));
    assert_eq!(passed.take("passed").expect("the output exists"), x.data);
    let (_, gradients) = differentiate(graph, y, &[value], vec![x.clone()]);
    assert_eq!(gradients[0], vec![0.0; 12]);
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
        (graph.slice(x, 0, 5, 6, -1), "Slice"),
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
