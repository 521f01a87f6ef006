use super::{replica_mean, update_statistics};
use crate::graph::Graph;

/// Adam (Kingma and Ba 2015). Its bias correction is folded into the learning rate by the caller
/// ([`Adam::corrected_rate`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adam {
    /// Decay of the mean gradient.
    pub beta1: f32,
    /// Decay of the mean squared gradient.
    pub beta2: f32,
}

impl Default for Adam {
    fn default() -> Self {
        Self {
            beta1: 0.9,
            beta2: 0.999,
        }
    }
}

const EPSILON: f32 = 1e-8;

impl Adam {
    /// The rate that step `t` (from 1) is run with so that both moments' biases cancel (the paper's section 2).
    pub fn corrected_rate(&self, rate: f32, t: u64) -> f32 {
        let t = i32::try_from(t).unwrap_or(i32::MAX);
        let (b1, b2) = (f64::from(self.beta1), f64::from(self.beta2));
        (f64::from(rate) * (1.0 - b2.powi(t)).sqrt() / (1.0 - b1.powi(t))) as f32
    }

    /// Inputs `parameters`, `moment0`, `moment1`, `statistics`, `gradient0..`, `batch_statistics0..`, `rate`;
    /// outputs `next_parameters`, `next_moment0`, `next_moment1`, `next_statistics`.
    pub fn graph(&self, parameters: usize, statistics: usize, replicas: usize) -> Graph {
        let mut graph = Graph::new();
        let g = &mut graph;
        let weights = g.input("parameters", &[parameters]);
        let first = g.input("moment0", &[parameters]);
        let second = g.input("moment1", &[parameters]);
        let rate = g.input("rate", &[1]);
        let gradient = replica_mean(g, "gradient", replicas, parameters);
        let squared = g.mul(gradient, gradient);
        let mut average = |old, new, beta: f32| {
            let kept = g.scale(old, beta);
            let added = g.scale(new, 1.0 - beta);
            g.add(kept, added)
        };
        let first = average(first, gradient, self.beta1);
        let second = average(second, squared, self.beta2);
        let deviation = g.sqrt(second);
        let epsilon = g.scalar(EPSILON);
        let safe = g.add(deviation, epsilon);
        let direction = g.div(first, safe);
        let change = g.mul(direction, rate);
        let next = g.sub(weights, change);
        g.output("next_parameters", next);
        g.output("next_moment0", first);
        g.output("next_moment1", second);
        update_statistics(g, replicas, statistics);
        graph
    }
}
