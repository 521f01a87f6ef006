//! What follows an operation and is done in the same pass: a sum, an activation, a scale, a bound.

use super::{Lowering, volume};
use crate::onnx::Attributes;

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
            let node = self.nodes[next];
            let output = node.output.first().map_or("", String::as_str).to_owned();
            if let Some(epilogue) = self.absorb(tail.epilogue, next, &tail.name) {
                tail.epilogue = epilogue;
            } else if let Some(other) = self.addend(next, &tail, &fits) {
                tail.other = Some(other);
            } else {
                break;
            }
            self.done[next] = true;
            tail.name = output;
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
        let attributes = Attributes(node);
        match node.op_type.as_str() {
            "Identity" => Some(epilogue),
            "Relu" => epilogue.activated(1, 0.0),
            "LeakyRelu" => epilogue.activated(1, attributes.float("alpha", 0.01)),
            "Tanh" => epilogue.activated(2, 0.0),
            "Sigmoid" => epilogue.activated(3, 0.0),
            "Clip" => {
                let bound = |index: usize, default| match node.input.get(index) {
                    Some(input) if !input.is_empty() => self.constants.get(input)?.scalar(),
                    _ => Some(default),
                };
                epilogue.bounded(bound(1, f32::MIN)?, bound(2, f32::MAX)?)
            }
            "Add" | "Sub" | "Mul" | "Div" => self.scale(epilogue, at, name),
            _ => None,
        }
    }

    /// Arithmetic with one number.
    fn scale(&self, epilogue: Epilogue, at: usize, name: &str) -> Option<Epilogue> {
        let node = self.nodes[at];
        let first = node.input.first()? == name;
        let number = self
            .constants
            .get(node.input.get(usize::from(first))?)?
            .scalar()?;
        // A number of shape [1, 1, 1, 1, 1] would make the result another shape.
        if self.shape(name)? != self.shape(node.output.first()?)? {
            return None;
        }
        match (node.op_type.as_str(), first) {
            ("Add", _) => epilogue.scaled(1.0, number),
            ("Sub", true) => epilogue.scaled(1.0, -number),
            ("Sub", false) => epilogue.scaled(-1.0, number),
            ("Mul", _) => epilogue.scaled(number, 0.0),
            ("Div", true) => epilogue.scaled(1.0 / number, 0.0),
            _ => None,
        }
    }

    /// What a node adds to the chain, where it is known by now and fits.
    fn addend(&self, at: usize, tail: &Tail, fits: impl Fn(&[usize]) -> bool) -> Option<String> {
        let node = self.nodes[at];
        if node.op_type != "Add" || tail.other.is_some() || tail.epilogue.stage != Stage::Start {
            return None;
        }
        let other = node.input.iter().find(|input| **input != tail.name)?;
        let shape = self.shape(other)?;
        let known = self.values.contains_key(other) || self.constants.contains_key(other);
        let same = volume(self.shape(node.output.first()?)?) == volume(self.shape(&tail.name)?);
        (known && same && fits(shape)).then(|| other.clone())
    }
}
