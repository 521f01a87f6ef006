use super::{replica_mean, update_statistics};
use crate::graph::Graph;

/// Stochastic gradient descent with Nesterov momentum and weight decay (Sutskever et al. 2013).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sgd {
    /// Momentum, 0.9 by habit.
    pub momentum: f32,
    /// Weight decay, added to the gradient.
    pub weight_decay: f32,
}

impl Sgd {
    /// Inputs `parameters`, `moment0`, `statistics`, `gradient0..`, `batch_statistics0..`, `rate`;
    /// outputs `next_parameters`, `next_moment0`, `next_statistics`.
    pub fn graph(&self, parameters: usize, statistics: usize, replicas: usize) -> Graph {
        let mut graph = Graph::new();
        let g = &mut graph;
        let weights = g.input("parameters", &[parameters]);
        let velocity = g.input("moment0", &[parameters]);
        let rate = g.input("rate", &[1]);
        let gradient = replica_mean(g, "gradient", replicas, parameters);
        let decay = g.scale(weights, self.weight_decay);
        let gradient = g.add(gradient, decay);
        let carried = g.scale(velocity, self.momentum);
        let next_velocity = g.add(carried, gradient);
        let ahead = g.scale(next_velocity, self.momentum);
        let direction = g.add(gradient, ahead);
        let change = g.mul(direction, rate);
        let next = g.sub(weights, change);
        g.output("next_parameters", next);
        g.output("next_moment0", next_velocity);
        update_statistics(g, replicas, statistics);
        graph
    }
}
