//! Whole training steps against directional finite differences, at small width: calm nets (see `common/calm.rs`) tensor by
//! tensor, and a freshly initialised ResNet-18, kinks and all, as a whole.

mod common;

use common::{
    Operand, Scalar, Tolerance,
    calm::{EPSILON, calm, check_vector, code_generator, images, specs},
    rng, run, targets, vector,
};
use confounder_trainer::{
    graph::Graph,
    losses::{ConfounderInput, LossWeights, confounder_operand},
    nets::{Discriminator, Mode, Net, ResNet18, ResidualGenerator, Scope, State, Weights},
    step::{BatchShape, GeneratorStep, classifier_gradient, discriminator_gradient},
};
use rand::RngExt;

/// A whole net's parameters, seen through another net that is not calm.
const THROUGH_KINKS: Tolerance = Tolerance {
    steps: &[3e-4, 1e-3, 1e-4],
    relative: 0.05,
    absolute: 2e-5,
};

const ALL_TERMS: LossWeights = LossWeights {
    alpha: 2.0,
    hinge: 0.1,
    adversarial: 1.5,
};

/// A calm discriminator hardly tells images apart, as its batch norms take the mean away: its term is checked by
/// itself, with a fresh one.
const ADVERSARIAL: LossWeights = LossWeights {
    alpha: 0.0,
    hinge: 0.0,
    adversarial: 1.0,
};

/// A step's `loss` as a function of its operands, the first of which is `net`, and its `gradient`.
fn step_of(graph: &Graph, state: &State, operands: Vec<Operand>) -> (Scalar, Vec<f32>) {
    let mut all = vec![
        vector("net", &state.parameters),
        vector("net.statistics", &state.statistics),
    ];
    all.extend(operands);
    let gradient = run(graph, &all)
        .take("gradient")
        .expect("the step has a gradient");
    assert_eq!(gradient.len(), state.parameters.len());
    (Scalar::new(graph, "loss", vec![1.0], all), gradient)
}

/// Checks a step's `gradient` in `net` against finite differences of its own `loss`.
fn check_step(graph: &Graph, net: &dyn Net, state: &State, operands: Vec<Operand>) {
    let specs = specs(net, &operands[0].shape);
    let (mut scalar, gradient) = step_of(graph, state, operands);
    check_vector(&mut scalar, 0, &gradient, &specs);
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

/// Images that are partly cut off below 0, partly above 1, each in its own pattern; the rest is clear of both limits.
fn half_cut_off(shape: &[usize]) -> Operand {
    let mut images = images("images", shape);
    let plane = shape[2] * shape[3];
    for (j, x) in images.data.iter_mut().enumerate() {
        let (image, pixel) = (j / (3 * plane), j % plane);
        *x = 0.5 + 0.35 * (*x - 0.5);
        *x += match (pixel / 5) % (4 + image) {
            0 => -1.0,
            1 => 1.0,
            _ => 0.0,
        };
    }
    images
}

/// Both nets as generators.
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
    let fresh_judge = State::init(&Discriminator, &batch.nchw(), &mut rng("fresh"));
    let residual = ResidualGenerator {
        channels: [2, 3, 4],
        blocks: 1,
        epsilon: EPSILON,
    };
    let code = code_generator();
    let generators = [&residual as &dyn Net, &code];
    for (generator, (judge, weights)) in generators
        .iter()
        .flat_map(|&g| [(g, (&judge, ALL_TERMS)), (g, (&fresh_judge, ADVERSARIAL))])
    {
        let state = calm(generator, &images);
        let frozen = calm(&surrogate, &shown(generator, &state, &images, confounder));
        let step = GeneratorStep {
            generator,
            surrogate: (&surrogate, &frozen),
            epsilon: EPSILON,
            hinge_bound: 0.1,
            weights,
            confounder,
        };
        let graph = step.gradient(batch, 4).expect("the step can be built");
        let operands = vec![
            images.clone(),
            targets(4, 4),
            vector("discriminator", &judge.parameters),
            vector("discriminator.statistics", &judge.statistics),
        ];
        if weights == ADVERSARIAL {
            let (mut scalar, gradient) = step_of(&graph, &state, operands);
            let clear = scalar.check(0, 0..gradient.len(), &gradient, 6, THROUGH_KINKS);
            assert!(clear, "the gradient is near zero");
        } else {
            check_step(&graph, generator, &state, operands);
        }
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
