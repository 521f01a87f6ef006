//! What a program needs on the device before it can run: its buffers, and each pass bound to them.

use std::sync::Arc;

use half::f16;
use wgpu::BufferUsages;
use wgpu::util::{BufferInitDescriptor, DeviceExt};

use super::compiler::Compiler;
use super::failure::{Failure, FailureKind};
use super::plan::plan;
use super::program::{Extent, Pass, Program, Source};

/// Where the uniform blocks of passes begin: multiples of what every device takes.
const UNIFORM_STEP: u64 = 256;

/// One dispatch, ready.
pub(super) struct Step {
    pub(super) pipeline: Arc<wgpu::ComputePipeline>,
    pub(super) bindings: wgpu::BindGroup,
    /// Workgroups across and down.
    pub(super) groups: [u32; 2],
}

/// The buffers of a program.
pub(super) struct Memory {
    pub(super) image: wgpu::Buffer,
    constants: wgpu::Buffer,
    weights: wgpu::Buffer,
    uniforms: wgpu::Buffer,
    slots: Vec<wgpu::Buffer>,
    slot_of: Vec<Option<usize>>,
    groups: Vec<[u32; 2]>,
    pub(super) bytes: u64,
}

impl Memory {
    pub(super) fn new(compiler: &Compiler, program: &Program) -> Result<Self, Failure> {
        let device = &compiler.device.device;
        let plan = plan(program, compiler.half);
        let (uniforms, groups) = uniforms(compiler, program);
        let constants = program.constants.as_slice();
        let weights = program.weights.as_slice();
        let halves: Vec<f16>;
        let weights: &[u8] = if compiler.half {
            halves = weights
                .iter()
                .map(|&weight| f16::from_f32(weight))
                .collect();
            bytemuck::cast_slice(&halves)
        } else {
            bytemuck::cast_slice(weights)
        };
        let sizes = plan.slots.iter().copied().chain([
            program.bytes_up(),
            4 * constants.len() as u64,
            weights.len() as u64,
            uniforms.len() as u64,
        ]);
        let limits = device.limits();
        let most = limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size);
        if sizes.clone().any(|bytes| bytes > most) {
            return Err(Failure::new(
                FailureKind::OutOfMemory,
                format!("the generator needs buffers of more than {most} bytes at this size"),
            ));
        }
        let empty = |label, size, usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size,
                usage,
                mapped_at_creation: false,
            })
        };
        let filled = |label, contents: &[u8], usage| {
            // No buffer may be empty.
            let contents = if contents.is_empty() {
                &[0; 16]
            } else {
                contents
            };
            device.create_buffer_init(&BufferInitDescriptor {
                label: Some(label),
                contents,
                usage,
            })
        };
        let storage = BufferUsages::STORAGE;
        compiler.device.scoped(|| Self {
            image: empty(
                "image",
                program.bytes_up(),
                storage | BufferUsages::COPY_DST,
            ),
            constants: filled("constants", bytemuck::cast_slice(constants), storage),
            weights: filled("weights", weights, storage),
            uniforms: filled("parameters", &uniforms, BufferUsages::UNIFORM),
            slots: plan
                .slots
                .iter()
                .map(|&bytes| empty("values", bytes, storage | BufferUsages::COPY_SRC))
                .collect(),
            slot_of: plan.slot_of.clone(),
            groups,
            bytes: sizes.sum(),
        })
    }

    pub(super) fn value(&self, buffer: usize) -> &wgpu::Buffer {
        // Every buffer that a pass names has a slot.
        &self.slots[self.slot_of[buffer].unwrap_or(0)]
    }

    fn source(&self, source: Source) -> &wgpu::Buffer {
        match source {
            Source::Image => &self.image,
            Source::Constants => &self.constants,
            Source::Weights => &self.weights,
            Source::Value(buffer) => self.value(buffer),
        }
    }

    /// A pass, compiled and bound to its buffers.
    pub(super) fn step(
        &self,
        compiler: &Compiler,
        at: usize,
        pass: &Pass,
    ) -> Result<Step, Failure> {
        let device = &compiler.device;
        let (bind_layout, layout) = device.scoped(|| layouts(&device.device, pass))?;
        let pipeline = compiler.pipeline(pass, &layout)?;
        let uniform = wgpu::BufferBinding {
            buffer: &self.uniforms,
            offset: at as u64 * UNIFORM_STEP,
            size: std::num::NonZero::new(UNIFORM_STEP),
        };
        let buffers = [self.value(pass.output)]
            .into_iter()
            .chain(pass.inputs.iter().map(|&input| self.source(input)));
        let resources = [wgpu::BindingResource::Buffer(uniform)]
            .into_iter()
            .chain(buffers.map(wgpu::Buffer::as_entire_binding));
        let entries: Vec<_> = (0..)
            .zip(resources)
            .map(|(binding, resource)| wgpu::BindGroupEntry { binding, resource })
            .collect();
        let bindings = device.scoped(|| {
            device.device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some(pass.kernel.name()),
                layout: &bind_layout,
                entries: &entries,
            })
        })?;
        Ok(Step {
            pipeline,
            bindings,
            groups: self.groups[at],
        })
    }
}

/// One uniform block, one buffer to write, and the kernel's inputs.
fn layouts(device: &wgpu::Device, pass: &Pass) -> (wgpu::BindGroupLayout, wgpu::PipelineLayout) {
    let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer {
            ty,
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        count: None,
    };
    let storage = |read_only| wgpu::BufferBindingType::Storage { read_only };
    let mut entries = vec![
        entry(0, wgpu::BufferBindingType::Uniform),
        entry(1, storage(false)),
    ];
    entries.extend(
        (2..)
            .zip(&pass.inputs)
            .map(|(binding, _)| entry(binding, storage(true))),
    );
    let label = Some(pass.kernel.name());
    let bindings = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label,
        entries: &entries,
    });
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label,
        bind_group_layouts: &[Some(&bindings)],
        immediate_size: 0,
    });
    (bindings, layout)
}

/// The uniform blocks of all passes, and their workgroups across and down.
fn uniforms(compiler: &Compiler, program: &Program) -> (Vec<u8>, Vec<[u32; 2]>) {
    let most = compiler
        .device
        .device
        .limits()
        .max_compute_workgroups_per_dimension;
    let mut bytes = vec![0; program.passes.len() * UNIFORM_STEP as usize];
    let mut groups = Vec::new();
    for (pass, block) in program
        .passes
        .iter()
        .zip(bytes.chunks_mut(UNIFORM_STEP as usize))
    {
        let (count, per) = match pass.extent {
            Extent::Invocations(count) => (count.div_ceil(compiler.workgroup), compiler.workgroup),
            Extent::Workgroups(count) => (count, 1),
        };
        let across = count.clamp(1, most);
        groups.push([across, count.div_ceil(across).max(1)]);
        let mut words = pass.params.clone();
        words[pass.row] = across * per;
        for (to, word) in block.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *to = word.to_ne_bytes();
        }
    }
    (bytes, groups)
}
