//! Optimisers against a float64 reference, folded and exported graphs against the trained ones, and what is written of
//! a graph.

mod common;

use std::collections::HashSet;

use common::{Operand, jittered, rng, run, vector};
use confounder_trainer::{
    graph::{Graph, ModelInfo},
    nets::{
        CodeGenerator, Discriminator, Mode, Net, ResNet18, ResidualGenerator, Scope, State, Weights,
    },
    step::{Adam, BatchShape, Sgd, classifier_gradient, generator_residual},
};
use rand::RngExt;

const LEN: usize = 50;
const STEPS: u64 = 6;

/// What an optimiser carries, by the names of its graph's inputs.
type Vectors = Vec<(&'static str, Vec<f64>)>;

/// Runs an update graph for some steps on the random gradients of two replicas beside `reference`, which gets the
/// vectors, the mean gradient and the step, and compares all vectors after each step.
fn follow(
    graph: &Graph,
    mut vectors: Vectors,
    rate_of: impl Fn(f32, u64) -> f32,
    reference: impl Fn(&mut Vectors, &[f64], f64, u64),
) {
    let mut rng = rng("gradients");
    let mut random = |range: std::ops::Range<f32>| -> Vec<f32> {
        (0..LEN).map(|_| rng.random_range(range.clone())).collect()
    };
    let to_f32 = |v: &[f64]| -> Vec<f32> { v.iter().map(|&x| x as f32).collect() };
    let mut fed: Vec<Operand> = vectors.iter().map(|(n, v)| vector(n, &to_f32(v))).collect();
    for step in 1..=STEPS {
        let rate = 0.03 / step as f32;
        let gradients = [random(-1.0..1.0), random(-3.0..3.0)];
        let statistics = [random(0.0..1.0), random(0.0..1.0)];
        let mut operands = fed.clone();
        operands.push(Operand::new("rate", &[1], vec![rate_of(rate, step)]));
        for i in 0..2 {
            operands.push(vector(&format!("gradient{i}"), &gradients[i]));
            operands.push(vector(&format!("batch_statistics{i}"), &statistics[i]));
        }
        let mut outputs = run(graph, &operands);

        let mean = |v: &[Vec<f32>; 2]| -> Vec<f64> {
            v[0].iter()
                .zip(&v[1])
                .map(|(&a, &b)| f64::midpoint(a.into(), b.into()))
                .collect()
        };
        reference(&mut vectors, &mean(&gradients), rate.into(), step);
        let running = vectors
            .iter_mut()
            .find(|(n, _)| *n == "statistics")
            .expect("statistics");
        running
            .1
            .iter_mut()
            .zip(mean(&statistics))
            .for_each(|(r, s)| *r = 0.9 * *r + 0.1 * s);
        for ((name, expected), fed) in vectors.iter().zip(&mut fed) {
            fed.data = outputs
                .take(&format!("next_{name}"))
                .expect("the graph gives each vector");
            assert_eq!(fed.data.len(), expected.len());
            for (&a, &b) in fed.data.iter().zip(expected) {
                assert!(
                    (f64::from(a) - b).abs() <= 1e-6 * b.abs().max(1.0),
                    "{name}, step {step}: {a}, {b}"
                );
            }
        }
    }
}

fn vectors(moments: &[&'static str]) -> Vectors {
    let weights = Operand::uniform("parameters", &[LEN], -1.0..1.0).data;
    let mut all = vec![(
        "parameters",
        weights.iter().map(|&x| f64::from(x)).collect(),
    )];
    all.extend(moments.iter().map(|&m| (m, vec![0.0; LEN])));
    all.push(("statistics", vec![0.25; LEN]));
    all
}

/// Sutskever et al. 2013 in the form that all frameworks use: v = m v + g; w -= rate (g + m v).
#[test]
fn sgd_follows_its_definition() {
    let graph = Sgd {
        momentum: 0.9,
        weight_decay: 0.05,
    }
    .graph(LEN, LEN, 2);
    let reference = |vectors: &mut Vectors, gradient: &[f64], rate: f64, _| {
        for (i, &g) in gradient.iter().enumerate() {
            let g = g + 0.05 * vectors[0].1[i];
            let v = 0.9 * vectors[1].1[i] + g;
            vectors[1].1[i] = v;
            vectors[0].1[i] -= rate * (g + 0.9 * v);
        }
    };
    follow(&graph, vectors(&["moment0"]), |rate, _| rate, reference);
}

/// Algorithm 1 of Kingma and Ba 2015, with the moments corrected one by one.
#[test]
fn adam_follows_its_definition() {
    let adam = Adam::default();
    let reference = |vectors: &mut Vectors, gradient: &[f64], rate: f64, step: u64| {
        let correction = |beta: f64| 1.0 - beta.powi(step as i32);
        for (i, &g) in gradient.iter().enumerate() {
            let m = 0.9 * vectors[1].1[i] + 0.1 * g;
            let v = 0.999 * vectors[2].1[i] + 0.001 * g * g;
            (vectors[1].1[i], vectors[2].1[i]) = (m, v);
            let (m, v) = (m / correction(0.9), v / correction(0.999));
            vectors[0].1[i] -= rate * m / (v.sqrt() + 1e-8);
        }
    };
    let rate = |rate, step| adam.corrected_rate(rate, step);
    follow(
        &adam.graph(LEN, LEN, 2),
        vectors(&["moment0", "moment1"]),
        rate,
        reference,
    );
}

fn resnet() -> ResNet18 {
    ResNet18 {
        width: 4,
        classes: 4,
        stem_stride: 1,
    }
}

fn residual_generator() -> ResidualGenerator {
    ResidualGenerator {
        channels: [4, 6, 8],
        blocks: 2,
        epsilon: 0.1,
    }
}

/// A generator of recipe `code` whose bank reaches beyond its limits.
fn code_generator() -> CodeGenerator {
    CodeGenerator {
        recogniser: resnet().into(),
        grid: 3,
        temperature: 0.5,
        visibility: false,
        epsilon: 0.1,
        bank: Operand::uniform("bank", &[4 * 2 * 3 * 3], -1.5..1.5).data,
    }
}

/// The same, weaker where its residual would be seen first.
fn modulated() -> CodeGenerator {
    CodeGenerator {
        visibility: true,
        ..code_generator()
    }
}

/// The result of `net` in [`Mode::Evaluate`] on `x`.
fn evaluate(net: &dyn Net, state: &State, x: &Operand, frozen: bool) -> Vec<f32> {
    let mut graph = Graph::new();
    let image = graph.input(&x.name, &x.shape);
    let weights = if frozen {
        Weights::Frozen(state)
    } else {
        Weights::Slots("net")
    };
    let mut scope = Scope::new(&mut graph, weights, Mode::Evaluate);
    let y = net.forward(&mut scope, image);
    graph.output("y", y);
    let operands = [
        x.clone(),
        vector("net", &state.parameters),
        vector("net.statistics", &state.statistics),
    ];
    run(&graph, &operands).take("y").expect("the output exists")
}

#[test]
fn folding_batch_norm_into_convolutions_changes_nothing() {
    let x = Operand::uniform("image", &[3, 3, 32, 32], 0.0..1.0);
    let nets: [&dyn Net; 4] = [
        &resnet(),
        &residual_generator(),
        &Discriminator,
        &code_generator(),
    ];
    for net in nets {
        let state = jittered(net, &x);
        let (plain, folded) = (
            evaluate(net, &state, &x, false),
            evaluate(net, &state, &x, true),
        );
        let size = plain.iter().fold(0f32, |m, y| m.max(y.abs()));
        let worst = plain
            .iter()
            .zip(&folded)
            .fold(0f32, |m, (a, b)| m.max((a - b).abs()));
        assert!(
            size > 1e-3 && worst <= 1e-4 * size,
            "off by {worst:e} of {size:e}"
        );

        // The statistics matter: those of another batch give another result.
        let mut other = state.clone();
        other.statistics.iter_mut().for_each(|s| *s += 0.1);
        let moved = evaluate(net, &other, &x, true);
        let change = plain
            .iter()
            .zip(&moved)
            .fold(0f32, |m, (a, b)| m.max((a - b).abs()));
        assert!(change > 1e-3 * size, "changed by {change:e} of {size:e}");
    }
}

#[test]
fn residuals_stay_within_epsilon() {
    let batch = BatchShape {
        images: 4,
        height: 32,
        width: 32,
    };
    let mut images = Operand::uniform("image", &batch.nchw(), 0.0..1.0);
    images.data[..2000].iter_mut().for_each(|x| *x = x.round());
    // The last convolution has 3 x 4 x 3 x 3 + 3 parameters; the dense layer and the bank together 4 x 32 + 4 + 72.
    let nets: [(&dyn Net, usize); 3] = [
        (&residual_generator(), 111),
        (&code_generator(), 204),
        (&modulated(), 204),
    ];
    for (net, last) in nets {
        for enlarged in [1.0, 1000.0] {
            let mut state = jittered(net, &images);
            let start = state.parameters.len() - last;
            state.parameters[start..]
                .iter_mut()
                .for_each(|p| *p *= enlarged);
            let graph = generator_residual(net, &state, batch);
            let residual = run(&graph, std::slice::from_ref(&images)).take("residual");
            let residual = residual.expect("the graph gives a residual");
            assert!(residual.iter().all(|r| r.is_finite()));
            let most = residual.iter().fold(0f32, |m, r| m.max(r.abs()));
            // A code's probabilities sum to 1 only to within rounding.
            assert!(most <= 0.1 * (1.0 + 1e-6), "residual of {most}");
            let least = if enlarged > 1.0 { 0.0999 } else { 1e-3 };
            assert!(most > least, "residual of only {most}");
        }
    }
}

/// Every node and constant of the file is needed by an output, and nothing is defined twice.
fn assert_lean(graph: &Graph) {
    let model = graph
        .to_proto(&ModelInfo::default())
        .graph
        .expect("a model has a graph");
    let mut used: HashSet<&str> = model.output.iter().map(|o| o.name.as_str()).collect();
    let mut defined = HashSet::new();
    for node in model.node.iter().rev() {
        assert!(
            defined.insert(&node.output[0]),
            "{} is defined twice",
            node.output[0]
        );
        assert!(
            used.contains(node.output[0].as_str()),
            "{} is dead",
            node.name
        );
        used.extend(node.input.iter().map(String::as_str));
    }
    for name in model
        .initializer
        .iter()
        .map(|t| &t.name)
        .chain(model.input.iter().map(|i| &i.name))
    {
        assert!(defined.insert(name), "{name} is defined twice");
        assert!(used.contains(name.as_str()), "{name} is dead");
    }
}

#[test]
fn what_no_output_needs_is_not_written() {
    let mut graph = Graph::new();
    let (x, unused) = (graph.input("x", &[2, 3]), graph.input("unused", &[3]));
    let (weights, dead) = (graph.slot("net", 0, &[3]), graph.slot("dead", 0, &[3]));
    graph.slot("net", 3, &[4]);
    let product = graph.mul(x, weights);
    let idle = graph.clip(product, -1.0, 1.0);
    let idle = graph.scale(idle, 3.0);
    graph.sub(idle, unused);
    graph.exp(dead);
    let y = graph.relu(product);
    graph.output("y", y);
    assert_lean(&graph);
    let model = graph
        .to_proto(&ModelInfo::default())
        .graph
        .expect("a model has a graph");
    let kinds: Vec<&str> = model.node.iter().map(|n| n.op_type.as_str()).collect();
    assert_eq!(kinds, ["Slice", "Reshape", "Mul", "Relu", "Identity"]);
    let inputs: Vec<&str> = model.input.iter().map(|i| i.name.as_str()).collect();
    assert_eq!(inputs, ["x", "net"]);

    // The whole vector is fed, though its end is not used.
    let x = Operand::new("x", &[2, 3], vec![1.0, -2.0, 3.0, 4.0, 5.0, -6.0]);
    let weights = vector("net", &[1.0, 2.0, -1.0, 9.0, 9.0, 9.0, 9.0]);
    let y = run(&graph, &[x, weights])
        .take("y")
        .expect("the output exists");
    assert_eq!(y, [1.0, 0.0, 0.0, 4.0, 10.0, 6.0]);
}

#[test]
fn step_and_export_graphs_hold_nothing_dead() {
    let batch = BatchShape {
        images: 2,
        height: 16,
        width: 16,
    };
    assert_lean(&classifier_gradient(&resnet(), batch, 4).expect("the step can be built"));
    assert_lean(&Adam::default().graph(10, 4, 2));
    for net in [
        &residual_generator() as &dyn Net,
        &code_generator(),
        &modulated(),
    ] {
        let state = State::init(net, &batch.nchw(), &mut rng("net"));
        let graph = generator_residual(net, &state, batch);
        assert_lean(&graph);
        let model = graph
            .to_proto(&ModelInfo::default())
            .graph
            .expect("a model has a graph");
        let inputs: Vec<&str> = model.input.iter().map(|i| i.name.as_str()).collect();
        assert_eq!(inputs, ["image"]);
        assert!(model.node.iter().all(|n| n.op_type != "BatchNormalization"));
    }
}
