//! Whole nets and whole training steps against directional finite differences, at small width.
//!
//! A step of a finite difference crosses kinks of the ReLUs, and then sees a slope that is nobody's derivative. So the
//! nets are put into a calm state first: the shifts of all batch norms are so large that each channel stays on one side
//! of its kink, two thirds of them on the open one. There each parameter tensor is moved by itself, so that a mistake
//! in a small one cannot hide behind the others, then all parameters together, then the images. Freshly initialised
//! nets, kinks and all, follow in `fresh_resnet18_step`.

mod common;

use common::{
    Operand, Scalar, Tolerance, batch_statistics, differentiate, rng, run, targets, vector,
};
use confounder_trainer::{
    graph::Graph,
    losses::{ConfounderInput, LossWeights, confounder_operand},
    nets::{
        CodeGenerator, Discriminator, Init, Mode, Net, ResNet18, ResidualGenerator, Scope, Spec,
        State, Weights,
    },
    step::{BatchShape, GeneratorStep, classifier_gradient, discriminator_gradient},
};
use rand::RngExt;

/// A whole net's parameters together: steps of which one balances curvature and rounding.
const WHOLE: Tolerance = Tolerance {
    steps: &[3e-4, 1e-3, 1e-4, 3e-5],
    relative: 5e-3,
    absolute: 1e-5,
};

/// One tensor by itself, whose share in the loss is small: longer steps, and more rounding in relation to it.
const TENSOR: Tolerance = Tolerance {
    steps: &[3e-3, 1e-2, 3e-2, 1e-3, 1e-4],
    relative: 0.02,
    absolute: 2e-5,
};

/// Bound of the residuals.
const EPSILON: f32 = 0.3;

fn specs(net: &dyn Net, input: &[usize]) -> Vec<Spec> {
    let mut graph = Graph::new();
    let x = graph.input("x", input);
    let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Train);
    net.forward(&mut scope, x);
    scope.parameters().to_vec()
}

/// A state in which no unit is near its kink on the images `x`; its statistics are those of that batch.
fn calm(net: &dyn Net, x: &Operand) -> State {
    let mut rng = rng("state");
    let mut state = State::init(net, &x.shape, &mut rng);
    let (mut start, mut after_scale) = (0, false);
    for spec in specs(net, &x.shape) {
        let len = spec.shape.iter().product::<usize>();
        for (channel, value) in state.parameters[start..start + len].iter_mut().enumerate() {
            let sign = if channel % 3 == 1 { -1.0 } else { 1.0 };
            match spec.init {
                Init::Constant(1.0) => *value = rng.random_range(0.4..0.5),
                Init::Constant(_) if after_scale => *value = sign * rng.random_range(2.5..3.0),
                Init::Constant(_) => *value = sign * rng.random_range(0.5..0.6),
                // Unsaturated logits.
                Init::FanInUniform => *value *= 0.5,
                _ => {}
            }
        }
        after_scale = spec.init == Init::Constant(1.0);
        start += len;
    }
    state.statistics = batch_statistics(net, &state, x);
    state
}

/// Images that differ from each other in their means, as photos do: the gradients of a net that pools its result
/// would be near zero otherwise.
fn images(name: &str, shape: &[usize]) -> Operand {
    let mut images = Operand::uniform(name, shape, -0.1..0.1);
    let levels = Operand::uniform(&format!("{name} levels"), &shape[..2], 0.2..0.8).data;
    let planes = images.data.chunks_mut(shape[2] * shape[3]);
    planes
        .zip(levels)
        .for_each(|(plane, level)| plane.iter_mut().for_each(|x| *x += level));
    images
}

/// Checks `gradient` of the flat vector that is operand `index`: all of it, and each tensor by itself. Returns how many
/// tensors' gradients stand clear of rounding.
fn check_vector(scalar: &mut Scalar, index: usize, gradient: &[f32], specs: &[Spec]) -> usize {
    assert!(
        scalar.check(index, 0..gradient.len(), gradient, 6, WHOLE),
        "the gradient is near zero"
    );
    let (mut start, mut clear) = (0, 0);
    for spec in specs {
        let end = start + spec.shape.iter().product::<usize>();
        clear += usize::from(scalar.check(index, start..end, &gradient[start..end], 2, TENSOR));
        start = end;
    }
    assert_eq!(start, gradient.len(), "the specs cover the vector");
    clear
}

