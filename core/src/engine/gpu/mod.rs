//! The GPU engine: the generator as compute passes on Vulkan, Metal, DX12 or GL.
//!
//! The graph of the generator is lowered to a list of passes ([`lower`]), which share a few kernels in WGSL. Opening a
//! GPU and compiling takes long, so it happens on a thread of its own; until that is done, and whenever the GPU fails,
//! the CPU answers. A GPU is used only after it gave the CPU's numbers for two pictures ([`warm`]).

mod breaker;
mod cache;
mod compiler;
mod device;
mod failure;
mod kernel;
mod loaded;
mod lower;
mod memory;
mod plan;
mod program;
mod quirks;
mod session;
#[cfg(test)]
mod tests;
mod warm;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::cpu::CpuEngine;
use crate::error::Result;
use crate::generator::Generator;
use crate::gpu::{GpuInfo, GpuOptions, GpuStatus};
use crate::residual::Residual;
use failure::{Failure, FailureKind};
use session::Session;

/// A lost GPU is opened again so many times.
const MAX_RESTARTS: u32 = 3;

/// The GPU of a protector, whatever became of it.
pub(crate) struct Gpu {
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    generator: Generator,
    options: GpuOptions,
    cpu: Arc<CpuEngine>,
    state: Mutex<State>,
    changed: Condvar,
    /// The protector is being dropped.
    stop: AtomicBool,
    paused: AtomicBool,
    restarts: AtomicU32,
}

enum State {
    WarmingUp,
    Ready(Arc<Session>, Box<GpuInfo>),
    Off(Failure),
}

impl Gpu {
    /// Starts to open the GPU, and returns at once.
    pub(crate) fn open(generator: &Generator, options: GpuOptions, cpu: Arc<CpuEngine>) -> Self {
        let gpu = Self {
            shared: Arc::new(Shared {
                generator: generator.clone(),
                options,
                cpu,
                state: Mutex::new(State::WarmingUp),
                changed: Condvar::new(),
                stop: AtomicBool::new(false),
                paused: AtomicBool::new(false),
                restarts: AtomicU32::new(0),
            }),
            worker: Mutex::new(None),
        };
        gpu.warm_up();
        gpu
    }

    fn warm_up(&self) {
        let shared = Arc::clone(&self.shared);
        let spawned = std::thread::Builder::new()
            .name("confounder-gpu".into())
            .spawn(move || shared.warm_up());
        match spawned {
            Ok(worker) => *lock(&self.worker) = Some(worker),
            Err(e) => self.shared.set(State::Off(Failure::new(
                FailureKind::NoAdapter,
                format!("no thread could be started for the GPU: {}", e.kind()),
            ))),
        }
    }

    /// What the GPU is doing.
    pub(crate) fn status(&self) -> GpuStatus {
        let paused = self.shared.paused.load(Ordering::Acquire);
        match &*lock(&self.shared.state) {
            State::WarmingUp => GpuStatus::WarmingUp,
            State::Ready(..) if paused => GpuStatus::Off {
                reason: "the GPU is paused".into(),
            },
            State::Ready(_, info) => GpuStatus::Ready(info.clone()),
            State::Off(failure) if failure.kind == FailureKind::NoAdapter => GpuStatus::Missing {
                reason: failure.to_string(),
            },
            State::Off(failure) => GpuStatus::Off {
                reason: failure.to_string(),
            },
        }
    }

    /// Waits until the GPU is ready or off.
    pub(crate) fn wait(&self) {
        let mut state = lock(&self.shared.state);
        while matches!(*state, State::WarmingUp) {
            let woken = self.shared.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    pub(crate) fn pause(&self, paused: bool) {
        self.shared.paused.store(paused, Ordering::Release);
    }

    /// Runs the generator on the GPU.
    ///
    /// # Errors
    /// What it is doing instead. The caller turns to the CPU.
    pub(crate) fn run(
        &self,
        image: &[f32],
        size: (usize, usize),
    ) -> std::result::Result<Residual, GpuStatus> {
        let ready = match &*lock(&self.shared.state) {
            State::Ready(session, _) if !self.shared.paused.load(Ordering::Acquire) => {
                Some(Arc::clone(session))
            }
            _ => None,
        };
        let session = ready.ok_or_else(|| self.status())?;
        self.shared.run(&session, image, size).map_err(|failure| {
            let reason = failure.to_string();
            self.fail(&session, failure);
            GpuStatus::Off { reason }
        })
    }

    /// Gives the GPU up, or opens it again where that may help.
    fn fail(&self, session: &Arc<Session>, failure: Failure) {
        {
            let mut state = lock(&self.shared.state);
            // Another thread was faster.
            if !matches!(&*state, State::Ready(current, _) if Arc::ptr_eq(current, session)) {
                return;
            }
            log::warn!("the GPU is given up: {failure}");
            let again = failure.may_pass()
                && self.shared.restarts.fetch_add(1, Ordering::AcqRel) < MAX_RESTARTS;
            *state = if again {
                State::WarmingUp
            } else {
                State::Off(failure)
            };
            if !again {
                return;
            }
        }
        self.warm_up();
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        if let Some(worker) = lock(&self.worker).take() {
            // It reports nothing but through the state, and ends at the next pipeline.
            let _ = worker.join();
        }
    }
}

impl Shared {
    fn set(&self, state: State) {
        *lock(&self.state) = state;
        self.changed.notify_all();
    }

    /// Runs the generator and checks what it gave. A last defence: a panic inside wgpu becomes a failure too.
    fn run(
        &self,
        session: &Session,
        image: &[f32],
        size: (usize, usize),
    ) -> std::result::Result<Residual, Failure> {
        let ran = catch_unwind(AssertUnwindSafe(|| {
            session.run(image, size, &|| self.stop.load(Ordering::Acquire))
        }))
        .unwrap_or_else(|_| {
            Err(Failure::new(
                FailureKind::Refused,
                "the GPU's driver interface panicked",
            ))
        });
        let (width, height, planes) = ran?;
        self.check(width, height, planes)
            .map_err(|e| Failure::new(FailureKind::Wrong, format!("on the GPU, {e}")))
    }

    fn check(&self, width: usize, height: usize, planes: Vec<f32>) -> Result<Residual> {
        super::run::checked(&self.generator, width, height, planes)
    }
}

/// A poisoned lock only means that another thread gave up; what it guards is always whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
