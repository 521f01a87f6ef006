//! Calm states of nets: no unit is near its kink.
//!
//! A step of a finite difference crosses kinks of the ReLUs, and then sees a slope that is nobody's derivative. So the
//! shifts of all batch norms are made so large that each channel stays on one side of its kink, two thirds of them on
//! the open one. There each parameter tensor can be moved by itself, so that a mistake in a small one cannot hide behind
//! the others.

use confounder_trainer::{
    graph::Graph,
    nets::{CodeGenerator, Init, Mode, Net, ResNet18, Scope, Spec, State, Weights},
};
use rand::RngExt;

use super::{Operand, Scalar, Tolerance, batch_statistics, rng};

/// A whole net's parameters together: steps of which one balances curvature and rounding.
pub(crate) const WHOLE: Tolerance = Tolerance {
    steps: &[3e-4, 1e-3, 1e-4, 3e-5],
    relative: 5e-3,
    absolute: 1e-5,
};

/// One tensor by itself, whose share in the loss is small: longer steps, and more rounding in relation to it.
pub(crate) const TENSOR: Tolerance = Tolerance {
    steps: &[3e-3, 1e-2, 3e-2, 1e-3, 1e-4],
    relative: 0.02,
    absolute: 2e-5,
};

/// A net with max pooling, all its parameters together: some windows change their largest element within any step, so
/// that a difference mixes slopes. A wrong rule is off by far more.
pub(crate) const POOLED: Tolerance = Tolerance {
    steps: &[3e-4, 1e-3, 1e-4, 3e-5],
    relative: 0.05,
    absolute: 1e-5,
};

/// Bound of the residuals.
pub(crate) const EPSILON: f32 = 0.3;

pub(crate) fn specs(net: &dyn Net, input: &[usize]) -> Vec<Spec> {
    let mut graph = Graph::new();
    let x = graph.input("x", input);
    let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Train);
    net.forward(&mut scope, x);
    scope.parameters().to_vec()
}

/// A state in which no unit is near its kink on the images `x`; its statistics are those of that batch.
pub(crate) fn calm(net: &dyn Net, x: &Operand) -> State {
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
pub(crate) fn images(name: &str, shape: &[usize]) -> Operand {
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
pub(crate) fn check_vector(
    scalar: &mut Scalar,
    index: usize,
    gradient: &[f32],
    specs: &[Spec],
) -> usize {
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

pub(crate) fn code_generator() -> CodeGenerator {
    CodeGenerator {
        recogniser: ResNet18 {
            width: 2,
            classes: 4,
            stem_stride: 1,
        }
        .into(),
        grid: 4,
        temperature: 0.5,
        visibility: false,
        epsilon: EPSILON,
        // Some of it lies outside of its limits of 1, and all of it clear of them.
        bank: Operand::spaced("bank", &[4 * 2 * 4 * 4], 0.25).data,
    }
}
