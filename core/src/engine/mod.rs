//! What runs a generator: the CPU always, a GPU where there is one.

mod cpu;
#[cfg(feature = "gpu")]
mod gpu;
mod order;
mod run;

pub(crate) use cpu::guard;
pub(crate) use order::{Engines, Run};
