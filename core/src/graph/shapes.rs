//! Operands of what puts the same numbers in another place.

use super::axis::Axis;
use super::operands::Operands;
use super::reader::Reader;
use crate::error::Result;

#[derive(Debug, Clone)]
pub(crate) struct Concat {
    pub(crate) parts: Vec<String>,
    pub(crate) axis: Axis,
}

/// Blocks of `side` x `side` pixels.
#[derive(Debug, Clone)]
pub(crate) struct DepthToSpace {
    pub(crate) x: String,
    pub(crate) side: usize,
    pub(crate) order: BlockOrder,
}

/// How the channels of a block lie behind each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockOrder {
    /// All channels of the first pixel first (`DCR`).
    PixelFirst,
    /// All pixels of the first channel first (`CRD`).
    ChannelFirst,
}

/// Sides of 1 stand for those of `x`, as far as it has them.
#[derive(Debug, Clone)]
pub(crate) struct Expand {
    pub(crate) x: String,
    pub(crate) to: Vec<usize>,
}

/// A matrix: the axes before `axis`, and those from it on.
#[derive(Debug, Clone)]
pub(crate) struct Flatten {
    pub(crate) x: String,
    axis: Axis,
}

/// A side of -1 is found out.
#[derive(Debug, Clone)]
pub(crate) struct Reshape {
    pub(crate) x: String,
    pub(crate) to: Vec<i64>,
    /// Whether a side of 0 is 0, and not that of `x`.
    pub(crate) zeros: bool,
}

/// `None`: without any axis of length 1.
#[derive(Debug, Clone)]
pub(crate) struct Squeeze {
    pub(crate) x: String,
    pub(crate) axes: Option<Vec<Axis>>,
}

/// `None`: in reverse order.
#[derive(Debug, Clone)]
pub(crate) struct Transpose {
    pub(crate) x: String,
    order: Option<Vec<Axis>>,
}

/// The axes are those of the result.
#[derive(Debug, Clone)]
pub(crate) struct Unsqueeze {
    pub(crate) x: String,
    pub(crate) axes: Vec<Axis>,
}

impl Operands for Concat {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let axis = node.int("axis").map(Axis);
        let parts = node.operands()?;
        if parts.is_empty() {
            return Err(node.refuse("there is nothing to join"));
        }
        Ok(Self {
            parts,
            axis: axis.ok_or_else(|| node.refuse("it has no axis"))?,
        })
    }

    fn names(&self) -> Vec<&str> {
        self.parts.iter().map(String::as_str).collect()
    }
}

impl Operands for DepthToSpace {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let orders = [
            ("DCR", BlockOrder::PixelFirst),
            ("CRD", BlockOrder::ChannelFirst),
        ];
        Ok(Self {
            x: node.operand(0)?,
            side: node.count("blocksize", 0)?,
            order: node.choice("mode", &orders)?,
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Operands for Expand {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let to = node.needed(1)?;
        let sides: Option<Vec<usize>> = to.iter().map(|&side| side.try_into().ok()).collect();
        Ok(Self {
            x: node.operand(0)?,
            to: sides.ok_or_else(|| node.refuse(format!("its shape is {to:?}")))?,
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Operands for Flatten {
    fn read(node: &Reader<'_>) -> Result<Self> {
        Ok(Self {
            x: node.operand(0)?,
            axis: node.axis("axis", 1),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Flatten {
    /// How many axes of `rank` become the first one: all of them too.
    pub(crate) fn rows(&self, rank: usize) -> Option<usize> {
        match self.axis {
            Axis(axis) if axis == rank as i64 => Some(rank),
            axis => axis.of(rank),
        }
    }
}

impl Operands for Reshape {
    fn read(node: &Reader<'_>) -> Result<Self> {
        Ok(Self {
            x: node.operand(0)?,
            to: node.needed(1)?,
            zeros: node.flag("allowzero"),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Operands for Squeeze {
    fn read(node: &Reader<'_>) -> Result<Self> {
        Ok(Self {
            x: node.operand(0)?,
            axes: node.axes(1)?,
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Operands for Transpose {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let order = node.ints("perm");
        Ok(Self {
            x: node.operand(0)?,
            order: order.map(|axes| axes.iter().copied().map(Axis).collect()),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Transpose {
    /// Which axis of `x` each axis of the result is; `None` where it is no order of `rank` axes.
    pub(crate) fn order(&self, rank: usize) -> Option<Vec<usize>> {
        let Some(order) = &self.order else {
            return Some((0..rank).rev().collect());
        };
        let whole = Axis::rising(order, rank)?.len() == rank;
        Axis::all(order, rank).filter(|_| whole)
    }
}

impl Operands for Unsqueeze {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let axes = node.axes(1)?;
        Ok(Self {
            x: node.operand(0)?,
            axes: axes.ok_or_else(|| node.refuse("it has no axes"))?,
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}
