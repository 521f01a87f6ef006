//! Training loops: exact to the bit on the CPU, resumable at any step.

mod adversary;
mod classifier;
mod course;
mod denoiser;
mod generator;
mod infer;
mod kinds;
mod rebalance;
mod schedule;
#[cfg(test)]
mod small;
mod targets;
mod tuned;
mod worst;

pub use classifier::{ClassifierJob, Epoch, Observer, Trained, network, train_classifier};
pub use denoiser::{DenoiserJob, DenoiserRecipe, denoise, train_denoiser};
pub use generator::{GeneratorEpoch, GeneratorJob, build_generator, train_generator};
pub(crate) use infer::argmax;
pub use infer::{classify, logits};
pub use kinds::into_kinds;
pub use rebalance::rebalanced_accuracy;
pub use schedule::learning_rate;
pub use targets::one_hot;

/// A run is written to its checkpoint at least this often.
const CHECKPOINT_INTERVAL: std::time::Duration = std::time::Duration::from_secs(60);
