//! What follows an operation and is done in the same pass: a sum, an activation, a scale, a bound.

use super::lowered::volume;
use super::lowering::Lowering;
use crate::graph::{Node, Op, Two};

/// `clamp(activation(x) * scale + offset, low, high)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Epilogue {
    activation: u32,
    slope: f32,
    scale: f32,
    offset: f32,
    low: f32,
    high: f32,
    /// How far along this formula is.
    stage: Stage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Start,
    Activated,
    Scaled,
    Bounded,
}

/// The end of a chain of operations that one pass does.
pub(super) struct Tail {
    /// The name of what the pass computes.
    pub(super) name: String,
    pub(super) epilogue: Epilogue,
    /// What is added before the activation.
    pub(super) other: Option<String>,
}

impl Default for Epilogue {
    fn default() -> Self {
        Self {
            activation: 0,
            slope: 0.0,
            scale: 1.0,
            offset: 0.0,
            low: f32::MIN,
            high: f32::MAX,
            stage: Stage::Start,
        }
    }
}

impl Epilogue {
    /// The kernel's constant that chooses the activation.
    pub(super) fn constant(&self) -> (&'static str, f64) {
        ("ACTIVATION", f64::from(self.activation))
    }

    /// The words at the start of a kernel's uniform block.
    pub(super) fn words(&self) -> [u32; 8] {
        let bits = f32::to_bits;
        let (scale, offset) = (bits(self.scale), bits(self.offset));
        [
            bits(self.slope),
            scale,
            offset,
            bits(self.low),
            bits(self.high),
            0,
            0,
            0,
        ]
    }

    /// Adds an activation; `None` where the chain is past that.
    fn activated(self, activation: u32, slope: f32) -> Option<Self> {
        (self.stage == Stage::Start && slope.is_finite()).then_some(Self {
            activation,
            slope,
            stage: Stage::Activated,
            ..self
        })
    }

    /// Adds a multiplication and an addition.
    fn scaled(self, scale: f32, offset: f32) -> Option<Self> {
        let next = Self {
            scale: self.scale * scale,
            offset: self.offset * scale + offset,
            stage: Stage::Scaled,
            ..self
        };
        let finite = next.scale.is_finite() && next.offset.is_finite();
        (self.stage < Stage::Bounded && finite).then_some(next)
    }

    fn bounded(self, low: f32, high: f32) -> Option<Self> {
        let next = Self {
            low: self.low.max(low),
            high: self.high.min(high),
            stage: Stage::Bounded,
            ..self
        };
        (next.low <= next.high).then_some(next)
    }
}

impl Lowering<'_> {
    /// Takes as many of the operations that follow `name` into its pass as fit, and marks them as done. A sum with
    /// another value is taken where `fits` says yes to that value's shape.
    pub(super) fn tail(&mut self, name: &str, fits: impl Fn(&[usize]) -> bool) -> Tail {
        let mut tail = Tail {
            name: name.to_owned(),
            epilogue: Epilogue::default(),
            other: None,
        };
        while let Some(next) = self.next(&tail.name) {
            if let Some(epilogue) = self.absorb(tail.epilogue, next, &tail.name) {
                tail.epilogue = epilogue;
            } else if let Some(other) = self.addend(next, &tail, &fits) {
                tail.other = Some(other);
            } else {
                break;
            }
            self.done[next] = true;
            tail.name.clone_from(&self.nodes[next].output);
        }
        tail
    }

    /// The one node that uses a value, if it is only one and only once.
    fn next(&self, name: &str) -> Option<usize> {
        match self.users.get(name).map(Vec::as_slice) {
            Some(&[user]) if name != "residual" && !self.done[user] => Some(user),
            _ => None,
        }
    }

    /// The epilogue with a node's operation on `name` added, where it is of that kind.
    pub(super) fn absorb(&self, epilogue: Epilogue, at: usize, name: &str) -> Option<Epilogue> {
        let node = self.nodes[at];
        match &node.op {
            Op::Identity(_) => Some(epilogue),
            Op::Relu(_) => epilogue.activated(1, 0.0),
            Op::LeakyRelu(leaky) => epilogue.activated(1, leaky.slope),
            Op::Tanh(_) => epilogue.activated(2, 0.0),
            Op::Sigmoid(_) => epilogue.activated(3, 0.0),
            Op::Clip(clip) => {
                let bound = |bound: &Option<String>, default| match bound {
                    Some(bound) => self.constants.get(bound)?.scalar(),
                    None => Some(default),
                };
                epilogue.bounded(bound(&clip.low, f32::MIN)?, bound(&clip.high, f32::MAX)?)
            }
            Op::Add(two) => epilogue.scaled(1.0, self.number(node, two, name)?.0),
            Op::Sub(two) => match self.number(node, two, name)? {
                (number, true) => epilogue.scaled(1.0, -number),
                (number, false) => epilogue.scaled(-1.0, number),
            },
            Op::Mul(two) => epilogue.scaled(self.number(node, two, name)?.0, 0.0),
            Op::Div(two) => match self.number(node, two, name)? {
                (number, true) => epilogue.scaled(1.0 / number, 0.0),
                (_, false) => None,
            },
            // Each of these needs more than the one number in its place.
            Op::Conv(_) | Op::ConvTranspose(_) | Op::AveragePool(_) | Op::MaxPool(_) => None,
            Op::GlobalAveragePool(_) | Op::ReduceMean(_) | Op::Softmax(_) => None,
            Op::Gemm(_) | Op::MatMul(_) | Op::Resize(_) | Op::DepthToSpace(_) => None,
            Op::Concat(_) | Op::Expand(_) | Op::Pad(_) | Op::Slice(_) | Op::Transpose(_) => None,
            Op::Flatten(_) | Op::Reshape(_) | Op::Squeeze(_) | Op::Unsqueeze(_) => None,
        }
    }

    /// The one number that stands beside `name`, and whether it is the second of the two.
    fn number(&self, node: &Node, two: &Two, name: &str) -> Option<(f32, bool)> {
        let first = two.a == name;
        let other = if first { &two.b } else { &two.a };
        let number = self.constants.get(other)?.scalar()?;
        // A number of shape [1, 1, 1, 1, 1] would make the result another shape.
        (self.shape(name)? == self.shape(&node.output)?).then_some((number, first))
    }

    /// What a node adds to the chain, where it is known by now and fits.
    fn addend(&self, at: usize, tail: &Tail, fits: impl Fn(&[usize]) -> bool) -> Option<String> {
        let node = self.nodes[at];
        let Op::Add(two) = &node.op else {
            return None;
        };
        if tail.other.is_some() || tail.epilogue.stage != Stage::Start {
            return None;
        }
        let other = [&two.a, &two.b].into_iter().find(|x| **x != tail.name)?;
        let shape = self.shape(other)?;
        let known = self.values.contains_key(other) || self.constants.contains_key(other);
        let same = volume(self.shape(&node.output)?) == volume(self.shape(&tail.name)?);
        (known && same && fits(shape)).then(|| other.clone())
    }
}
