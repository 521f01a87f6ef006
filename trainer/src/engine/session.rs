use ort::{
    session::{Session as OrtSession, SessionInputValue, builder::GraphOptimizationLevel},
    value::TensorRef,
};

use crate::{
    error::{Error, Result},
    graph::{Graph, ModelInfo},
    runtime,
};

/// One named operand of a run: row-major float32 data and its extents.
#[derive(Debug, Clone, Copy)]
pub struct Feed<'a> {
    /// Name of the graph's input.
    pub name: &'a str,
    /// Extents.
    pub shape: &'a [usize],
    /// Elements, row-major.
    pub data: &'a [f32],
}

impl<'a> Feed<'a> {
    /// An operand of its parts.
    pub fn new(name: &'a str, shape: &'a [usize], data: &'a [f32]) -> Self {
        Self { name, shape, data }
    }
}

/// The results of a run, by the names of the graph's outputs.
#[derive(Debug, Default)]
pub struct Outputs(Vec<(String, Vec<f32>)>);

impl Outputs {
    /// Takes a result out.
    pub fn take(&mut self, name: &str) -> Result<Vec<f32>> {
        let found = self.0.iter_mut().find(|(n, _)| n == name);
        found
            .map(|(_, data)| std::mem::take(data))
            .ok_or_else(|| Error::Graph(format!("no output {name}")))
    }

    /// The first element of a result.
    pub fn scalar(&self, name: &str) -> Result<f32> {
        let found = self
            .0
            .iter()
            .find(|(n, _)| n == name)
            .and_then(|(_, data)| data.first());
        found
            .copied()
            .ok_or_else(|| Error::Graph(format!("no output {name}")))
    }
}

/// A graph that is ready to run on the CPU.
pub struct Session {
    inner: OrtSession,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Session {
    /// Compiles `graph` for `threads` threads. One thread a session, and several sessions side by side, is the fastest.
    ///
    /// # Errors
    /// [`Error::Runtime`] where ONNX Runtime cannot be had, [`Error::Ort`] where it refuses the graph.
    pub fn new(graph: &Graph, threads: usize) -> Result<Self> {
        Self::from_bytes(
            &graph.to_onnx(&ModelInfo {
                name: "step".into(),
                metadata: vec![],
            }),
            threads,
        )
    }

    /// Compiles a serialised ONNX model, such as a generator file.
    pub fn from_bytes(model: &[u8], threads: usize) -> Result<Self> {
        let environment = runtime::environment()?;
        let inner = build(environment, model, threads).map_err(|e| Error::Ort(e.to_string()))?;
        let inputs = inner.inputs().iter().map(|o| o.name().to_owned()).collect();
        let outputs = inner
            .outputs()
            .iter()
            .map(|o| o.name().to_owned())
            .collect();
        Ok(Self {
            inner,
            inputs,
            outputs,
        })
    }

    /// Runs the graph. Feeds that the graph has no input for are left out, so that one list can serve several graphs.
    ///
    /// # Errors
    /// [`Error::Ort`] for a missing operand, wrong extents, or a failure inside ONNX Runtime.
    pub fn run(&mut self, feeds: &[Feed<'_>]) -> Result<Outputs> {
        let mut operands: Vec<(String, SessionInputValue<'_>)> = Vec::with_capacity(feeds.len());
        for feed in feeds
            .iter()
            .filter(|feed| self.inputs.iter().any(|n| n == feed.name))
        {
            let tensor = TensorRef::from_array_view((feed.shape.to_vec(), feed.data))
                .map_err(|e| Error::Ort(format!("operand {}: {e}", feed.name)))?;
            operands.push((feed.name.to_owned(), tensor.into()));
        }
        let results = self
            .inner
            .run(operands)
            .map_err(|e| Error::Ort(e.to_string()))?;
        let mut outputs = Vec::with_capacity(self.outputs.len());
        for name in &self.outputs {
            let (_, data) = results[name.as_str()]
                .try_extract_tensor::<f32>()
                .map_err(|e| Error::Ort(format!("result {name}: {e}")))?;
            outputs.push((name.clone(), data.to_vec()));
        }
        Ok(Outputs(outputs))
    }
}

fn build(
    environment: &ort::environment::Environment,
    model: &[u8],
    threads: usize,
) -> ort::Result<OrtSession> {
    OrtSession::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        // Static shapes make the memory pattern needless; without it a step needs 40 % less memory at the same speed.
        .with_memory_pattern(false)?
        .with_deterministic_compute(true)?
        .commit_from_memory(model)
}
