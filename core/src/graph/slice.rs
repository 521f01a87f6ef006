//! Operands of `Slice` and `Pad`.

use super::axis::Axis;
use super::operands::Operands;
use super::reader::Reader;
use crate::error::Result;

#[derive(Debug, Clone)]
pub(crate) struct Slice {
    pub(crate) x: String,
    pub(crate) cuts: Vec<Cut>,
}

/// A part along an axis. Places below 0 count from its end; those outside stand for the nearest inside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    pub(crate) axis: Axis,
    pub(crate) start: i64,
    pub(crate) end: i64,
    /// Not 0; backwards where it is negative.
    pub(crate) step: i64,
}

#[derive(Debug, Clone)]
pub(crate) struct Pad {
    pub(crate) x: String,
    /// Before and behind each axis of `axes`.
    pads: Vec<[usize; 2]>,
    /// `None`: all of them, in order.
    axes: Option<Vec<Axis>>,
    pub(crate) outside: Outside,
}

/// What is put around.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outside {
    Number(f32),
    /// The nearest number inside.
    Edge,
    /// What lies inside, seen in a mirror on the last number.
    Mirror,
}

impl Operands for Slice {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let (starts, ends) = (node.needed(1)?, node.needed(2)?);
        let count = starts.len();
        let axes = node.axes(3)?;
        let axes = axes.unwrap_or_else(|| (0..count as i64).map(Axis).collect());
        let steps = node.integers(4)?.unwrap_or_else(|| vec![1; count]);
        if [ends.len(), axes.len(), steps.len()] != [count; 3] {
            return Err(node.refuse("its operands are not equally long"));
        }
        if steps.contains(&0) {
            return Err(node.refuse("a step is 0"));
        }
        let cut = |i: usize| Cut {
            axis: axes[i],
            start: starts[i],
            end: ends[i],
            step: steps[i],
        };
        Ok(Self {
            x: node.operand(0)?,
            cuts: (0..count).map(cut).collect(),
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Operands for Pad {
    fn read(node: &Reader<'_>) -> Result<Self> {
        let told = node.needed(1)?;
        let count = told.len() / 2;
        let pad = |i: usize| {
            let [before, behind] = [told.get(i)?, told.get(i + count)?];
            Some([(*before).try_into().ok()?, (*behind).try_into().ok()?])
        };
        let pads: Option<Vec<[usize; 2]>> = (0..count).map(pad).collect();
        let pads = pads.filter(|_| told.len().is_multiple_of(2));
        let fill = match node.floats(2)?.as_deref() {
            None => 0.0,
            Some(&[fill]) => fill,
            Some(_) => return Err(node.refuse("it is filled with more than one number")),
        };
        let modes = [
            ("constant", Outside::Number(fill)),
            ("reflect", Outside::Mirror),
            ("edge", Outside::Edge),
        ];
        Ok(Self {
            x: node.operand(0)?,
            pads: pads.ok_or_else(|| node.refuse(format!("its pads are {told:?}")))?,
            axes: node.axes(3)?,
            outside: node.choice("mode", &modes)?,
        })
    }

    fn names(&self) -> Vec<&str> {
        vec![&self.x]
    }
}

impl Pad {
    /// What comes before and behind each of `rank` axes; `None` where the file has another number of them.
    pub(crate) fn along(&self, rank: usize) -> Option<Vec<[usize; 2]>> {
        let axes = match &self.axes {
            Some(axes) => Axis::all(axes, rank)?,
            None => (0..rank).collect(),
        };
        let mut all = vec![[0; 2]; rank];
        for (&axis, &pads) in axes.iter().zip(&self.pads) {
            all[axis] = pads;
        }
        (axes.len() == self.pads.len()).then_some(all)
    }
}
