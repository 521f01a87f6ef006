//! The same numbers in another place.

use tract_core::broadcast::multi_broadcast;
use tract_core::internal::*;
use tract_core::ops::array::{
    MultiBroadcastTo, Pad as TractPad, PadMode, StridedSlice, TypedConcat,
};

use super::resize::Resample;
use super::{Wiring, known_axis};
use crate::graph::{
    Axis, BlockOrder, Concat, DepthToSpace, Expand, Flatten, Outside, Pad, Reshape, Resize, Slice,
    Squeeze, Transpose, Unsqueeze,
};

impl Wiring<'_> {
    pub(super) fn concat(&mut self, name: &str, concat: &Concat) -> TractResult<OutletId> {
        let parts: Vec<OutletId> = concat
            .parts
            .iter()
            .map(|part| self.value(part))
            .collect::<TractResult<_>>()?;
        let shapes: Vec<Vec<usize>> = parts
            .iter()
            .map(|&part| self.shape(part))
            .collect::<TractResult<_>>()?;
        let first = shapes.first().context("nothing to join")?;
        let axis = known_axis(concat.axis, first.len())?;
        let fits = |shape: &Vec<usize>| {
            let mut shape = shape.clone();
            shape.len() == first.len() && {
                shape[axis] = first[axis];
                shape == *first
            }
        };
        ensure!(
            shapes.iter().all(fits),
            "{shapes:?} do not fit along axis {axis}"
        );
        self.wire(name, TypedConcat::new(axis), &parts)
    }

    pub(super) fn depth_to_space(
        &mut self,
        name: &str,
        blocks: &DepthToSpace,
    ) -> TractResult<OutletId> {
        let x = self.value(&blocks.x)?;
        let shape = self.shape(x)?;
        let side = blocks.side;
        let &[_, channels, height, width] = &shape[..] else {
            bail!("DepthToSpace of {shape:?}");
        };
        ensure!(
            channels.is_multiple_of(side * side),
            "{channels} channels for blocks of {side}"
        );
        let depth = (channels / (side * side)).to_dim();
        let block = side.to_dim();
        let (parts, moves) = match blocks.order {
            BlockOrder::PixelFirst => {
                (tvec![block.clone(), block.clone(), depth], [(2, 5), (1, 3)])
            }
            BlockOrder::ChannelFirst => {
                (tvec![depth, block.clone(), block.clone()], [(3, 5), (2, 3)])
            }
        };
        let from = tvec![height.to_dim(), block.clone(), width.to_dim(), block];
        let to = tvec![(height * side).to_dim(), (width * side).to_dim()];
        let ops = [
            AxisOp::Reshape(1, tvec![channels.to_dim()], parts),
            AxisOp::Move(moves[0].0, moves[0].1),
            AxisOp::Move(moves[1].0, moves[1].1),
            AxisOp::Reshape(2, from, to),
        ];
        self.wire_all(name, ops, x)
    }

    pub(super) fn expand(&mut self, name: &str, expand: &Expand) -> TractResult<OutletId> {
        let x = self.value(&expand.x)?;
        let to = multi_broadcast(&[dims(&self.shape(x)?), dims(&expand.to)])?;
        self.wire(name, MultiBroadcastTo::new(to.into()), &[x])
    }

    pub(super) fn flatten(&mut self, name: &str, flatten: &Flatten) -> TractResult<OutletId> {
        let x = self.value(&flatten.x)?;
        let shape = self.shape(x)?;
        let rows = flatten.rows(shape.len());
        let (before, behind) = shape.split_at(rows.context("no such axis")?);
        let sides = [before, behind].map(|sides| sides.iter().product::<usize>() as i64);
        self.reshaped(name, x, &sides, true)
    }

    pub(super) fn reshape(&mut self, name: &str, reshape: &Reshape) -> TractResult<OutletId> {
        let x = self.value(&reshape.x)?;
        self.reshaped(name, x, &reshape.to, reshape.zeros)
    }

    fn reshaped(
        &mut self,
        name: &str,
        x: OutletId,
        to: &[i64],
        zeros: bool,
    ) -> TractResult<OutletId> {
        let from = dims(&self.shape(x)?);
        let to: TVec<TDim> = to.iter().map(|side| side.to_dim()).collect();
        let ops = to_axis_ops_with_onnx_rules(&from, &to, zeros)?;
        self.wire_all(name, ops, x)
    }

    pub(super) fn squeeze(&mut self, name: &str, squeeze: &Squeeze) -> TractResult<OutletId> {
        let x = self.value(&squeeze.x)?;
        let shape = self.shape(x)?;
        let axes = match &squeeze.axes {
            Some(axes) => rising(axes, shape.len())?,
            None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
        };
        ensure!(
            axes.iter().all(|&axis| shape[axis] == 1),
            "{axes:?} of {shape:?}"
        );
        self.wire_all(name, axes.into_iter().rev().map(AxisOp::Rm), x)
    }

    pub(super) fn unsqueeze(&mut self, name: &str, unsqueeze: &Unsqueeze) -> TractResult<OutletId> {
        let x = self.value(&unsqueeze.x)?;
        let rank = self.shape(x)?.len();
        let axes = rising(&unsqueeze.axes, rank + unsqueeze.axes.len())?;
        self.wire_all(name, axes.into_iter().map(AxisOp::Add), x)
    }

    pub(super) fn transpose(&mut self, name: &str, transpose: &Transpose) -> TractResult<OutletId> {
        let x = self.value(&transpose.x)?;
        let rank = self.shape(x)?.len();
        let order = transpose.order(rank);
        let order = order.with_context(|| format!("{transpose:?} of {rank} axes"))?;
        self.wire_all(name, perm_to_ops(&order), x)
    }

    pub(super) fn slice(&mut self, name: &str, slice: &Slice) -> TractResult<OutletId> {
        let x = self.value(&slice.x)?;
        let rank = self.shape(x)?.len();
        let axes: Vec<i64> = slice
            .cuts
            .iter()
            .map(|cut| Ok(known_axis(cut.axis, rank)? as i64))
            .collect::<TractResult<_>>()?;
        let cuts = slice.cuts.iter();
        let operands = [
            ("starts", cuts.clone().map(|cut| cut.start).collect()),
            ("ends", cuts.clone().map(|cut| cut.end).collect()),
            ("axes", axes),
            ("steps", cuts.map(|cut| cut.step).collect()),
        ];
        let mut inputs = tvec![x];
        for (what, numbers) in operands {
            let constant = format!("{name}.{what}");
            inputs.push(self.model.add_const(constant, tensor1(&numbers))?);
        }
        let op = StridedSlice {
            optional_axes_input: Some(3),
            optional_steps_input: Some(4),
            begin_mask: 0,
            end_mask: 0,
            shrink_axis_mask: 0,
        };
        self.wire(name, op, &inputs)
    }

    pub(super) fn pad(&mut self, name: &str, pad: &Pad) -> TractResult<OutletId> {
        let x = self.value(&pad.x)?;
        let rank = self.shape(x)?.len();
        let pads = pad.along(rank);
        let pads = pads.with_context(|| format!("{pad:?} of {rank} axes"))?;
        let mode = match pad.outside {
            Outside::Number(fill) => PadMode::Constant(Arc::new(tensor0(fill))),
            Outside::Mirror => PadMode::Reflect,
            Outside::Edge => PadMode::Edge,
        };
        let pads = pads.into_iter().map(|[before, behind]| (before, behind));
        self.wire(name, TractPad::new(pads.collect(), mode), &[x])
    }

    pub(super) fn resize(&mut self, name: &str, resize: &Resize) -> TractResult<OutletId> {
        let x = self.value(&resize.x)?;
        let op = Resample::new(resize, &self.shape(x)?)?;
        self.wire(name, op, &[x])
    }
}

fn dims(shape: &[usize]) -> TVec<TDim> {
    shape.iter().map(|side| side.to_dim()).collect()
}

/// Axes in rising order, none of them twice.
fn rising(axes: &[Axis], rank: usize) -> TractResult<Vec<usize>> {
    let places = Axis::rising(axes, rank);
    places.with_context(|| format!("{axes:?} of {rank}"))
}
