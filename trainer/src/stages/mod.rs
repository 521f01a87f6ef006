//! The stages of a run, each resumable and each leaving its files in one folder:
//! pretrain (f) -> train (G) -> export -> protect -> evaluate.

mod evaluate;
mod export;
mod folder;
mod groups;
mod pretrain;
mod protect;
mod report;
mod run;
mod train;

pub use evaluate::{RowResult, evaluate};
pub use export::{check, export};
pub use folder::Run;
pub use groups::groups;
pub use pretrain::pretrain;
pub use protect::{Protected, prepare, recognition};
pub use report::{RunReport, scores, table, write_report};
pub use run::{generator, picture, recognised, run_all};
pub use train::{TrainedGenerator, train};
