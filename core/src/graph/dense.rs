//! Operands of sums over whole axes.

use super::axis::Axis;
use super::operands::Operands;
use super::reader::Reader;
use crate::error::Result;

/// `alpha * a x b + beta * c`.
#[derive(Debug, Clone)]
pub(crate) struct Gemm {
    pub(crate) a: String,
    pub(crate) b: String,
    /// Absent too where `beta` is 0.
    pub(crate) c: Option<String>,
    pub(crate) alpha: f32,
    pub(crate) beta: f32,
    /// Whether `a`, and `b`, are transposed first.
    pub(crate) transposed: [bool; 2],
}

#[derive(Debug, Clone)]
pub(crate) struct Softmax {
    pub(crate) x: String,
    pub(crate) axis: Axis,
}

#[derive(Debug, Clone)]
pub(crate) struct Mean {
    pub(crate) x: String,
    pub(crate) over: Over,
    /// Whether the axes stay, with length 1.
    pub(crate) keep: bool,
}

/// What a mean goes over.
#[derive(Debug, Clone)]
pub(crate) enum Over {
    All,
    Axes(Vec<Axis>),
    /// The value stays as it is.
    Nothing,
}

impl Operands for Gemm {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let beta = node.float("beta", 1.0);
        Ok(Self {
            a: node.operand(0)?,
            b: node.operand(1)?,
            c: node.optional(2).filter(|_| beta != 0.0),
            alpha: node.float("alpha", 1.0),
            beta,
            transposed: [node.flag("transA"), node.flag("transB")],
        })
    }

    fn names(&self) -> Vec<&str> {
        let operands = [&self.a, &self.b].into_iter().chain(&self.c);
        operands.map(String::as_str).collect()
    }
}

impl Operands for Softmax {
    fn read(node: &Reader<'_>) -> Result<Self> {
        Ok(Self {
            x: node.operand(0)?,
            axis: node.axis("axis", -1),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Operands for Mean {
    /// The axes are an attribute up to opset 17 and an input from 18.
    fn read(node: &Reader<'_>) -> Result<Self> {
        let axes = match node.opset() {
            ..18 => node
                .ints("axes")
                .map(|axes| axes.iter().copied().map(Axis).collect()),
            _ => node.axes(1)?,
        };
        Ok(Self {
            x: node.operand(0)?,
            over: match axes.filter(|axes: &Vec<Axis>| !axes.is_empty()) {
                Some(axes) => Over::Axes(axes),
                None if node.flag("noop_with_empty_axes") => Over::Nothing,
                None => Over::All,
            },
            keep: node.int("keepdims") != Some(0),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Over {
    /// The axes of `rank`, in rising order; `None` where one is not there.
    pub(crate) fn of(&self, rank: usize) -> Option<Vec<usize>> {
        match self {
            Self::All => Some((0..rank).collect()),
            Self::Nothing => Some(Vec::new()),
            Self::Axes(axes) => {
                let mut places = Axis::all(axes, rank)?;
                places.sort_unstable();
                places.dedup();
                Some(places)
            }
        }
    }
}
