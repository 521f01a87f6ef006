//! The thread that computes residuals while frames go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use crate::error::{Error, ErrorKind, Result};
use crate::orientation::Orientation;
use crate::protector::Protector;
use crate::residual::Residual;

/// Width and height of the working grid as stored, and how that is turned.
pub(super) type Shape = ((usize, usize), Orientation);

/// One thread, one residual at a time. Once warm, asking and taking neither wait for it nor allocate.
pub(super) struct Worker {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// What the two threads share.
#[derive(Default)]
struct Desk {
    papers: Mutex<Papers>,
    changed: Condvar,
}

#[derive(Default)]
struct Papers {
    state: State,
    /// The working grid: three planes.
    planes: Vec<f32>,
    /// A residual that is no longer needed; the worker frees it.
    spent: Option<Residual>,
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Asked(Shape),
    Running,
    Done(Result<Residual>),
    Stop,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Papers> {
        // A poisoned lock only means that the other thread gave up between two whole states.
        self.papers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, papers: MutexGuard<'a, Papers>) -> MutexGuard<'a, Papers> {
        self.changed
            .wait(papers)
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Worker {
    pub(super) fn start(protector: Arc<Protector>) -> Result<Self> {
        let desk = Arc::new(Desk::default());
        let shared = Arc::clone(&desk);
        let thread = Builder::new()
            .name("confounder-frames".into())
            .spawn(move || work(&shared, &protector))
            .map_err(|e| {
                Error::new(ErrorKind::Engine, "the thread for frames did not start").with_source(e)
            })?;
        Ok(Self {
            desk,
            thread: Some(thread),
        })
    }

    /// Hands over the working grid, which `fill` writes: three planes of the shape. Returns whether it was: not
    /// while the worker is busy or its result has not been taken.
    pub(super) fn ask(&self, shape: Shape, fill: impl FnOnce(&mut [f32])) -> bool {
        let mut papers = self.desk.lock();
        if !matches!(papers.state, State::Idle) {
            return false;
        }
        papers.planes.resize(3 * shape.0.0 * shape.0.1, 0.0);
        fill(&mut papers.planes);
        papers.state = State::Asked(shape);
        drop(papers);
        self.desk.changed.notify_one();
        true
    }

    /// The residual, if it is there.
    pub(super) fn take(&self) -> Option<Result<Residual>> {
        finished(&mut self.desk.lock())
    }

    /// The residual, once it is there. `None` where none was asked for.
    pub(super) fn wait(&self) -> Option<Result<Residual>> {
        let mut papers = self.desk.lock();
        while matches!(papers.state, State::Asked(_) | State::Running) {
            papers = self.desk.wait(papers);
        }
        finished(&mut papers)
    }

    /// Leaves a residual to the worker to free.
    pub(super) fn discard(&self, residual: Residual) {
        let spent = self.desk.lock().spent.replace(residual);
        drop(spent);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.desk.lock().state = State::Stop;
        self.desk.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It catches every panic, and has nothing to say.
            let _ = thread.join();
        }
    }
}

fn finished(papers: &mut Papers) -> Option<Result<Residual>> {
    match std::mem::take(&mut papers.state) {
        State::Done(result) => Some(result),
        other => {
            papers.state = other;
            None
        }
    }
}

fn work(desk: &Desk, protector: &Protector) {
    let mut papers = desk.lock();
    loop {
        match papers.state {
            State::Stop => return,
            State::Asked((stored, orientation)) => {
                papers.state = State::Running;
                let (planes, spent) = (papers.planes.clone(), papers.spent.take());
                drop(papers);
                drop(spent);
                let residual = compute(protector, planes, stored, orientation);
                papers = desk.lock();
                if !matches!(papers.state, State::Stop) {
                    papers.state = State::Done(residual);
                    desk.changed.notify_one();
                }
            }
            _ => papers = desk.wait(papers),
        }
    }
}

/// A panic would leave a frame waiting for ever; it becomes an error.
fn compute(
    protector: &Protector,
    planes: Vec<f32>,
    stored: (usize, usize),
    orientation: Orientation,
) -> Result<Residual> {
    let run = || {
        let run = protector.residual_of(planes, stored, orientation)?;
        Ok(run.residual)
    };
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
        let message = "computing the residual of a frame failed";
        Err(Error::new(ErrorKind::Engine, message))
    })
}
