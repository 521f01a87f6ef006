//! Labelled images: reading them from disk, and turning them into training batches.
pub mod augment;
pub mod batches;
pub mod cifar10;
pub mod sheets;

mod archive;
pub(crate) mod colour;
mod dataset;
mod decode;
mod folder;
mod listing;
mod mat;
mod medmnist;
mod npy;
mod open;
mod resample;
mod rng;
mod save;
mod sources;
mod svhn;
mod tree;

pub use augment::{Augment, Policy, Ueraser};
pub use batches::{Position, epoch_order};
pub use dataset::Dataset;
pub use open::{Spec, Splits, open, open_unlabelled};
pub(crate) use rng::uniform_noise;
pub use save::{write_records, write_tree};
pub use sources::{Sort, Source, mix};

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
