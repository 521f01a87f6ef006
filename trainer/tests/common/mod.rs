//! Gradients against directional finite differences.
//!
//! A direction u has independent elements with unit variance, so that g . u is of the size of |g| and a mistake e in
//! the gradient shows as about |e|. The steps that are compared are the float32 operands that were really fed, and the
//! scalar is summed up on the host in float64: what is left of rounding is the float32 result's own, 1e-7 of its size.
#![allow(dead_code, reason = "each test file uses its own part of this module")]

use std::ops::Range;

use confounder_trainer::{
    engine::{Feed, Outputs, Session},
    graph::{Graph, Value},
    vjp,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A tensor that is fed.
#[derive(Debug, Clone)]
pub(crate) struct Operand {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) data: Vec<f32>,
}

impl Operand {
    pub(crate) fn new(name: &str, shape: &[usize], data: Vec<f32>) -> Self {
        assert_eq!(data.len(), shape.iter().product::<usize>(), "{name}");
        Self {
            name: name.into(),
            shape: shape.to_vec(),
            data,
        }
    }

    /// Evenly distributed.
    pub(crate) fn uniform(name: &str, shape: &[usize], range: Range<f32>) -> Self {
        let mut rng = rng(name);
        let data = (0..shape.iter().product())
            .map(|_| rng.random_range(range.clone()))
            .collect();
        Self::new(name, shape, data)
    }

    /// Multiples of 0.5 plus `offset`, each moved by less than 0.05: at offset 0.25 clear of all multiples of 0.5,
    /// where the kinks of these tests lie.
    pub(crate) fn spaced(name: &str, shape: &[usize], offset: f32) -> Self {
        let mut rng = rng(name);
        let mut one =
            || rng.random_range(-3..3) as f32 * 0.5 + offset + rng.random_range(-0.05..0.05);
        let data = (0..shape.iter().product()).map(|_| one()).collect();
        Self::new(name, shape, data)
    }

    pub(crate) fn feed(&self) -> Feed<'_> {
        Feed {
            name: &self.name,
            shape: &self.shape,
            data: &self.data,
        }
    }
}

/// The same random numbers for the same name, at every run.
pub(crate) fn rng(name: &str) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(name.bytes().fold(17u64, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(u64::from(byte))
    }))
}

/// Feeds of all operands.
pub(crate) fn feeds(operands: &[Operand]) -> Vec<Feed<'_>> {
    operands.iter().map(Operand::feed).collect()
}

/// How far a finite difference goes, and how far it may be off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    /// Step: the standard deviation of one element's change.
    pub(crate) step: f64,
    /// Allowed error as a share of the gradient's norm.
    pub(crate) relative: f64,
    /// Rounding of the scalar, as a share of its size.
    pub(crate) rounding: f64,
}

/// For operators, on operands of the size of 1: the third-order term is at most f''' step^2 / 6, which is 1.4e-4 for the
/// steepest of them (1 / b at b = 0.5) and far less for the others.
pub(crate) const OPERATOR: Tolerance = Tolerance {
    step: 0.003,
    relative: 5e-4,
    rounding: 2e-7,
};

/// A scalar sum(weights * output) of operands, computed by one session.
pub(crate) struct Scalar {
    session: Session,
    output: String,
    weights: Vec<f32>,
    pub(crate) operands: Vec<Operand>,
}

impl Scalar {
    pub(crate) fn new(
        graph: &Graph,
        output: &str,
        weights: Vec<f32>,
        operands: Vec<Operand>,
    ) -> Self {
        let session = Session::new(graph, 1).expect("the graph is valid");
        Self {
            session,
            output: output.into(),
            weights,
            operands,
        }
    }

    pub(crate) fn run(&mut self) -> Outputs {
        self.session
            .run(&feeds(&self.operands))
            .expect("the graph runs")
    }

    /// The scalar, and the root of the sum of its squared terms (the size that its rounding goes by).
    fn value(&mut self) -> (f64, f64) {
        let y = self.run().take(&self.output).expect("the output exists");
        assert_eq!(y.len(), self.weights.len());
        let terms = y
            .iter()
            .zip(&self.weights)
            .map(|(&y, &w)| f64::from(y) * f64::from(w));
        terms.fold((0.0, 0.0), |(sum, size), term| {
            (sum + term, f64::hypot(size, term))
        })
    }

