use super::{BatchShape, finish_gradient, learned};
use crate::{
    error::Result,
    graph::{Graph, Value},
    nets::{Mode, Net, Scope, State, Weights},
};

/// Gradient graph of a classifier `net`: inputs `images [N, 3, H, W]`, soft `targets [N, classes]` and the net's vectors;
/// outputs `loss`, `logits`, `gradient`, `statistics`.
pub fn classifier_gradient(net: &dyn Net, batch: BatchShape, classes: usize) -> Result<Graph> {
    let mut graph = Graph::new();
    let images = graph.input("images", &batch.nchw());
    gradient_from(graph, images, net, classes, false)
}

/// The same with `weights [N, 1]`, by which the loss at each image counts.
pub fn weighted_gradient(net: &dyn Net, batch: BatchShape, classes: usize) -> Result<Graph> {
    let mut graph = Graph::new();
    let images = graph.input("images", &batch.nchw());
    gradient_from(graph, images, net, classes, true)
}

/// The same for what stands behind a `trunk` that is not trained: `net` sees its result in place of images. The trunk's
/// weights are part of the graph.
pub fn top_gradient(
    (trunk, state): (&dyn Net, &State),
    net: &dyn Net,
    batch: BatchShape,
    classes: usize,
) -> Result<Graph> {
    let mut graph = Graph::new();
    let images = graph.input("images", &batch.nchw());
    let mut scope = Scope::new(&mut graph, Weights::Frozen(state), Mode::Evaluate);
    let seen = trunk.forward(&mut scope, images);
    gradient_from(graph, seen, net, classes, false)
}

fn gradient_from(
    mut graph: Graph,
    x: Value,
    net: &dyn Net,
    classes: usize,
    weighted: bool,
) -> Result<Graph> {
    let images = graph.shape(x)[0];
    let targets = graph.input("targets", &[images, classes]);
    let weights = weighted.then(|| graph.input("weights", &[images, 1]));
    let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Train);
    let logits = net.forward(&mut scope, x);
    let (parameters, statistics) = learned(&scope);
    let loss = graph.weighted_cross_entropy(logits, targets, weights);
    graph.output("loss", loss);
    graph.output("logits", logits);
    finish_gradient(&mut graph, loss, &parameters, &statistics)?;
    Ok(graph)
}

/// Inference graph of a classifier with running statistics: inputs `images` and the net's vectors; output `logits`.
pub fn classifier_logits(net: &dyn Net, batch: BatchShape) -> Graph {
    let mut graph = Graph::new();
    let images = graph.input("images", &batch.nchw());
    let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Evaluate);
    let logits = net.forward(&mut scope, images);
    graph.output("logits", logits);
    graph
}
