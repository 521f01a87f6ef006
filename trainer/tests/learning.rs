//! Nets learn: the loss falls, replicas average, and a restored run goes on as if it had never stopped.

mod common;

use common::{Operand, feeds, jittered, rng, run, targets, vector};
use confounder_trainer::{
    engine::{Feed, Learner, Optimiser},
    graph::{Graph, Value},
    losses::{ConfounderInput, LossWeights},
    nets::{
        Architecture, Classifier, CodeGenerator, Discriminator, Init, Net, ResNet18,
        ResidualGenerator, Scope, State,
    },
    step::{Adam, BatchShape, GeneratorStep, Sgd, classifier_gradient, discriminator_gradient},
};

const SGD: Optimiser = Optimiser::Sgd(Sgd {
    momentum: 0.9,
    weight_decay: 5e-4,
});

fn adam() -> Optimiser {
    Optimiser::Adam(Adam::default())
}

fn batch(images: usize, side: usize) -> BatchShape {
    BatchShape {
        images,
        height: side,
        width: side,
    }
}

fn resnet() -> ResNet18 {
    ResNet18 {
        width: 4,
        classes: 4,
        stem_stride: 1,
    }
}

fn noise(batch: BatchShape) -> Operand {
    Operand::uniform("images", &batch.nchw(), 0.0..1.0)
}

/// Rows of 0.9 at `i % classes`, the rest shared by the others.
fn labels(images: usize, classes: usize) -> Operand {
    let rest = 0.1 / (classes - 1) as f32;
    let row = |i: usize| (0..classes).map(move |c| if c == i % classes { 0.9 } else { rest });
    Operand::new(
        "targets",
        &[images, classes],
        (0..images).flat_map(row).collect(),
    )
}

/// The losses before each of 20 steps on one batch.
fn losses(learner: &mut Learner, operands: &[Operand], rate: f32) -> Vec<f32> {
    let mut one = || {
        let results = learner
            .step(&[feeds(operands)], rate)
            .expect("the step runs");
        results[0].scalar("loss").expect("the step has a loss")
    };
    (0..20).map(|_| one()).collect()
}

fn assert_falls(name: &str, losses: &[f32], share: f32) {
    assert!(losses.iter().all(|x| x.is_finite()), "{name}: {losses:?}");
    let last = losses.last().expect("losses of some steps");
    assert!(*last < share * losses[0], "{name}: {losses:?}");
}

#[test]
fn a_classifier_learns_its_batch() {
    let batch = batch(16, 16);
    let graph = classifier_gradient(&resnet(), batch, 4).expect("the step can be built");
    let state = State::init(&resnet(), &batch.nchw(), &mut rng("net"));
    let mut learner = Learner::new(&graph, 1, SGD, state).expect("the step is valid");
    let losses = losses(&mut learner, &[noise(batch), labels(16, 4)], 0.05);
    // The targets' own entropy is 0.435.
    assert_falls("classifier", &losses, 0.6);
    assert_eq!(learner.run().expect("the state can be read").step, 20);
}

#[test]
fn every_architecture_learns_its_batch() {
    let nets = [&Architecture::ALL[..], &[Architecture::EfficientnetLite]].concat();
    for net in nets {
        for (side, images) in [(16, 16), (66, 8)] {
            let batch = batch(images, side);
            let net = Classifier {
                net,
                width: 4,
                classes: 4,
                stem_stride: 1,
            };
            let graph = classifier_gradient(&net, batch, 4).expect("the step can be built");
            let state = State::init(&net, &batch.nchw(), &mut rng("net"));
            let mut learner = Learner::new(&graph, 1, SGD, state).expect("the step is valid");
            let losses = losses(&mut learner, &[noise(batch), labels(images, 4)], 0.02);
            assert_falls(net.net.name(), &losses, 0.75);
        }
    }
}

#[test]
fn a_discriminator_learns_to_tell_two_batches_apart() {
    let batch = batch(8, 32);
    let graph = discriminator_gradient(batch).expect("the step can be built");
    let state = State::init(&Discriminator, &batch.nchw(), &mut rng("judge"));
    let mut learner = Learner::new(&graph, 1, adam(), state).expect("the step is valid");
    let images = noise(batch);
    let mut protected = images.clone();
    protected.name = "protected".into();
    protected
        .data
        .iter_mut()
        .enumerate()
        .for_each(|(i, x)| *x += 0.1 * (i % 2) as f32);
    assert_falls(
        "discriminator",
        &losses(&mut learner, &[images, protected], 3e-3),
        0.5,
    );
}

