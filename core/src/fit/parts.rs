//! Running a part of a generator, on the CPU.

use std::sync::Arc;

use tract_core::prelude::*;

use crate::engine::guard;
use crate::error::Result;
use crate::graph::Graph;
use crate::network::{Network, Weights};
use crate::onnx::ModelProto;

/// A part of a generator, ready to run. Several threads may share one.
pub(super) struct Part {
    plan: Arc<TypedRunnableModel>,
    shape: Vec<usize>,
}

impl Part {
    /// Of a model whose input has the shape given.
    pub(super) fn new(model: &ModelProto, shape: &[usize]) -> Result<Self> {
        let graph = Graph::read(model)?;
        let plan = guard("loading", || {
            let network = Network::of(&graph, shape, Weights::Values)?;
            network.model.into_optimized()?.into_runnable()
        })?;
        Ok(Self {
            plan,
            shape: shape.to_vec(),
        })
    }

    /// What it makes of these numbers.
    pub(super) fn run(&self, numbers: &[f32]) -> Result<Vec<f32>> {
        guard("running", || {
            let input = Tensor::from_shape(&self.shape, numbers)?;
            let outputs = self.plan.run(tvec!(input.into_tvalue()))?;
            let first = outputs.first().map(|value| {
                let view = value.to_plain_array_view::<f32>()?;
                TractResult::Ok(view.iter().copied().collect())
            });
            first.transpose().map(Option::unwrap_or_default)
        })
    }
}
