//! Gradients against directional finite differences.
//!
//! A direction u has independent elements with unit variance, so that g . u is of the size of |g| and a mistake e in
//! the gradient shows as about |e|. The steps that are compared are the float32 operands that were really fed, and the
//! scalar is summed up on the host in float64: what is left of rounding is the float32 result's own, 1e-7 of its size.
#![allow(dead_code, reason = "each test file uses its own part of this module")]

pub(crate) mod calm;
pub(crate) mod data;

use std::ops::Range;

use confounder_trainer::{
    engine::{Feed, Outputs, Session},
    graph::{Graph, ModelInfo, Value},
    nets::{Mode, Net, Scope, State, Weights},
    vjp,
};
use prost::Message;
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

/// A flat vector of a net.
pub(crate) fn vector(name: &str, data: &[f32]) -> Operand {
    Operand::new(name, &[data.len()], data.to_vec())
}

/// Soft targets: random rows that sum to 1.
pub(crate) fn targets(images: usize, classes: usize) -> Operand {
    let mut raw = Operand::uniform("targets", &[images, classes], 0.0..1.0);
    for row in raw.data.chunks_mut(classes) {
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|x| *x /= sum);
    }
    raw
}

/// A fresh state of `net`, moved off the special values (a scale of 1, a shift of 0), with the statistics of the batch
/// `x`, moved too.
pub(crate) fn jittered(net: &dyn Net, x: &Operand) -> State {
    let mut rng = rng("jittered");
    let mut state = State::init(net, &x.shape, &mut rng);
    state
        .parameters
        .iter_mut()
        .for_each(|p| *p += rng.random_range(-0.1..0.1));
    state.statistics = batch_statistics(net, &state, x);
    state
        .statistics
        .iter_mut()
        .for_each(|s| *s *= rng.random_range(0.9..1.1));
    state
}

/// What the batch norms of `net` see on the batch `x`.
pub(crate) fn batch_statistics(net: &dyn Net, state: &State, x: &Operand) -> Vec<f32> {
    let mut graph = Graph::new();
    let images = graph.input(&x.name, &x.shape);
    let mut scope = Scope::new(&mut graph, Weights::Frozen(state), Mode::Train);
    net.forward(&mut scope, images);
    let parts = scope.batch_statistics().to_vec();
    let joined = graph.concat(&parts, 0);
    graph.output("statistics", joined);
    let mut outputs = run(&graph, std::slice::from_ref(x));
    outputs.take("statistics").expect("the net has batch norms")
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

/// Compiles and runs a graph once.
pub(crate) fn run(graph: &Graph, operands: &[Operand]) -> Outputs {
    let mut session = Session::new(graph, 1).expect("the graph is valid");
    session.run(&feeds(operands)).expect("the graph runs")
}

/// How far a finite difference goes, and how far it may be off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    /// Steps to try: the standard deviation of one element's change. Too long a step leaves the linear range, too short
    /// a one drowns in rounding; a right gradient agrees at some step, a wrong one at none.
    pub(crate) steps: &'static [f64],
    /// Allowed error as a share of the gradient's norm.
    pub(crate) relative: f64,
    /// Allowed error as a share of the scalar's size; covers rounding at the longest step.
    pub(crate) absolute: f64,
}

/// For operators, on operands of the size of 1: the third-order term is step^2 / 6 of the third derivative, which is
/// 1.4e-4 of the gradient for the steepest of them (1 / b at b = 0.5) and far less for the others.
pub(crate) const OPERATOR: Tolerance = Tolerance {
    steps: &[0.003],
    relative: 5e-4,
    absolute: 7e-5,
};

/// A scalar sum(weights * output) of operands, computed by one session.
pub(crate) struct Scalar {
    session: Session,
    output: String,
    weights: Vec<f32>,
    pub(crate) operands: Vec<Operand>,
}