/// Checks a net by itself: sum(w * net(x)) in its parameters and in x.
fn check_net(net: &dyn Net, input: &[usize]) {
    let x_data = images("x", input);
    let state = calm(net, &x_data);
    for mode in [Mode::Train, Mode::Evaluate] {
        let mut graph = Graph::new();
        let x = graph.input("x", input);
        let mut scope = Scope::new(&mut graph, Weights::Slots("net"), mode);
        let y = net.forward(&mut scope, x);
        let (specs, mut wrt) = (
            scope.parameters().to_vec(),
            scope.parameter_values().to_vec(),
        );
        wrt.push(x);
        let operands = vec![
            vector("net", &state.parameters),
            vector("net.statistics", &state.statistics),
            x_data.clone(),
        ];
        let (mut scalar, mut gradients) = differentiate(graph, y, &wrt, operands);
        let dx = gradients.pop().expect("the last is that of x");
        let clear = check_vector(&mut scalar, 0, &gradients.concat(), &specs);
        assert!(
            2 * clear >= specs.len(),
            "only {clear} of {} gradients are clear of rounding",
            specs.len()
        );
        scalar.check(2, 0..dx.len(), &dx, 4, TENSOR);
    }
}

/// Checks a step's `gradient` in `net` against finite differences of its own `loss`.
fn check_step(graph: &Graph, net: &dyn Net, state: &State, operands: Vec<Operand>) {
    let mut all = vec![
        vector("net", &state.parameters),
        vector("net.statistics", &state.statistics),
    ];
    let specs = specs(net, &operands[0].shape);
    all.extend(operands);
    let gradient = run(graph, &all)
        .take("gradient")
        .expect("the step has a gradient");
    let mut scalar = Scalar::new(graph, "loss", vec![1.0], all);
    assert_eq!(gradient.len(), state.parameters.len());
    check_vector(&mut scalar, 0, &gradient, &specs);
}

#[test]
fn resnet18() {
    check_net(
        &ResNet18 {
            width: 3,
            classes: 4,
            stem_stride: 1,
        },
        &[4, 3, 16, 16],
    );
    check_net(
        &ResNet18 {
            width: 2,
            classes: 3,
            stem_stride: 2,
        },
        &[4, 3, 32, 24],
    );
}

#[test]
fn residual_generator() {
    let net = ResidualGenerator {
        channels: [3, 4, 5],
        blocks: 2,
        epsilon: EPSILON,
    };
    check_net(&net, &[2, 3, 12, 16]);
}

#[test]
fn discriminator() {
    check_net(&Discriminator, &[4, 3, 32, 32]);
    check_net(&Discriminator, &[3, 3, 38, 31]);
}

fn code_generator() -> CodeGenerator {
    CodeGenerator {
        recogniser: ResNet18 {
            width: 2,
            classes: 4,
            stem_stride: 1,
        },
        grid: 4,
        temperature: 0.5,
        epsilon: EPSILON,
        // Some of it lies outside of its limits of 1, and all of it clear of them.
        bank: Operand::spaced("bank", &[4 * 2 * 4 * 4], 0.25).data,
    }
}

#[test]
fn code_generator_net() {
    check_net(&code_generator(), &[4, 3, 16, 16]);
}

#[test]
fn classifier_step() {
    let batch = BatchShape {
        images: 6,
        height: 16,
        width: 16,
    };
    let net = ResNet18 {
        width: 4,
        classes: 5,
        stem_stride: 1,
    };
    let graph = classifier_gradient(&net, batch, 5).expect("the step can be built");
    let x = images("images", &batch.nchw());
    let state = calm(&net, &x);
    check_step(&graph, &net, &state, vec![x, targets(6, 5)]);
}

