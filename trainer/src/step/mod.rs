//! Training steps as graphs: a gradient graph (forward, loss, backward) per batch or part of one, and an update graph
//! (the optimiser) that averages the gradients of all parts.
//!
//! A network `NAME` is fed as two flat vectors, `NAME` (parameters) and `NAME.statistics`; a gradient graph gives
//! `gradient` (as long as the parameters) and `statistics` (the batch's own, as long as the running ones).

mod adam;
mod classifier;
mod denoiser;
mod discriminator;
mod generator;
mod noise;
mod sgd;

pub use adam::Adam;
pub use classifier::{classifier_gradient, classifier_logits, top_gradient, weighted_gradient};
pub use denoiser::denoiser_gradient;
pub use discriminator::discriminator_gradient;
pub use generator::{GeneratorStep, generator_residual};
pub use noise::noise_step;
pub use sgd::Sgd;

use crate::{
    error::Result,
    graph::{Graph, Value},
    nets::Scope,
    vjp,
};

/// Images per run and their extents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchShape {
    /// Images N.
    pub images: usize,
    /// Rows H.
    pub height: usize,
    /// Columns W.
    pub width: usize,
}

impl BatchShape {
    /// `[N, 3, H, W]`.
    pub fn nchw(&self) -> [usize; 4] {
        [self.images, 3, self.height, self.width]
    }
}

/// Names a step's gradient and batch statistics as outputs.
fn finish_gradient(
    graph: &mut Graph,
    loss: Value,
    parameters: &[Value],
    statistics: &[Value],
) -> Result<()> {
    let gradients = vjp::gradients(graph, loss, parameters)?;
    let gradient = join(graph, &gradients);
    graph.output("gradient", gradient);
    if !statistics.is_empty() {
        let statistics = join(graph, statistics);
        graph.output("statistics", statistics);
    }
    Ok(())
}

/// What a finished scope leaves for [`finish_gradient`].
fn learned(scope: &Scope<'_, '_>) -> (Vec<Value>, Vec<Value>) {
    (
        scope.parameter_values().to_vec(),
        scope.batch_statistics().to_vec(),
    )
}

/// All elements of all parts as one vector.
fn join(graph: &mut Graph, parts: &[Value]) -> Value {
    let flat: Vec<Value> = parts
        .iter()
        .map(|&v| graph.reshape(v, &[graph.elements(v)]))
        .collect();
    graph.concat(&flat, 0)
}

/// Mean of the inputs `NAME0 .. NAMEn`, each of `len` elements.
fn replica_mean(graph: &mut Graph, name: &str, replicas: usize, len: usize) -> Value {
    let mut sum = graph.input(&format!("{name}0"), &[len]);
    for i in 1..replicas {
        let next = graph.input(&format!("{name}{i}"), &[len]);
        sum = graph.add(sum, next);
    }
    if replicas == 1 {
        sum
    } else {
        graph.scale(sum, 1.0 / replicas as f32)
    }
}

/// Running statistics move a tenth of the way to the batch's.
const STATISTICS_MOMENTUM: f32 = 0.1;

fn update_statistics(graph: &mut Graph, replicas: usize, len: usize) {
    if len == 0 {
        return;
    }
    let running = graph.input("statistics", &[len]);
    let batch = replica_mean(graph, "batch_statistics", replicas, len);
    let kept = graph.scale(running, 1.0 - STATISTICS_MOMENTUM);
    let added = graph.scale(batch, STATISTICS_MOMENTUM);
    let next = graph.add(kept, added);
    graph.output("next_statistics", next);
}
