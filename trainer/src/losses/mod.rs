//! The losses of ConfounderGAN (Tian et al. 2022), in the paper's numbering.

mod adversarial;
mod confounder;
mod hinge;
mod total;

pub use adversarial::{discriminator_loss, generator_adversarial_loss};
pub use confounder::{ConfounderInput, confounder_operand};
pub use hinge::hinge_loss;
pub use total::{LossWeights, total_loss};
