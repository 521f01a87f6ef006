//! Whole nets against directional finite differences, at small width, in a calm state (see `common/calm.rs`).

mod common;

use common::{
    calm::{EPSILON, TENSOR, calm, check_vector, code_generator, images},
    differentiate, vector,
};
use confounder_trainer::{
    graph::Graph,
    nets::{Discriminator, Mode, Net, ResNet18, ResidualGenerator, Scope, Weights},
};

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

#[test]
fn code_generator_net() {
    check_net(&code_generator(), &[4, 3, 16, 16]);
}
