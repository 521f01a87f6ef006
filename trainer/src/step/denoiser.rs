use super::{BatchShape, finish_gradient, learned};
use crate::{
    error::Result,
    graph::Graph,
    nets::{Mode, Net, Scope, Weights},
};

/// Residuals are a few hundredths of the range; their squared errors are scaled up by this.
const SCALE: f32 = 100.0;

/// Gradient graph of a denoiser: inputs `images` (noisy) and `clean`, both `[N, 3, H, W]`, and the net's vectors; outputs
/// `loss` (mean squared error of the noise, times 10,000), `gradient`, `statistics`.
pub fn denoiser_gradient(net: &dyn Net, batch: BatchShape) -> Result<Graph> {
    let mut graph = Graph::new();
    let g = &mut graph;
    let noisy = g.input("images", &batch.nchw());
    let clean = g.input("clean", &batch.nchw());
    let mut scope = Scope::new(g, Weights::Slots("net"), Mode::Train);
    let found = net.forward(&mut scope, noisy);
    let (parameters, statistics) = learned(&scope);
    let added = g.sub(noisy, clean);
    let error = g.sub(found, added);
    let scaled = g.scale(error, SCALE);
    let squared = g.mul(scaled, scaled);
    let loss = g.mean_all(squared);
    g.output("loss", loss);
    finish_gradient(g, loss, &parameters, &statistics)?;
    Ok(graph)
}
