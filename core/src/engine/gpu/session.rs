//! A generator on an open GPU.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::cache::Cache;
use super::device::Device;
use super::failure::{Failure, FailureKind};
use super::kernel::Kernel;
use super::loaded::Loaded;
use super::lower::lower;
use super::program::Pass;
use crate::onnx::ModelProto;

/// Programs kept for generators that take any size, as on the CPU.
const KEPT_SIZES: usize = 4;

/// Compiles what a generator needs, keeps it, and runs it. Several threads may share it; one runs at a time.
pub(super) struct Session {
    pub(super) device: Device,
    pub(super) half: bool,
    model: Arc<ModelProto>,
    workgroup: u32,
    cache: Cache,
    pipelines: Mutex<HashMap<Key, Arc<wgpu::ComputePipeline>>>,
    modules: Mutex<HashMap<Kernel, Arc<wgpu::ShaderModule>>>,
    /// Most recently used last.
    programs: Mutex<Vec<Arc<Loaded>>>,
}

/// A kernel and the bits of its constants.
type Key = (Kernel, Vec<(&'static str, u64)>);

impl Session {
    pub(super) fn new(device: Device, model: Arc<ModelProto>, half: bool, cache: Cache) -> Self {
        let workgroup = device.workgroup();
        Self {
            device,
            half,
            model,
            workgroup,
            cache,
            pipelines: Mutex::default(),
            modules: Mutex::default(),
            programs: Mutex::default(),
        }
    }

    /// The same device with another precision.
    pub(super) fn with_precision(self, half: bool) -> Self {
        Self {
            half,
            pipelines: Mutex::default(),
            modules: Mutex::default(),
            programs: Mutex::default(),
            ..self
        }
    }

    pub(super) fn workgroup(&self) -> u32 {
        self.workgroup
    }

    /// The program for one size of image, compiled when that first comes. `stop` ends compiling early.
    pub(super) fn program(
        &self,
        size: (usize, usize),
        stop: &dyn Fn() -> bool,
    ) -> Result<Arc<Loaded>, Failure> {
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = programs.iter().position(|kept| kept.image() == size) {
            let kept = programs.remove(at);
            programs.push(Arc::clone(&kept));
            return Ok(kept);
        }
        let program = lower(&self.model, size)
            .map_err(|unsupported| Failure::new(FailureKind::Unsupported, unsupported.0))?;
        let loaded = Arc::new(Loaded::new(self, program, stop)?);
        if programs.len() == KEPT_SIZES {
            programs.remove(0);
        }
        programs.push(Arc::clone(&loaded));
        Ok(loaded)
    }

    /// Runs the generator: the residual's width, height and planes. `stop` ends it early.
    pub(super) fn run(
        &self,
        image: &[f32],
        size: (usize, usize),
        stop: &dyn Fn() -> bool,
    ) -> Result<(usize, usize, Vec<f32>), Failure> {
        let loaded = self.program(size, stop)?;
        let planes = loaded.run(&self.device, image, stop)?;
        let (width, height) = loaded.residual();
        Ok((width, height, planes))
    }

    /// The pipeline of a pass; passes of one kind share it.
    pub(super) fn pipeline(
        &self,
        pass: &Pass,
        layout: &wgpu::PipelineLayout,
    ) -> Result<Arc<wgpu::ComputePipeline>, Failure> {
        let bits = pass
            .constants
            .iter()
            .map(|(name, value)| (*name, value.to_bits()));
        let key: Key = (pass.kernel, bits.collect());
        let mut pipelines = self
            .pipelines
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(pipeline) = pipelines.get(&key) {
            return Ok(Arc::clone(pipeline));
        }
        let module = self.module(pass.kernel)?;
        let mut constants = pass.constants.clone();
        constants.push(("WORKGROUP", f64::from(self.workgroup)));
        let descriptor = wgpu::ComputePipelineDescriptor {
            label: Some(pass.kernel.name()),
            layout: Some(layout),
            module: &module,
            entry_point: Some("main"),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &constants,
                zero_initialize_workgroup_memory: false,
            },
            cache: self.cache.pipelines(),
        };
        let device = &self.device;
        let pipeline = device.scoped(|| device.device.create_compute_pipeline(&descriptor))?;
        let pipeline = Arc::new(pipeline);
        pipelines.insert(key, Arc::clone(&pipeline));
        Ok(pipeline)
    }

    fn module(&self, kernel: Kernel) -> Result<Arc<wgpu::ShaderModule>, Failure> {
        let mut modules = self.modules.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(module) = modules.get(&kernel) {
            return Ok(Arc::clone(module));
        }
        let descriptor = wgpu::ShaderModuleDescriptor {
            label: Some(kernel.name()),
            source: wgpu::ShaderSource::Wgsl(kernel.source(self.half).into()),
        };
        let device = &self.device;
        let module = Arc::new(device.scoped(|| device.device.create_shader_module(descriptor))?);
        modules.insert(kernel, Arc::clone(&module));
        Ok(module)
    }

    /// Keeps compiled pipelines for the next process.
    pub(super) fn save_cache(&self) {
        self.cache.save();
    }
}
