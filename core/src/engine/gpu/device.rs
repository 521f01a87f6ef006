//! Finding a GPU and opening it.

use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use wgpu::{Backends, DeviceType, ErrorFilter, Features, Limits};

use super::failure::{Failure, FailureKind};
use super::quirks::{self, Quirk};
use crate::gpu::{GpuBackend, GpuOptions};

/// An open GPU.
pub(super) struct Device {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) info: wgpu::AdapterInfo,
    pub(super) backend: GpuBackend,
    /// Whether shaders may compute with float16.
    pub(super) has_half: bool,
    faults: Arc<Faults>,
}

/// What the driver said on its own, outside any call.
#[derive(Default)]
struct Faults {
    lost: AtomicBool,
    first: Mutex<Option<String>>,
}

/// Smallest limits the kernels need; all of them are below what WebGPU asks of every GPU.
const NEEDED: [(&str, u32); 4] = [
    ("storage buffers per shader", 4),
    ("invocations per workgroup", 64),
    ("bytes of workgroup storage", 1024),
    ("workgroups per dimension", 65_535),
];

impl Device {
    /// Opens the first adapter that may be used: real GPUs before software, Vulkan, Metal and DX12 before GL.
    pub(super) fn open(options: &GpuOptions) -> Result<Self, Failure> {
        let backends = backends(options.backend);
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = backends;
        // Validation layers are for developing wgpu; they would be loaded into debug builds of apps.
        descriptor.flags = wgpu::InstanceFlags::empty();
        let instance = wgpu::Instance::new(descriptor);
        let mut adapters = wait(instance.enumerate_adapters(backends));
        adapters.sort_by_key(|adapter| rank(&adapter.get_info()));
        let mut reasons = Vec::new();
        for adapter in adapters {
            let info = adapter.get_info();
            let opened = check(&adapter, options).and_then(|half| open(&adapter, half));
            match opened {
                Ok(device) => return Ok(device),
                Err(reason) => reasons.push(format!("{} ({}): {reason}", info.name, info.backend)),
            }
        }
        let message = if reasons.is_empty() {
            "there is no GPU that can be used".to_owned()
        } else {
            reasons.join("; ")
        };
        Err(Failure::new(FailureKind::NoAdapter, message))
    }

    /// Invocations per workgroup: a whole subgroup of any GPU.
    pub(super) fn workgroup(&self) -> u32 {
        let limits = self.device.limits();
        let most = limits
            .max_compute_invocations_per_workgroup
            .min(limits.max_compute_workgroup_size_x);
        self.info.subgroup_max_size.clamp(64, 128).min(most.max(1))
    }

    /// Runs `work` and says what the GPU had against it.
    pub(super) fn scoped<T>(&self, work: impl FnOnce() -> T) -> Result<T, Failure> {
        let scopes = [
            ErrorFilter::OutOfMemory,
            ErrorFilter::Validation,
            ErrorFilter::Internal,
        ]
        .map(|filter| self.device.push_error_scope(filter));
        let result = work();
        let mut error = None;
        for scope in scopes.into_iter().rev() {
            error = wait(scope.pop()).or(error);
        }
        // A lost device makes other errors as well; it is the cause.
        self.check()?;
        match error {
            Some(error) => Err(error.into()),
            None => Ok(result),
        }
    }

    /// Whether the device is still there and nothing failed behind our back.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if self.faults.lost.load(Ordering::Acquire) {
            return Err(Failure::new(FailureKind::Lost, "the GPU was lost"));
        }
        let first = self.faults.first.lock();
        match &*first.unwrap_or_else(PoisonError::into_inner) {
            Some(message) => Err(Failure::new(FailureKind::Refused, message.clone())),
            None => Ok(()),
        }
    }
}

/// wgpu's futures are ready at once on native platforms; waiting is a formality.
pub(super) fn wait<T>(future: impl Future<Output = T>) -> T {
    pollster::block_on(future)
}

