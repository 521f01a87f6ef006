//! Sub-graphs whose gradient is written by hand because the chain of their parts' rules would cost far more memory
//! traffic, or lose precision.

use super::{Graph, Value};

/// What a composite's gradient rule needs of its forward pass.
#[derive(Debug, Clone)]
pub enum Composite {
    /// Batch normalisation with the batch's own statistics (Ioffe and Szegedy 2015).
    BatchNorm {
        /// Operand `[N, C, H, W]`.
        x: Value,
        /// Scale `[C]`.
        gamma: Value,
        /// Shift `[C]`.
        beta: Value,
        /// Mean over N, H, W: `[C]`.
        mean: Value,
        /// 1 / standard deviation: `[C]`.
        inverse_deviation: Value,
    },
    /// Mean cross-entropy of logits against soft targets.
    CrossEntropy {
        /// `[N, classes]`.
        logits: Value,
        /// `[N, classes]`, rows sum to 1.
        targets: Value,
        /// How much each row counts, `[N, 1]`, a given: it gets no gradient.
        weights: Option<Value>,
        /// Softmax of the logits.
        probabilities: Value,
    },
}

/// Least probability whose logarithm [`Graph::cross_entropy`] takes.
pub(crate) const PROBABILITY_FLOOR: f32 = 1e-30;

impl Graph {
    /// Batch normalisation of `x [N, C, H, W]` by the statistics of this batch.
    /// Returns the result and the batch's mean and (biased) variance, each `[C]`.
    pub fn batch_norm(
        &mut self,
        x: Value,
        gamma: Value,
        beta: Value,
        epsilon: f32,
    ) -> (Value, Value, Value) {
        let channels = self.shape(x)[1];
        let mean = self.mean(x, &[0, 2, 3], false);
        let one = self.constant(&vec![1.0; channels], &[channels]);
        let minus = self.neg(mean);
        let centred = self.scale_shift(x, one, minus);
        let squared = self.mul(centred, centred);
        let variance = self.mean(squared, &[0, 2, 3], false);
        let epsilon = self.scalar(epsilon);
        let safe = self.add(variance, epsilon);
        let deviation = self.sqrt(safe);
        let inverse_deviation = self.div(one, deviation);
        let factor = self.mul(gamma, inverse_deviation);
        let y = self.scale_shift(centred, factor, beta);
        self.composites.insert(
            y,
            Composite::BatchNorm {
                x,
                gamma,
                beta,
                mean,
                inverse_deviation,
            },
        );
        (y, mean, variance)
    }

    /// Mean over the batch of the cross-entropy of `logits [N, K]` against soft `targets [N, K]`.
    pub fn cross_entropy(&mut self, logits: Value, targets: Value) -> Value {
        self.weighted_cross_entropy(logits, targets, None)
    }

    /// The same with `weights [N, 1]`, by which each row counts before the mean is taken.
    pub fn weighted_cross_entropy(
        &mut self,
        logits: Value,
        targets: Value,
        weights: Option<Value>,
    ) -> Value {
        let probabilities = self.softmax(logits);
        let floor = self.scalar(PROBABILITY_FLOOR);
        let safe = self.max(probabilities, floor);
        let logs = self.log(safe);
        let mut products = self.mul(targets, logs);
        if let Some(weights) = weights {
            products = self.mul(products, weights);
        }
        let per_row = self.sum(products, &[1], false);
        let mean = self.mean(per_row, &[0], false);
        let loss = self.neg(mean);
        self.composites.insert(
            loss,
            Composite::CrossEntropy {
                logits,
                targets,
                weights,
                probabilities,
            },
        );
        loss
    }
}
