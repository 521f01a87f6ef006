//! A program on the device: pipelines, buffers, and running it.

use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use half::f16;
use wgpu::util::{BufferInitDescriptor, DeviceExt};
use wgpu::{BufferUsages, MapMode, PollType};

use super::device::Device;
use super::failure::{Failure, FailureKind};
use super::plan::plan;
use super::program::{Extent, Pass, Program, Source};
use super::session::Session;

/// Longest a run may take. Drivers end what hangs for two seconds or more themselves.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest the first run may take: many drivers compile only then.
const FIRST_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a wait looks whether anybody still wants the answer.
const GLANCE: Duration = Duration::from_millis(50);

/// Where the uniform blocks of passes begin: multiples of what every device takes.
const UNIFORM_STEP: u64 = 256;

/// One dispatch, ready.
struct Step {
    pipeline: Arc<wgpu::ComputePipeline>,
    bindings: wgpu::BindGroup,
    groups: [u32; 2],
}

/// A program whose pipelines are compiled and whose buffers are there.
pub(super) struct Loaded {
    steps: Vec<Step>,
    image: wgpu::Buffer,
    output: wgpu::Buffer,
    readback: wgpu::Buffer,
    sizes: Sizes,
    /// Buffers are shared by all runs. Whether one has ended well.
    ran: Mutex<bool>,
    #[cfg(test)]
    pub(super) fault: Mutex<Option<Point>>,
}

/// What a program takes and moves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    image: (usize, usize),
    residual: (usize, usize),
    pub(super) dispatches: usize,
    /// Bytes that go up, and come down, for each photo.
    pub(super) up: u64,
    pub(super) down: u64,
    /// Bytes on the device, weights included.
    pub(super) memory: u64,
}

/// The moments between which a device may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    Upload,
    Encode,
    Submit,
    Map,
    Wait,
    Read,
}

impl Point {
    #[cfg(test)]
    pub(super) const ALL: [Self; 6] = [
        Self::Upload,
        Self::Encode,
        Self::Submit,
        Self::Map,
        Self::Wait,
        Self::Read,
    ];
}

impl Loaded {
    pub(super) fn new(
        session: &Session,
        program: Program,
        stop: &dyn Fn() -> bool,
    ) -> Result<Self, Failure> {
        let device = &session.device;
        let memory = Memory::new(session, &program)?;
        let mut steps = Vec::new();
        for (at, pass) in program.passes.iter().enumerate() {
            if stop() {
                return Err(Failure::new(
                    FailureKind::NoAdapter,
                    "the protector was dropped",
                ));
            }
            steps.push(memory.step(session, at, pass)?);
        }
        let sizes = Sizes {
            image: program.image,
            residual: program.residual,
            dispatches: steps.len(),
            up: program.bytes_up(),
            down: program.bytes_down(),
            memory: memory.bytes,
        };
        let readback = device.scoped(|| {
            device.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("readback"),
                size: sizes.down,
                usage: BufferUsages::MAP_READ | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })?;
        let output = memory.value(program.output).clone();
        Ok(Self {
            steps,
            image: memory.image,
            output,
            readback,
            sizes,
            ran: Mutex::new(false),
            #[cfg(test)]
            fault: Mutex::new(None),
        })
    }

    pub(super) fn image(&self) -> (usize, usize) {
        self.sizes.image
    }

    pub(super) fn residual(&self) -> (usize, usize) {
        self.sizes.residual
    }