fn backends(wanted: Option<GpuBackend>) -> Backends {
    match wanted {
        None => Backends::VULKAN | Backends::METAL | Backends::DX12 | Backends::GL,
        Some(GpuBackend::Vulkan) => Backends::VULKAN,
        Some(GpuBackend::Metal) => Backends::METAL,
        Some(GpuBackend::Dx12) => Backends::DX12,
        Some(GpuBackend::Gl) => Backends::GL,
    }
}

fn rank(info: &wgpu::AdapterInfo) -> (u8, bool) {
    let device = match info.device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    };
    (device, info.backend == wgpu::Backend::Gl)
}

/// Whether an adapter may be used, and whether with float16.
fn check(adapter: &wgpu::Adapter, options: &GpuOptions) -> Result<bool, Failure> {
    let refuse = |message: String| Err(Failure::new(FailureKind::NoAdapter, message));
    let info = adapter.get_info();
    if info.device_type == DeviceType::Cpu && !options.software {
        return refuse("it is software, slower than the CPU engine".to_owned());
    }
    let quirk = quirks::find(&info);
    if let Some((Quirk::Avoid, reason)) = quirk {
        return refuse(format!("it is avoided: {reason}"));
    }
    let flags = adapter.get_downlevel_capabilities().flags;
    if !flags.contains(wgpu::DownlevelFlags::COMPUTE_SHADERS) {
        return refuse("it has no compute shaders".to_owned());
    }
    let limits = adapter.limits();
    let has = [
        limits.max_storage_buffers_per_shader_stage,
        limits
            .max_compute_invocations_per_workgroup
            .min(limits.max_compute_workgroup_size_x),
        limits.max_compute_workgroup_storage_size,
        limits.max_compute_workgroups_per_dimension,
    ];
    for ((what, needed), has) in NEEDED.into_iter().zip(has) {
        if has < needed {
            return refuse(format!("it has {has} {what}, {needed} are needed"));
        }
    }
    let half = adapter.features().contains(Features::SHADER_F16);
    Ok(half && !options.full_precision && !matches!(quirk, Some((Quirk::FullPrecision, _))))
}

/// An adapter's interface; wgpu knows more than are asked for.
fn backend(info: &wgpu::AdapterInfo) -> Result<GpuBackend, Failure> {
    match info.backend {
        wgpu::Backend::Vulkan => Ok(GpuBackend::Vulkan),
        wgpu::Backend::Metal => Ok(GpuBackend::Metal),
        wgpu::Backend::Dx12 => Ok(GpuBackend::Dx12),
        wgpu::Backend::Gl => Ok(GpuBackend::Gl),
        wgpu::Backend::Noop | wgpu::Backend::BrowserWebGpu => Err(Failure::new(
            FailureKind::NoAdapter,
            format!("its interface is {}", info.backend),
        )),
    }
}

fn open(adapter: &wgpu::Adapter, half: bool) -> Result<Device, Failure> {
    let info = adapter.get_info();
    let backend = backend(&info)?;
    let mut features = adapter.features() & Features::PIPELINE_CACHE;
    features.set(Features::SHADER_F16, half);
    let limits = adapter.limits();
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("confounder"),
        required_features: features,
        required_limits: Limits {
            max_storage_buffers_per_shader_stage: 4,
            ..limits
        },
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    };
    let (device, queue) = wait(adapter.request_device(&descriptor)).map_err(|e| {
        Failure::new(
            FailureKind::NoAdapter,
            format!("it could not be opened: {e}"),
        )
    })?;
    let faults = Arc::new(Faults::default());
    let seen = Arc::clone(&faults);
    device.set_device_lost_callback(move |_, _| seen.lost.store(true, Ordering::Release));
    let seen = Arc::clone(&faults);
    device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
        let mut first = seen.first.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| format!("the GPU failed: {error}"));
    }));
    Ok(Device {
        device,
        queue,
        info,
        backend,
        has_half: half,
        faults,
    })
}
