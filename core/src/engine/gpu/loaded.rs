//! A program on the device: pipelines, buffers, and running it.

use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use wgpu::{BufferUsages, MapMode, PollType};

use super::compiler::Compiler;
use super::device::Device;
use super::failure::{Failure, FailureKind};
use super::memory::{Memory, Step};
use super::program::Program;

/// Longest a run may take. Drivers end what hangs for two seconds or more themselves.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Longest the first run may take: many drivers compile only then.
const FIRST_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a wait looks whether anybody still wants the answer.
const GLANCE: Duration = Duration::from_millis(50);

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
    pub(super) fault: Mutex<Option<Fault>>,
}

/// What a test does to the device when a run reaches a point.
#[cfg(test)]
pub(super) type Fault = (Point, fn(&Device));

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
        compiler: &Compiler,
        program: Program,
        stop: &dyn Fn() -> bool,
    ) -> Result<Self, Failure> {
        let device = &compiler.device;
        let memory = Memory::new(compiler, &program)?;
        let mut steps = Vec::new();
        for (at, pass) in program.passes.iter().enumerate() {
            if stop() {
                return Err(Failure::new(
                    FailureKind::Stopped,
                    "the protector was dropped",
                ));
            }
            steps.push(memory.step(compiler, at, pass)?);
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

    /// Tests interfere here.
    #[cfg(test)]
    fn reach(&self, point: Point, device: &Device) {
        let mut fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        let due = fault.take_if(|(at, _)| *at == point);
        drop(fault);
        if let Some((_, interfere)) = due {
            interfere(device);
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
        if stop() {
            let message = "the protector was dropped";
            return Err(Failure::new(FailureKind::Stopped, message));
        }
        if started.elapsed() > limit {
            let message = "the GPU gave no answer in time";
            return Err(Failure::new(FailureKind::Timeout, message));
        }
    }
}