    pub(super) fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Uploads the image, runs every pass, and reads the residual's planes. `stop` gives up waiting.
    pub(super) fn run(
        &self,
        device: &Device,
        image: &[f32],
        stop: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, Failure> {
        let mut ran = self.ran.lock().unwrap_or_else(PoisonError::into_inner);
        device.check()?;
        let (sender, receiver) = mpsc::channel();
        device.scoped(|| {
            self.reach(Point::Upload, device);
            device
                .queue
                .write_buffer(&self.image, 0, bytemuck::cast_slice(image));
            self.reach(Point::Encode, device);
            let commands = self.encode(device);
            self.reach(Point::Submit, device);
            device.queue.submit([commands]);
            self.reach(Point::Map, device);
            self.readback.map_async(MapMode::Read, .., move |result| {
                // Nobody listens any more where the wait below gave up.
                let _ = sender.send(result.is_ok());
            });
        })?;
        self.reach(Point::Wait, device);
        wait(device, if *ran { TIMEOUT } else { FIRST_TIMEOUT }, stop)?;
        let mapped = receiver.recv_timeout(TIMEOUT).unwrap_or(false);
        self.reach(Point::Read, device);
        if !mapped {
            return Err(Failure::new(
                FailureKind::Lost,
                "the residual could not be read back",
            ));
        }
        let planes = device.scoped(|| {
            let view = self.readback.get_mapped_range(..).ok();
            view.map(|bytes| bytemuck::pod_collect_to_vec::<u8, f32>(&bytes))
        });
        self.readback.unmap();
        *ran = true;
        planes?
            .ok_or_else(|| Failure::new(FailureKind::Lost, "the residual could not be read back"))
    }

    fn encode(&self, device: &Device) -> wgpu::CommandBuffer {
        let label = Some("confounder");
        let descriptor = wgpu::CommandEncoderDescriptor { label };
        let mut encoder = device.device.create_command_encoder(&descriptor);
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label,
                timestamp_writes: None,
            });
            for step in &self.steps {
                pass.set_pipeline(&step.pipeline);
                pass.set_bind_group(0, &step.bindings, &[]);
                pass.dispatch_workgroups(step.groups[0], step.groups[1], 1);
            }
        }
        encoder.copy_buffer_to_buffer(&self.output, 0, &self.readback, 0, self.sizes.down);
        encoder.finish()
    }

    /// Tests lose the device here.
    #[cfg(test)]
    fn reach(&self, point: Point, device: &Device) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        if fault.take_if(|at| *at == point).is_some() {
            device.device.destroy();
        }
    }

    #[cfg(not(test))]
    #[inline(always)]
    fn reach(&self, _: Point, _: &Device) {}
}

/// Waits until everything submitted is done.
fn wait(device: &Device, limit: Duration, stop: &dyn Fn() -> bool) -> Result<(), Failure> {
    let started = Instant::now();
    loop {
        let waited = device.device.poll(PollType::Wait {
            submission_index: None,
            timeout: Some(GLANCE),
        });
        device.check()?;
        if waited.is_ok() {
            return Ok(());
        }
        if stop() || started.elapsed() > limit {
            let message = "the GPU gave no answer in time";
            return Err(Failure::new(FailureKind::Timeout, message));
        }
    }
}

/// The buffers of a program.
struct Memory {
    image: wgpu::Buffer,
    constants: wgpu::Buffer,
    weights: wgpu::Buffer,
    uniforms: wgpu::Buffer,
    slots: Vec<wgpu::Buffer>,
    slot_of: Vec<Option<usize>>,
    groups: Vec<[u32; 2]>,
    bytes: u64,
}

impl Memory {
    fn new(session: &Session, program: &Program) -> Result<Self, Failure> {
        let device = &session.device.device;
        let plan = plan(program, session.half);
        let (uniforms, groups) = uniforms(session, program);
        let constants = program.constants.as_slice();
        let weights = program.weights.as_slice();
        let halves: Vec<f16>;
        let weights: &[u8] = if session.half {
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
        session.device.scoped(|| Self {
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

    fn value(&self, buffer: usize) -> &wgpu::Buffer {
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

    fn step(&self, session: &Session, at: usize, pass: &Pass) -> Result<Step, Failure> {
        let device = &session.device;
        let (bind_layout, layout) = device.scoped(|| layouts(&device.device, pass))?;
        let pipeline = session.pipeline(pass, &layout)?;
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
fn uniforms(session: &Session, program: &Program) -> (Vec<u8>, Vec<[u32; 2]>) {
    let most = session
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
            Extent::Invocations(count) => {
                (count.div_ceil(session.workgroup()), session.workgroup())
            }
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
