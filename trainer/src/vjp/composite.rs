//! Rules of the composites.

use crate::graph::{Composite, Graph, PROBABILITY_FLOOR, Value};

pub(super) fn rule(g: &mut Graph, composite: &Composite, upstream: Value) -> Vec<(Value, Value)> {
    match *composite {
        Composite::BatchNorm {
            x,
            gamma,
            beta,
            mean,
            inverse_deviation,
        } => batch_norm(g, [x, gamma, beta, mean, inverse_deviation], upstream),
        Composite::CrossEntropy {
            logits,
            targets,
            weights,
            probabilities,
        } => {
            let n = g.shape(logits)[0];
            let weighed = |g: &mut Graph, x| weights.map_or(x, |weights| g.mul(x, weights));
            let difference = g.sub(probabilities, targets);
            let difference = weighed(g, difference);
            let mean = g.scale(difference, 1.0 / n as f32);
            let floor = g.scalar(PROBABILITY_FLOOR);
            let safe = g.max(probabilities, floor);
            let logs = g.log(safe);
            let logs = weighed(g, logs);
            let dtargets = g.scale(logs, -1.0 / n as f32);
            vec![
                (logits, g.mul(mean, upstream)),
                (targets, g.mul(dtargets, upstream)),
            ]
        }
    }
}

/// Ioffe and Szegedy 2015, section 3. x is centred before its product with dy is summed: the sum of products of large,
/// uncentred numbers would lose the digits that matter.
fn batch_norm(g: &mut Graph, values: [Value; 5], dy: Value) -> Vec<(Value, Value)> {
    let [x, gamma, beta, mean, inverse_deviation] = values;
    let &[n, channels, h, w] = g.shape(x) else {
        unreachable!("images have four axes")
    };
    let one = g.constant(&vec![1.0; channels], &[channels]);
    let minus = g.neg(mean);
    let centred = g.scale_shift(x, one, minus);
    let product = g.mul(dy, centred);
    let product_sum = g.sum(product, &[0, 2, 3], false);
    let dbeta = g.sum(dy, &[0, 2, 3], false);
    let dgamma = g.mul(product_sum, inverse_deviation);

    // dx = a dy + b centred + c with per-channel a, b, c.
    let count = (n * h * w) as f32;
    let a = g.mul(gamma, inverse_deviation);
    let variance_slope = g.mul(inverse_deviation, inverse_deviation);
    let b = g.mul(a, variance_slope);
    let b = g.mul(b, product_sum);
    let b = g.scale(b, -1.0 / count);
    let c = g.mul(a, dbeta);
    let c = g.scale(c, -1.0 / count);
    let none = g.constant(&vec![0.0; channels], &[channels]);
    let direct = g.scale_shift(dy, a, none);
    let through_statistics = g.scale_shift(centred, b, c);
    let dx = g.add(direct, through_statistics);
    vec![(x, dx), (gamma, dgamma), (beta, dbeta)]
}
