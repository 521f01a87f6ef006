//! A generator on an open GPU.

use std::sync::{Arc, Mutex, PoisonError};

use super::compiler::Compiler;
use super::failure::{Failure, FailureKind};
use super::loaded::Loaded;
use super::lower::lower;
use crate::graph::Graph;

/// Programs kept for generators that take any size, as on the CPU.
const KEPT_SIZES: usize = 4;

/// Loads what a generator needs, keeps it, and runs it. Several threads may share it; one runs at a time.
pub(super) struct Session {
    pub(super) compiler: Compiler,
    graph: Arc<Graph>,
    /// Most recently used last.
    programs: Mutex<Vec<Arc<Loaded>>>,
}

impl Session {
    pub(super) fn new(compiler: Compiler, graph: Arc<Graph>) -> Self {
        Self {
            compiler,
            graph,
            programs: Mutex::default(),
        }
    }

    /// The same device with another precision.
    pub(super) fn with_precision(self, half: bool) -> Self {
        Self::new(self.compiler.with_precision(half), self.graph)
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
        let program = lower(&self.graph, size)
            .map_err(|unsupported| Failure::new(FailureKind::Unsupported, unsupported.0))?;
        let loaded = Arc::new(Loaded::new(&self.compiler, program, stop)?);
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
        let planes = loaded.run(&self.compiler.device, image, stop)?;
        let (width, height) = loaded.residual();
        Ok((width, height, planes))
    }
}
