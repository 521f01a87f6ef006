use super::{BatchShape, finish_gradient, learned};
use crate::{
    error::Result,
    graph::Graph,
    nets::{Mode, Net, Scope, Weights},
};

/// Gradient graph of a classifier `net`: inputs `images [N, 3, H, W]`, soft `targets [N, classes]` and the net's vectors;
/// outputs `loss`, `logits`, `gradient`, `statistics`.
pub fn classifier_gradient(net: &dyn Net, batch: BatchShape, classes: usize) -> Result<Graph> {
    let mut graph = Graph::new();
    let images = graph.input("images", &batch.nchw());
    let targets = graph.input("targets", &[batch.images, classes]);
    let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Train);
    let logits = net.forward(&mut scope, images);
    let (parameters, statistics) = learned(&scope);
    let loss = graph.cross_entropy(logits, targets);
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
