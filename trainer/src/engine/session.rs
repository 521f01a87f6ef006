use std::{
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ort::{
    memory::{AllocationDevice, AllocatorType, MemoryInfo, MemoryType},
    session::{Session as OrtSession, SessionInputValue, builder::GraphOptimizationLevel},
    value::{Tensor, TensorRef},
};

use super::Resident;
use crate::{
    error::{Error, Result},
    graph::{Graph, Lowering, ModelInfo},
    runtime::{self, Device, Precision},
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

/// A session, shared with the tensors that it allocated.
pub(super) type Shared = Arc<Mutex<OrtSession>>;

/// A graph that is ready to run on the process's device (see [`runtime::choose`]).
pub struct Session {
    inner: Shared,
    device: Device,
    inputs: Vec<String>,
    outputs: Vec<String>,
}

impl Session {
    /// Compiles `graph` for the process's device; on the CPU for `threads` threads. One thread a session, and several
    /// sessions side by side, is the fastest.
    ///
    /// # Errors
    /// [`Error::Runtime`] where ONNX Runtime cannot be had, [`Error::Ort`] where it refuses the graph, or where the
    /// device cannot run every node of it: none is moved to the CPU.
    pub fn new(graph: &Graph, threads: usize) -> Result<Self> {
        Self::of_graph(graph, threads, Precision::Training, None)
    }

    /// As [`Self::new`], for what must come out as on a phone: nothing is rounded to less than float32.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn exact(graph: &Graph, threads: usize) -> Result<Self> {
        Self::of_graph(graph, threads, Precision::Float32, None)
    }

    /// Compiles a serialised ONNX model, such as a generator file, for the CPU.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn from_bytes(model: &[u8], threads: usize) -> Result<Self> {
        Self::build(model, (Device::Cpu, Precision::Float32), threads, None)
    }

    /// As [`Self::new`], but nodes that the device lacks are run on the CPU. What each node took, and where it ran, is
    /// written to a file whose name starts with `profile`.
    pub(super) fn profiled(graph: &Graph, profile: &Path) -> Result<Self> {
        Self::of_graph(graph, 1, Precision::Training, Some(profile))
    }

    fn of_graph(
        graph: &Graph,
        threads: usize,
        precision: Precision,
        profile: Option<&Path>,
    ) -> Result<Self> {
        let device = runtime::device();
        Self::build(&step(graph, device), (device, precision), threads, profile)
    }

    fn build(
        model: &[u8],
        (device, precision): (Device, Precision),
        threads: usize,
        profile: Option<&Path>,
    ) -> Result<Self> {
        let environment = runtime::environment()?;
        let _turn = device.turn();
        let inner = build(environment, model, (device, precision), threads, profile)
            .map_err(|e| Error::Ort(device.explain(&e)))?;
        let inputs = inner.inputs().iter().map(|o| o.name().to_owned()).collect();
        let outputs = inner
            .outputs()
            .iter()
            .map(|o| o.name().to_owned())
            .collect();
        Ok(Self {
            inner: Arc::new(Mutex::new(inner)),
            device,
            inputs,
            outputs,
        })
    }

    fn lock(&self) -> MutexGuard<'_, OrtSession> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends profiling; returns the profile's file.
    pub(super) fn end_profiling(&mut self) -> Result<String> {
        self.lock()
            .end_profiling()
            .map_err(|e| Error::Ort(e.to_string()))
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
        let _turn = self.device.turn();
        let mut inner = self.lock();
        let results = inner.run(operands).map_err(|e| Error::Ort(e.to_string()))?;
        let mut outputs = Vec::with_capacity(self.outputs.len());
        for name in &self.outputs {
            let (_, data) = results[name.as_str()]
                .try_extract_tensor::<f32>()
                .map_err(|e| Error::Ort(format!("result {name}: {e}")))?;
            outputs.push((name.clone(), data.to_vec()));
        }
        Ok(Outputs(outputs))
    }

    /// Runs the graph on host data and on tensors that lie on its device. Results named in `keep` stay there, in that
    /// order. Operands that the graph has no input for are left out.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn run_with(
        &mut self,
        feeds: &[Feed<'_>],
        resident: &[(&str, &Resident)],
        keep: &[&str],
    ) -> Result<(Outputs, Vec<Resident>)> {
        self.bound(feeds, resident, keep)
            .map_err(|e| Error::Ort(e.to_string()))
    }

    fn bound(
        &mut self,
        feeds: &[Feed<'_>],
        resident: &[(&str, &Resident)],
        keep: &[&str],
    ) -> ort::Result<(Outputs, Vec<Resident>)> {
        let _turn = self.device.turn();
        let mut inner = self.lock();
        let mut binding = inner.create_binding()?;
        let wanted = |name: &str| self.inputs.iter().any(|n| n == name);
        for feed in feeds.iter().filter(|feed| wanted(feed.name)) {
            let tensor = Tensor::from_array((feed.shape.to_vec(), feed.data.to_vec()))?;
            binding.bind_input(feed.name, &tensor)?;
        }
        for (name, tensor) in resident.iter().filter(|(name, _)| wanted(name)) {
            binding.bind_input(*name, tensor.value())?;
        }
        let (there, here) = (memory(self.device)?, memory(Device::Cpu)?);
        for name in &self.outputs {
            let kept = keep.contains(&name.as_str());
            binding.bind_output_to_device(name, if kept { &there } else { &here })?;
        }
        let mut results = inner.run_binding(&binding)?;
        let mut outputs = Vec::new();
        for name in &self.outputs {
            if !keep.contains(&name.as_str()) {
                let (_, data) = results[name.as_str()].try_extract_tensor::<f32>()?;
                outputs.push((name.clone(), data.to_vec()));
            }
        }
        let kept = keep
            .iter()
            .map(|name| {
                let missing = || ort::Error::new(format!("no output {name}"));
                Resident::of(results.remove(name).ok_or_else(missing)?, &self.inner)
            })
            .collect::<ort::Result<_>>()?;
        Ok((Outputs(outputs), kept))
    }
}

/// The model in what operators the device has.
fn step(graph: &Graph, device: Device) -> Vec<u8> {
    graph.to_onnx(&ModelInfo {
        name: "step".into(),
        lowering: match device {
            Device::Cpu => &[],
            Device::WebGpu => &[Lowering::MaxByRelu],
            Device::Cuda => &[
                Lowering::LongProductsInParts,
                Lowering::LongRowsInParts,
                Lowering::SumsInTwoSteps,
                Lowering::WeightGradientsByPicture,
            ],
        },
        ..ModelInfo::default()
    })
}

/// Where tensors of a device lie.
fn memory(device: Device) -> ort::Result<MemoryInfo<'static>> {
    let at = match device {
        Device::Cpu => AllocationDevice::CPU,
        Device::WebGpu => AllocationDevice::WEBGPU_BUFFER,
        Device::Cuda => AllocationDevice::CUDA,
    };
    MemoryInfo::new(at, 0, AllocatorType::Device, MemoryType::Default)
}

fn build(
    environment: &ort::environment::Environment,
    model: &[u8],
    (device, precision): (Device, Precision),
    threads: usize,
    profile: Option<&Path>,
) -> ort::Result<OrtSession> {
    let mut builder = OrtSession::builder(environment)?
        .with_optimization_level(GraphOptimizationLevel::All)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        // Static shapes make the memory pattern needless; without it a step needs 40 % less memory at the same speed.
        .with_memory_pattern(false)?
        // On a GPU it would rule out most of the fast algorithms.
        .with_deterministic_compute(device == Device::Cpu)?;
    if device == Device::Cuda {
        // It would cut the vector of all weights by one Split, for which CUDA's provider makes a table of one entry for
        // each weight, on the host, in every run (100 ms for ResNet-18).
        builder = builder.with_config_entry(
            "optimization.disable_specified_optimizers",
            "GatherSliceToSplitFusion",
        )?;
    }
    if let Some(provider) = device.provider(precision) {
        builder = builder.with_execution_providers([provider])?;
    }
    builder = match profile {
        Some(path) => builder.with_profiling(path)?,
        None if device == Device::Cpu => builder,
        None => builder.with_disable_cpu_fallback()?,
    };
    builder.commit_from_memory(model)
}