impl Scalar {
    /// Only `output` of the graph is computed.
    pub(crate) fn new(
        graph: &Graph,
        output: &str,
        weights: Vec<f32>,
        operands: Vec<Operand>,
    ) -> Self {
        let mut model = graph.to_proto(&ModelInfo::default());
        let outputs = &mut model.graph.as_mut().expect("a model has a graph").output;
        outputs.retain(|info| info.name == output);
        let session = Session::from_bytes(&model.encode_to_vec(), 1).expect("the graph is valid");
        Self {
            session,
            output: output.into(),
            weights,
            operands,
        }
    }

    /// The scalar, and the root of the sum of its squared terms (the size that its rounding goes by).
    fn value(&mut self) -> (f64, f64) {
        let outputs = self.session.run(&feeds(&self.operands));
        let y = outputs
            .and_then(|mut o| o.take(&self.output))
            .expect("the graph runs");
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
    /// Returns whether the gradient stands clear of the error that is allowed for rounding.
    pub(crate) fn check(
        &mut self,
        index: usize,
        range: Range<usize>,
        gradient: &[f32],
        directions: usize,
        tolerance: Tolerance,
    ) -> bool {
        let name = format!("{}[{range:?}]", self.operands[index].name);
        assert_eq!(gradient.len(), range.len(), "gradient of {name}");
        assert!(
            gradient.iter().all(|g| g.is_finite()),
            "gradient of {name} is not finite"
        );
        let norm = gradient
            .iter()
            .map(|&g| f64::from(g).powi(2))
            .sum::<f64>()
            .sqrt();
        let mut rng = rng(&name);
        let mut clear = true;
        for _ in 0..directions {
            let bound = 3f64.sqrt();
            let direction: Vec<f64> = range
                .clone()
                .map(|_| rng.random_range(-bound..bound))
                .collect();
            let mut tried = String::new();
            let agreed = tolerance.steps.iter().any(|&step| {
                let (found, expected, size) =
                    self.slopes(index, range.start, &direction, step, gradient);
                let allowed = tolerance.relative * norm + tolerance.absolute * size;
                clear &= norm > 5.0 * tolerance.absolute * size;
                tried += &format!(
                    "\n  step {step:.0e}: {found:.4e}, allowed {expected:.4e} +- {allowed:.1e}"
                );
                (found - expected).abs() <= allowed
            });
            assert!(agreed, "{name}, |g| {norm:.3e}; finite differences:{tried}");
        }
        clear
    }

    /// Along `direction`: the central difference, what the gradient says, and the scalar's size.
    pub(crate) fn slopes(
        &mut self,
        index: usize,
        start: usize,
        direction: &[f64],
        step: f64,
        gradient: &[f32],
    ) -> (f64, f64, f64) {
        let here = self.operands[index].data.clone();
        let mut at = |sign: f64| {
            let data = &mut self.operands[index].data;
            data.copy_from_slice(&here);
            let part = data[start..].iter_mut().zip(direction);
            part.for_each(|(x, u)| *x = (f64::from(*x) + sign * step * u) as f32);
            let moved = data[start..start + direction.len()].to_vec();
            (moved, self.value())
        };
        let (ahead, (high, size)) = at(1.0);
        let (behind, (low, _)) = at(-1.0);
        let travelled = ahead
            .iter()
            .zip(&behind)
            .map(|(&a, &b)| f64::from(a) - f64::from(b));
        let expected: f64 = travelled
            .zip(gradient)
            .map(|(d, &g)| d * f64::from(g))
            .sum();
        self.operands[index].data = here;
        ((high - low) / (2.0 * step), expected / (2.0 * step), size)
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
    let mut outputs = run(&graph, &operands);
    let scalar = Scalar::new(&graph, "y", weights, operands);
    let take = |i| {
        outputs
            .take(&format!("gradient of {i}"))
            .expect("the output exists")
    };
    let gradients = (0..wrt.len()).map(take).collect();
    (scalar, gradients)
}
