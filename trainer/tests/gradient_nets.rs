//! Whole nets against directional finite differences, at small width, in a calm state (see `common/calm.rs`).

mod common;

use common::{
    Operand, Scalar,
    calm::{EPSILON, POOLED, TENSOR, calm, check_vector, code_generator, images},
    differentiate, vector,
};
use confounder_trainer::{
    graph::Graph,
    nets::{
        DenseNet121, Discriminator, EfficientNetLite, Mode, Net, ResNet18, ResNet50,
        ResidualGenerator, Scope, Spec, Vgg11, Weights,
    },
};

/// Images with more contrast: fewer windows of a pooling change their largest element within a step.
fn contrasted(input: &[usize]) -> Operand {
    let mut x = images("x", input);
    let noise = Operand::uniform("contrast", input, -0.6..0.6);
    let pairs = x.data.iter_mut().zip(noise.data);
    pairs.for_each(|(x, noise)| *x += noise);
    x
}

/// A net and its gradients in one mode.
struct Case {
    scalar: Scalar,
    gradient: Vec<f32>,
    specs: Vec<Spec>,
    dx: Vec<f32>,
}

fn case(net: &dyn Net, x_data: &Operand, mode: Mode) -> Case {
    let state = calm(net, x_data);
    let mut graph = Graph::new();
    let x = graph.input("x", &x_data.shape);
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
    let (scalar, mut gradients) = differentiate(graph, y, &wrt, operands);
    let dx = gradients.pop().expect("the last is that of x");
    Case {
        scalar,
        gradient: gradients.concat(),
        specs,
        dx,
    }
}

/// Checks a net by itself: sum(w * net(x)) in its parameters and in x.
fn check_net(net: &dyn Net, input: &[usize]) {
    let x = images("x", input);
    for mode in [Mode::Train, Mode::Evaluate] {
        let mut case = case(net, &x, mode);
        let clear = check_vector(&mut case.scalar, 0, &case.gradient, &case.specs);
        assert!(
            2 * clear >= case.specs.len(),
            "only {clear} of {} gradients are clear of rounding",
            case.specs.len()
        );
        case.scalar.check(2, 0..case.dx.len(), &case.dx, 4, TENSOR);
    }
}

/// The same for a net with max pooling, all parameters together. (Those of early layers get their gradients through the
/// operands of all later ones.)
fn check_pooled_net(net: &dyn Net, input: &[usize]) {
    let x = contrasted(input);
    for mode in [Mode::Train, Mode::Evaluate] {
        let mut case = case(net, &x, mode);
        let all = 0..case.gradient.len();
        assert!(case.scalar.check(0, all, &case.gradient, 6, POOLED));
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
fn resnet18_with_the_large_stem() {
    let net = ResNet18 {
        width: 2,
        classes: 3,
        stem_stride: 1,
    };
    check_pooled_net(&net, &[3, 3, 68, 66]);
}

#[test]
fn resnet50() {
    let net = ResNet50 {
        width: 3,
        classes: 3,
        stem_stride: 1,
    };
    check_net(&net, &[4, 3, 16, 16]);
}

#[test]
fn vgg11() {
    let net = Vgg11 {
        width: 3,
        classes: 4,
    };
    check_pooled_net(&net, &[4, 3, 32, 32]);
    // The last pooling has nothing left to pool.
    check_pooled_net(&net, &[4, 3, 18, 28]);
}

#[test]
fn densenet121() {
    let net = DenseNet121 {
        width: 4,
        classes: 3,
        stem_stride: 1,
    };
    check_net(&net, &[4, 3, 18, 16]);
}

#[test]
fn efficientnet_lite() {
    let net = EfficientNetLite {
        width: 4,
        classes: 3,
    };
    check_net(&net, &[4, 3, 64, 72]);
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
