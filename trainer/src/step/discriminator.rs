use super::{BatchShape, finish_gradient, learned};
use crate::{
    error::Result,
    graph::Graph,
    losses::discriminator_loss,
    nets::{Discriminator, Mode, Net, Scope, Weights},
};

/// Gradient graph of D (Eq. 2): inputs `images`, `protected` (both `[N, 3, H, W]`) and D's vectors; outputs `loss`,
/// `gradient`, `statistics`. Both halves pass D in one batch, so that batch norm sees the mixture.
pub fn discriminator_gradient(batch: BatchShape) -> Result<Graph> {
    let mut graph = Graph::new();
    let images = graph.input("images", &batch.nchw());
    let protected = graph.input("protected", &batch.nchw());
    let both = graph.concat(&[images, protected], 0);
    let mut scope = Scope::new(&mut graph, Weights::Slots("net"), Mode::Train);
    let logits = Discriminator.forward(&mut scope, both);
    let (parameters, statistics) = learned(&scope);
    let natural = graph.slice(logits, 0, 0, batch.images, 1);
    let protected = graph.slice(logits, 0, batch.images, batch.images, 1);
    let loss = discriminator_loss(&mut graph, natural, protected);
    graph.output("loss", loss);
    finish_gradient(&mut graph, loss, &parameters, &statistics)?;
    Ok(graph)
}
