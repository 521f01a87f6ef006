//! The CPU engine: tract, in pure Rust.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use tract_core::prelude::*;

use super::run::{Engine, checked};
use crate::error::{Error, ErrorKind, Result};
use crate::generator::{Generator, InputShape, preflight};
use crate::graph::Graph;
use crate::network::{Network, Weights};
use crate::residual::Residual;

/// Optimised models kept for generators that take any size: the sizes of a phone's cameras, upright and across.
const KEPT_SIZES: usize = 4;

type Plan = Arc<TypedRunnableModel>;

/// Runs a generator by tract. Models are optimised once per input size and shared by all threads.
pub(crate) struct CpuEngine {
    /// Only needed where sizes vary.
    graph: Option<Graph>,
    generator: Generator,
    /// Most recently used last.
    plans: Mutex<Vec<((usize, usize), Plan)>>,
}

impl CpuEngine {
    /// Optimises the generator; one that takes any size is optimised when a size first comes.
    pub(crate) fn new(generator: &Generator) -> Result<Self> {
        let graph = generator.graph()?;
        let (graph, plans) = match generator.input_shape() {
            InputShape::Any => (Some(graph), Vec::new()),
            InputShape::Fixed { width, height } => (
                None,
                vec![((width, height), optimise(&graph, (width, height))?)],
            ),
        };
        Ok(Self {
            graph,
            generator: generator.clone(),
            plans: Mutex::new(plans),
        })
    }

    fn plan(&self, size: (usize, usize)) -> Result<Plan> {
        // A poisoned lock only means that another thread gave up; the list is always whole.
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = plans.iter().position(|(kept, _)| *kept == size) {
            let entry = plans.remove(at);
            let plan = Arc::clone(&entry.1);
            plans.push(entry);
            return Ok(plan);
        }
        let Some(graph) = &self.graph else {
            let message = format!(
                "the generator does not take an image of {} x {} px",
                size.0, size.1
            );
            return Err(Error::new(ErrorKind::Engine, message));
        };
        let plan = optimise(graph, size)?;
        if plans.len() == KEPT_SIZES {
            plans.remove(0);
        }
        plans.push((size, Arc::clone(&plan)));
        Ok(plan)
    }
}

impl Engine for CpuEngine {
    fn run(&self, image: &[f32], width: usize, height: usize) -> Result<Residual> {
        let plan = self.plan((width, height))?;
        let (width, height, planes) = guard("running", || {
            let image = Tensor::from_shape(&[1, 3, height, width], image)?;
            let outputs = plan.run(tvec!(image.into_tvalue()))?;
            let output = outputs
                .first()
                .map(|value| value.to_plain_array_view::<f32>())
                .transpose()?;
            Ok(output.map(|view| match *view.shape() {
                [1, 3, height, width] => (width, height, view.iter().copied().collect()),
                _ => (0, 0, Vec::new()),
            }))
        })?
        .unwrap_or_default();
        checked(&self.generator, width, height, planes)
    }
}

fn optimise(graph: &Graph, (width, height): (usize, usize)) -> Result<Plan> {
    preflight(graph, (width, height))?;
    guard("loading", || {
        let network = Network::of(graph, &[1, 3, height, width], Weights::Values)?;
        network.model.into_optimized()?.into_runnable()
    })
}

/// Errors of tract in our terms. A last defence: a panic inside tract becomes an error too; what it was working on is
/// dropped.
pub(crate) fn guard<T>(what: &str, work: impl FnOnce() -> TractResult<T>) -> Result<T> {
    let failed = || {
        Error::new(
            ErrorKind::Engine,
            format!("{what} the generator on the cpu engine failed"),
        )
    };
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(result) => result.map_err(|e| failed().with_source(e)),
        Err(_) => Err(failed()),
    }
}
