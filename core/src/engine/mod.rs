//! What runs a generator.

mod cpu;

pub(crate) use cpu::CpuEngine;

use crate::error::Result;
use crate::residual::Residual;

/// Runs one generator. Several threads may share an engine.
pub(crate) trait Engine: Send + Sync {
    /// Its name in reports.
    fn name(&self) -> &'static str;

    /// Runs the generator on an image of `width` x `height`: three row-major planes R, G, B in 0..1, one after the
    /// other. The residual is checked: shape, finite, within epsilon.
    fn run(&self, image: &[f32], width: usize, height: usize) -> Result<Residual>;
}
