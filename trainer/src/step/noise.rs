use super::BatchShape;
use crate::{
    error::Result,
    graph::{Graph, Value},
    nets::{Mode, Net, Scope, Weights},
    vjp,
};

/// One step of projected gradient descent on the noise itself, towards a smaller loss (Huang et al. 2021, Eq. 3) or, by a
/// negative `step`, towards a larger one (Madry et al. 2018, section 2.1): inputs
/// `images [N, 3, H, W]`, `noise` of the same extents, `targets [N, classes]` and the net's vectors, which stay as they
/// are; outputs `loss` and `next_noise`, within ±`epsilon` and such that images plus noise stay within 0..1.
pub fn noise_step(
    net: &dyn Net,
    batch: BatchShape,
    classes: usize,
    epsilon: f32,
    step: f32,
) -> Result<Graph> {
    let mut graph = Graph::new();
    let g = &mut graph;
    let images = g.input("images", &batch.nchw());
    let noise = g.input("noise", &batch.nchw());
    let targets = g.input("targets", &[batch.images, classes]);
    let noisy = g.add(images, noise);
    let mut scope = Scope::new(g, Weights::Slots("net"), Mode::Evaluate);
    let logits = net.forward(&mut scope, noisy);
    let loss = g.cross_entropy(logits, targets);
    g.output("loss", loss);
    let gradient = vjp::gradients(g, loss, &[noise])?[0];
    let sign = sign(g, gradient);
    let change = g.scale(sign, step);
    let moved = g.sub(noise, change);
    let bounded = g.clip(moved, -epsilon, epsilon);
    let sum = g.add(images, bounded);
    let legal = g.clip(sum, 0.0, 1.0);
    let next = g.sub(legal, images);
    g.output("next_noise", next);
    Ok(graph)
}

/// -1, 0 or 1.
fn sign(g: &mut Graph, x: Value) -> Value {
    let minus = g.neg(x);
    let (above, below) = (g.step(x), g.step(minus));
    g.sub(above, below)
}