/// The gradient of a whole, freshly initialised ResNet-18 step. Kinks spoil single directions by up to a tenth of the
/// gradient at the shortest step that rounding allows; over many directions they average out.
#[test]
fn fresh_resnet18_step() {
    let batch = BatchShape {
        images: 8,
        height: 32,
        width: 32,
    };
    let net = ResNet18 {
        width: 4,
        classes: 5,
        stem_stride: 1,
    };
    let graph = classifier_gradient(&net, batch, 5).expect("the step can be built");
    let state = State::init(&net, &batch.nchw(), &mut rng("fresh"));
    let operands = vec![
        vector("net", &state.parameters),
        vector("net.statistics", &state.statistics),
        images("images", &batch.nchw()),
        targets(8, 5),
    ];
    let gradient = run(&graph, &operands)
        .take("gradient")
        .expect("the step has a gradient");
    let mut scalar = Scalar::new(&graph, "loss", vec![1.0], operands);
    let mut rng = rng("directions");
    let (mut error, mut power) = (0.0, 0.0);
    for _ in 0..24 {
        let direction: Vec<f64> = gradient
            .iter()
            .map(|_| rng.random_range(-1.7..1.7))
            .collect();
        let (found, expected, _) = scalar.slopes(0, 0, &direction, 5e-5, &gradient);
        error += (found - expected).powi(2);
        power += expected.powi(2);
    }
    let relative = (error / power).sqrt();
    assert!(
        relative < 0.1,
        "finite differences are off by {relative:.4} of the gradient"
    );
}

#[test]
fn discriminator_step() {
    let batch = BatchShape {
        images: 3,
        height: 32,
        width: 32,
    };
    let graph = discriminator_gradient(batch).expect("the step can be built");
    let operands = vec![
        images("images", &batch.nchw()),
        images("protected", &batch.nchw()),
    ];
    let state = calm(&Discriminator, &operands[0]);
    check_step(&graph, &Discriminator, &state, operands);
}

/// Images of which a third is cut off below 0, a third above 1, and a third is clear of both.
fn half_cut_off(shape: &[usize]) -> Operand {
    let mut images = Operand::uniform("images", shape, -0.1..0.1);
    let levels = [-0.5, 0.5, 1.5].iter().cycle();
    images
        .data
        .iter_mut()
        .zip(levels)
        .for_each(|(x, level)| *x += level);
    images
}

/// Both nets as generators, with every term of the loss at work.
fn check_generator_step(confounder: ConfounderInput) {
    let batch = BatchShape {
        images: 4,
        height: 32,
        width: 32,
    };
    let images = half_cut_off(&batch.nchw());
    let surrogate = ResNet18 {
        width: 2,
        classes: 4,
        stem_stride: 1,
    };
    let judge = calm(&Discriminator, &images);
    let residual = ResidualGenerator {
        channels: [2, 3, 4],
        blocks: 1,
        epsilon: EPSILON,
    };
    let code = code_generator();
    for generator in [&residual as &dyn Net, &code] {
        let state = calm(generator, &images);
        let frozen = calm(&surrogate, &shown(generator, &state, &images, confounder));
        let step = GeneratorStep {
            generator,
            surrogate: (&surrogate, &frozen),
            epsilon: EPSILON,
            hinge_bound: 0.1,
            weights: LossWeights {
                alpha: 2.0,
                hinge: 0.1,
                adversarial: 1.5,
            },
            confounder,
        };
        let graph = step.gradient(batch, 4).expect("the step can be built");
        let operands = vec![
            images.clone(),
            targets(4, 4),
            vector("discriminator", &judge.parameters),
            vector("discriminator.statistics", &judge.statistics),
        ];
        check_step(&graph, generator, &state, operands);
    }
}

/// What the surrogate will be shown, so that it can be made calm there.
fn shown(generator: &dyn Net, state: &State, images: &Operand, input: ConfounderInput) -> Operand {
    let mut graph = Graph::new();
    let x = graph.input("images", &images.shape);
    let mut scope = Scope::new(&mut graph, Weights::Frozen(state), Mode::Train);
    let coarse = generator.forward(&mut scope, x);
    let residual = graph.resize_linear(coarse, images.shape[2], images.shape[3]);
    let shown = confounder_operand(&mut graph, input, x, residual, EPSILON);
    graph.output("shown", shown);
    let mut outputs = run(&graph, std::slice::from_ref(images));
    Operand::new(
        "shown",
        &images.shape,
        outputs.take("shown").expect("the output exists"),
    )
}

#[test]
fn generator_step_shown_the_residual() {
    check_generator_step(ConfounderInput::Paper);
}

#[test]
fn generator_step_shown_the_difference() {
    check_generator_step(ConfounderInput::Difference);
}