    /// Compares `gradient`, which is that of elements `range` of operand `index`, in `directions` directions.
    /// Returns the greatest error as a share of what is allowed.
    pub(crate) fn check(
        &mut self,
        index: usize,
        range: Range<usize>,
        gradient: &[f32],
        directions: usize,
        tolerance: Tolerance,
    ) -> f64 {
        let name = format!("{}[{range:?}]", self.operands[index].name);
        assert_eq!(gradient.len(), range.len(), "gradient of {name}");
        assert!(
            gradient.iter().all(|g| g.is_finite()),
            "gradient of {name} is not finite"
        );
        let start = self.operands[index].data.clone();
        let norm = gradient
            .iter()
            .map(|&g| f64::from(g).powi(2))
            .sum::<f64>()
            .sqrt();
        let mut rng = rng(&name);
        let mut worst: f64 = 0.0;
        for _ in 0..directions {
            let bound = 3f64.sqrt();
            let step: Vec<f64> = range
                .clone()
                .map(|_| tolerance.step * rng.random_range(-bound..bound))
                .collect();
            let moved = |sign: f64| {
                let mut data = start.clone();
                let part = data[range.clone()].iter_mut().zip(&step);
                part.for_each(|(x, &s)| *x = (f64::from(*x) + sign * s) as f32);
                data
            };
            let (ahead, behind) = (moved(1.0), moved(-1.0));
            let travelled = range
                .clone()
                .map(|i| f64::from(ahead[i]) - f64::from(behind[i]));
            let expected: f64 = travelled
                .zip(gradient)
                .map(|(d, &g)| d * f64::from(g))
                .sum();
            self.operands[index].data = ahead;
            let (high, size) = self.value();
            self.operands[index].data = behind;
            let (low, _) = self.value();
            let twice = 2.0 * tolerance.step;
            let (found, expected) = ((high - low) / twice, expected / twice);
            let allowed = tolerance.relative * norm + tolerance.rounding * size / tolerance.step;
            let share = (found - expected).abs() / allowed;
            assert!(
                share <= 1.0,
                "{name}: finite difference {found:.6}, gradient {expected:.6}, |g| {norm:.6}, allowed {allowed:.2e}"
            );
            worst = worst.max(share);
        }
        self.operands[index].data = start;
        worst
    }
}

/// Checks the gradient of sum(w * `f`(operands)), with random w, in each operand.
pub(crate) fn check_rule(operands: Vec<Operand>, f: impl FnOnce(&mut Graph, &[Value]) -> Value) {
    let mut graph = Graph::new();
    let values: Vec<Value> = operands
        .iter()
        .map(|o| graph.input(&o.name, &o.shape))
        .collect();
    let y = f(&mut graph, &values);
    let (mut scalar, gradients) = differentiate(graph, y, &values, operands);
    for (i, gradient) in gradients.iter().enumerate() {
        let whole = 0..gradient.len();
        assert!(
            gradient.iter().any(|&g| g != 0.0),
            "the gradient of operand {i} is zero"
        );
        scalar.check(i, whole, gradient, 4, OPERATOR);
    }
}

/// The scalar sum(w * y) with random w, and its gradients by `wrt` at the operands.
pub(crate) fn differentiate(
    mut graph: Graph,
    y: Value,
    wrt: &[Value],
    operands: Vec<Operand>,
) -> (Scalar, Vec<Vec<f32>>) {
    let shape = graph.shape(y).to_vec();
    let weights = Operand::uniform("weights", &shape, -1.0..1.0).data;
    let w = graph.constant(&weights, &shape);
    let product = graph.mul(y, w);
    let loss = graph.sum(product, &(0..shape.len()).collect::<Vec<_>>(), false);
    let gradients = vjp::gradients(&mut graph, loss, wrt).expect("every operator has a rule");
    graph.output("y", y);
    for (i, (&gradient, &operand)) in gradients.iter().zip(wrt).enumerate() {
        assert_eq!(
            graph.shape(gradient),
            graph.shape(operand),
            "extents of gradient {i}"
        );
        graph.output(&format!("gradient of {i}"), gradient);
    }
    let mut scalar = Scalar::new(&graph, "y", weights, operands);
    let mut outputs = scalar.run();
    let take = |i| {
        outputs
            .take(&format!("gradient of {i}"))
            .expect("the output exists")
    };
    let gradients = (0..wrt.len()).map(take).collect();
    (scalar, gradients)
}