fn generators() -> [(&'static str, Box<dyn Net>); 2] {
    let residual = ResidualGenerator {
        channels: [4, 6, 8],
        blocks: 1,
        epsilon: 0.2,
    };
    let code = CodeGenerator {
        recogniser: resnet().into(),
        grid: 4,
        temperature: 0.5,
        visibility: false,
        epsilon: 0.2,
        bank: Operand::uniform("bank", &[4 * 2 * 4 * 4], -1.0..1.0).data,
    };
    [("residual", Box::new(residual)), ("code", Box::new(code))]
}

/// G and D in turns, as in Algorithm 1: each part of G's loss that can only fall does, and D is fed what G made.
#[test]
fn generators_learn_beside_a_discriminator() {
    let batch = batch(8, 32);
    let surrogate = resnet();
    // A sure one: its last layer, 32 features to 4 classes, is enlarged.
    let mut frozen = jittered(&surrogate, &noise(batch));
    let dense = frozen.parameters.len() - 4 * 32 - 4;
    frozen.parameters[dense..]
        .iter_mut()
        .for_each(|w| *w *= 5.0);
    for (name, generator) in generators() {
        let step = GeneratorStep {
            generator: &*generator,
            surrogate: (&surrogate, &frozen),
            epsilon: 0.2,
            hinge_bound: 4.0,
            weights: LossWeights::default(),
            confounder: ConfounderInput::Difference,
        };
        let graph = step.gradient(batch, 4).expect("the step can be built");
        let state = State::init(&*generator, &batch.nchw(), &mut rng("net"));
        let mut g = Learner::new(&graph, 1, adam(), state).expect("the step is valid");
        let judge = discriminator_gradient(batch).expect("the step can be built");
        let state = State::init(&Discriminator, &batch.nchw(), &mut rng("judge"));
        let mut d = Learner::new(&judge, 1, adam(), state).expect("the step is valid");
        let (images, targets) = (noise(batch), labels(8, 4));
        let (mut taught, mut judged) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let operands = [
                images.clone(),
                targets.clone(),
                vector(
                    "discriminator",
                    &d.state().expect("the state can be read").parameters,
                ),
                vector(
                    "discriminator.statistics",
                    &d.state().expect("the state can be read").statistics,
                ),
            ];
            let mut results = g.step(&[feeds(&operands)], 1e-2).expect("the step runs");
            let terms = ["confounder", "hinge"].map(|term| results[0].scalar(term).expect(term));
            taught.push(terms.iter().sum());
            let data = results[0]
                .take("protected")
                .expect("the step gives protected images");
            let protected = Operand::new("protected", &batch.nchw(), data);
            let results = d.step(&[feeds(&[images.clone(), protected])], 1e-3);
            judged.push(
                results.expect("the step runs")[0]
                    .scalar("loss")
                    .expect("loss"),
            );
        }
        assert_falls(name, &taught, 0.8);
        assert_falls("discriminator", &judged, 0.95);
    }
}

/// A net without batch norm, whose gradient on a batch is the mean of those on its halves.
struct Plain;

impl Net for Plain {
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let x = scope.conv_bias(x, [5, 3, 2, 1], Init::FanInUniform);
        let x = scope.graph.relu(x);
        let x = scope.graph.mean(x, &[2, 3], false);
        scope.dense(x, 4)
    }
}

/// Operands `images` and `targets` in two halves.
fn halves(images: &Operand, targets: &Operand) -> Vec<[Operand; 2]> {
    let half = |o: &Operand, i: usize| {
        let mut shape = o.shape.clone();
        shape[0] /= 2;
        let len = o.data.len() / 2;
        Operand::new(&o.name, &shape, o.data[i * len..][..len].to_vec())
    };
    (0..2)
        .map(|i| [half(images, i), half(targets, i)])
        .collect()
}

/// Gradient and statistics of `net` at `state`, as the gradient graph gives them.
fn gradient(graph: &Graph, state: &State, operands: &[Operand]) -> [Vec<f32>; 2] {
    let mut all = operands.to_vec();
    all.push(vector("net", &state.parameters));
    let mut outputs = run(graph, &all);
    let statistics = outputs.take("statistics").unwrap_or_default();
    [
        outputs.take("gradient").expect("the step has a gradient"),
        statistics,
    ]
}

fn assert_close(name: &str, found: &[f32], expected: &[f64], relative: f64) {
    assert_eq!(found.len(), expected.len(), "{name}");
    let scale = expected.iter().map(|x| x.abs()).fold(0.0, f64::max);
    for (i, (&a, &b)) in found.iter().zip(expected).enumerate() {
        let error = (f64::from(a) - b).abs();
        assert!(
            error <= relative * scale,
            "{name}[{i}]: {a} against {b}, scale {scale:.3e}"
        );
    }
}

