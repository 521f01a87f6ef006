//! Compiling for an open GPU.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::cache::Cache;
use super::device::Device;
use super::failure::Failure;
use super::kernel::Kernel;
use super::program::Pass;

/// An open GPU, the precision to compute with, and the pipelines that were compiled for both. Several threads may
/// share it.
pub(super) struct Compiler {
    pub(super) device: Device,
    /// Whether packed values are float16.
    pub(super) half: bool,
    /// Invocations of a workgroup.
    pub(super) workgroup: u32,
    cache: Cache,
    pipelines: Mutex<HashMap<Key, Arc<wgpu::ComputePipeline>>>,
    modules: Mutex<HashMap<Kernel, Arc<wgpu::ShaderModule>>>,
}

/// A kernel and the bits of its constants.
type Key = (Kernel, Vec<(&'static str, u64)>);

impl Compiler {
    pub(super) fn new(device: Device, half: bool, cache: Cache) -> Self {
        Self {
            workgroup: device.workgroup(),
            device,
            half,
            cache,
            pipelines: Mutex::default(),
            modules: Mutex::default(),
        }
    }

    /// The same device with another precision.
    pub(super) fn with_precision(self, half: bool) -> Self {
        Self {
            half,
            pipelines: Mutex::default(),
            modules: Mutex::default(),
            ..self
        }
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
