use serde::{Deserialize, Serialize};

use crate::graph::{Graph, Value};

/// How the terms of Eq. 5 are weighed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LossWeights {
    /// Weight alpha of the confounder loss (Eq. 3).
    pub alpha: f32,
    /// Weight of the hinge loss (Eq. 4).
    pub hinge: f32,
    /// Weight of the adversarial term (Eq. 2). Algorithm 1, taken literally, leaves it out of G's update: 0.
    pub adversarial: f32,
}

impl Default for LossWeights {
    fn default() -> Self {
        Self {
            alpha: 1.0,
            hinge: 1.0,
            adversarial: 1.0,
        }
    }
}

/// Eq. 5: adversarial + alpha confounder + hinge, each a scalar.
pub fn total_loss(
    g: &mut Graph,
    weights: &LossWeights,
    adversarial: Value,
    confounder: Value,
    hinge: Value,
) -> Value {
    let terms = [
        (adversarial, weights.adversarial),
        (confounder, weights.alpha),
        (hinge, weights.hinge),
    ];
    let [a, b, c] = terms.map(|(term, weight)| g.scale(term, weight));
    let ab = g.add(a, b);
    g.add(ab, c)
}