/// Plain descent at rate 1 moves the parameters by exactly the gradient: that of two replicas is the mean of two runs.
#[test]
fn two_replicas_apply_the_mean_of_their_gradients() {
    let (images, targets) = (noise(batch(8, 16)), targets(8, 4));
    let halves = halves(&images, &targets);
    let parts: Vec<Vec<Feed<'_>>> = halves.iter().map(|half| feeds(half)).collect();
    let descent = Optimiser::Sgd(Sgd {
        momentum: 0.0,
        weight_decay: 0.0,
    });
    for (net, mixes) in [(&Plain as &dyn Net, false), (&resnet(), true)] {
        let state = State::init(net, &images.shape, &mut rng("net"));
        let graph = classifier_gradient(net, batch(4, 16), 4).expect("the step can be built");
        let mut learner =
            Learner::new(&graph, 2, descent, state.clone()).expect("the step is valid");
        learner.step(&parts, 1.0).expect("the step runs");

        let [a, b] = [0, 1].map(|i| gradient(&graph, &state, &halves[i]));
        let mean = |i: usize| {
            a[i].iter()
                .zip(&b[i])
                .map(|(&a, &b)| f64::midpoint(a.into(), b.into()))
        };
        let moved: Vec<f64> = state
            .parameters
            .iter()
            .zip(mean(0))
            .map(|(&p, g)| f64::from(p) - g)
            .collect();
        let now = learner.state().expect("the state can be read");
        assert_close("parameters", &now.parameters, &moved, 3e-7);
        let kept: Vec<f64> = state
            .statistics
            .iter()
            .zip(mean(1))
            .map(|(&s, m)| 0.9 * f64::from(s) + 0.1 * m)
            .collect();
        assert_close("statistics", &now.statistics, &kept, 3e-7);

        // Without batch norm the halves do not interact, and the mean is the whole batch's gradient.
        let whole = classifier_gradient(net, batch(8, 16), 4).expect("the step can be built");
        let [whole, _] = gradient(&whole, &state, &[images.clone(), targets.clone()]);
        let mean: Vec<f64> = mean(0).collect();
        if mixes {
            let differ = whole
                .iter()
                .zip(&mean)
                .any(|(&w, m)| (f64::from(w) - m).abs() > 1e-3);
            assert!(differ, "batch norm sees the whole batch");
        } else {
            assert_close("whole batch", &whole, &mean, 1e-5);
        }
    }
}

#[test]
fn as_many_parts_as_replicas_are_wanted() {
    let graph = classifier_gradient(&Plain, batch(4, 16), 4).expect("the step can be built");
    let state = State::init(&Plain, &batch(4, 16).nchw(), &mut rng("net"));
    let mut learner = Learner::new(&graph, 2, SGD, state.clone()).expect("the step is valid");
    let halves = halves(&noise(batch(8, 16)), &targets(8, 4));
    let part = feeds(&halves[0]);
    for parts in [vec![part.clone()], vec![part; 3]] {
        let error = learner
            .step(&parts, 0.1)
            .expect_err("the number of parts is wrong")
            .to_string();
        assert!(error.contains("for 2 replicas"), "{error}");
    }
    let run = learner.run().expect("the state can be read");
    assert_eq!((run.step, &run.state), (0, &state));
}

#[test]
fn parts_in_turn_give_what_replicas_give() {
    let halves = halves(&noise(batch(8, 16)), &targets(8, 4));
    let parts: Vec<Vec<Feed<'_>>> = halves.iter().map(|half| feeds(half)).collect();
    let graph = classifier_gradient(&resnet(), batch(4, 16), 4).expect("the step can be built");
    let state = || State::init(&resnet(), &batch(4, 16).nchw(), &mut rng("net"));
    let replicas = Learner::new(&graph, 2, SGD, state());
    let in_turn = Learner::in_turn(&graph, 2, SGD, state());
    let [side_by_side, one_by_one] = [replicas, in_turn].map(|learner| {
        let mut learner = learner.expect("the step is valid");
        for _ in 0..3 {
            let outputs = learner.step(&parts, 0.1).expect("the step runs");
            assert_eq!(outputs.len(), 2);
        }
        learner.state().expect("the state can be read").clone()
    });
    assert_eq!(side_by_side, one_by_one);
}

#[test]
fn a_restored_run_goes_on_bit_for_bit() {
    let halves = halves(&noise(batch(8, 16)), &targets(8, 4));
    let parts: Vec<Vec<Feed<'_>>> = halves.iter().map(|half| feeds(half)).collect();
    let graph = classifier_gradient(&resnet(), batch(4, 16), 4).expect("the step can be built");
    for optimiser in [SGD, adam()] {
        let fresh = || {
            let state = State::init(&resnet(), &batch(4, 16).nchw(), &mut rng("net"));
            Learner::new(&graph, 2, optimiser, state).expect("the step is valid")
        };
        let steps = |learner: &mut Learner, n: usize| {
            (0..n).for_each(|_| drop(learner.step(&parts, 1e-2).expect("the step runs")));
        };
        let run = |learner: &Learner| learner.run().expect("the state can be read").clone();
        let mut through = fresh();
        steps(&mut through, 3);
        let kept = run(&through);
        steps(&mut through, 4);

        let mut again = fresh();
        again.restore(kept.clone()).expect("the state is whole");
        steps(&mut again, 4);
        assert_eq!(run(&through), run(&again));
        assert_eq!(run(&again).step, 7);

        // Neither the moments nor the number of the step are idle.
        let mut amnesic = fresh();
        let mut lost = kept.clone();
        lost.moments.iter_mut().for_each(|m| m.fill(0.0));
        amnesic.restore(lost).expect("the state is whole");
        steps(&mut amnesic, 4);
        assert_ne!(
            run(&through).state.parameters,
            run(&amnesic).state.parameters
        );
    }
}
