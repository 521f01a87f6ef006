//! All that touches ONNX Runtime: sessions made from graphs, tensors that stay where sessions compute, and learners that
//! keep a network's state there.

mod learner;
mod resident;
mod session;
mod trial;

pub use learner::{Learner, Optimiser, RunMoments};
pub use resident::Resident;
pub use session::{Feed, Outputs, Session};
pub use trial::{Steps, Trial, trial};
