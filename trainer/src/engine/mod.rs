//! All that touches ONNX Runtime: sessions made from graphs, and learners that keep a network's state on the host.

mod learner;
mod session;

pub use learner::{Learner, Optimiser, RunMoments};
pub use session::{Feed, Outputs, Session};
