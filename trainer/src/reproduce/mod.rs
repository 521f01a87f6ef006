//! The paper's tables and figures, each as a grid of independent cells that are trained once and kept.

mod bench;
mod cell;
mod change;
mod claims;
mod cost;
mod experiment;
mod fig6;
mod gradients;
mod html;
mod photos;
mod placed;
mod plans;
mod pool;
mod report;
mod scale;
mod sets;

pub use bench::Bench;
pub use cell::{Cell, CellResult, Keep, Mix, Part, Probe};
pub use change::Change;
pub use cost::Cost;
pub use experiment::Experiment;
pub use photos::{PhotosTable, Unseen};
pub use placed::{Placed, Spread};
pub use plans::{Planned, plan};
pub use pool::{Shard, run, run_experiment};
pub use report::{Claim, Report, RunInfo, assemble, write};
pub use scale::Scale;
