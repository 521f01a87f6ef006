//! The same numbers in another place.

use tract_core::broadcast::multi_broadcast;
use tract_core::internal::*;
use tract_core::ops::array::{MultiBroadcastTo, Pad, PadMode, StridedSlice, TypedConcat};
use tract_core::ops::nn::resize::{CoordTransformer, Interpolator};

use super::resize::{Nearest, Resize};
use super::{Wiring, input, known_axes, known_axis};
use crate::onnx::{Attributes, NodeProto, floats, output};

/// Most that a side may grow by.
const MAX_SCALE: f32 = 65536.0;

impl<'a> Wiring<'a> {
    pub(super) fn concat(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let parts: Vec<OutletId> = (0..node.input.len())
            .map(|index| self.operand(node, index))
            .collect::<TractResult<_>>()?;
        let shapes: Vec<Vec<usize>> = parts
            .iter()
            .map(|&part| self.shape(part))
            .collect::<TractResult<_>>()?;
        let first = shapes.first().context("nothing to join")?;
        let axis = Attributes(node).find("axis").context("no axis")?.i;
        let axis = known_axis(axis, first.len())?;
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
        self.wire(output(node), TypedConcat::new(axis), &parts)
    }

    pub(super) fn depth_to_space(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let shape = self.shape(x)?;
        let attributes = Attributes(node);
        let side = usize::try_from(attributes.int("blocksize", 0)).unwrap_or(0);
        let &[_, channels, height, width] = &shape[..] else {
            bail!("DepthToSpace of {shape:?}");
        };
        ensure!(
            side > 0 && channels.is_multiple_of(side * side),
            "{channels} channels for blocks of {side}"
        );
        let depth = (channels / (side * side)).to_dim();
        let block = side.to_dim();
        let (parts, moves) = match attributes.text("mode", "DCR") {
            "DCR" => (tvec![block.clone(), block.clone(), depth], [(2, 5), (1, 3)]),
            "CRD" => (tvec![depth, block.clone(), block.clone()], [(3, 5), (2, 3)]),
            other => bail!("mode = {other}"),
        };
        let from = tvec![height.to_dim(), block.clone(), width.to_dim(), block];
        let to = tvec![(height * side).to_dim(), (width * side).to_dim()];
        let ops = [
            AxisOp::Reshape(1, tvec![channels.to_dim()], parts),
            AxisOp::Move(moves[0].0, moves[0].1),
            AxisOp::Move(moves[1].0, moves[1].1),
            AxisOp::Reshape(2, from, to),
        ];
        self.wire_all(node, ops, x)
    }

    pub(super) fn expand(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let from = dims(&self.shape(x)?);
        let to = self.integers(node, 1)?.context("no shape")?;
        let to = to
            .iter()
            .map(|&side| usize::try_from(side).map(|side| side.to_dim()));
        let to = to.collect::<Result<TVec<TDim>, _>>()?;
        let to = multi_broadcast(&[&from, &to])?;
        self.wire(output(node), MultiBroadcastTo::new(to.into()), &[x])
    }

    pub(super) fn flatten(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let shape = self.shape(x)?;
        let axis = match Attributes(node).int("axis", 1) {
            axis if axis == shape.len() as i64 => shape.len(),
            axis => known_axis(axis, shape.len())?,
        };
        let (before, after) = shape.split_at(axis);
        let sides = [before, after].map(|sides| sides.iter().product::<usize>() as i64);
        self.reshaped(node, x, &sides, true)
    }

    pub(super) fn reshape(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let to = self.integers(node, 1)?.context("no shape")?;
        let zeros = Attributes(node).int("allowzero", 0) != 0;
        self.reshaped(node, x, &to, zeros)
    }

    fn reshaped(
        &mut self,
        node: &'a NodeProto,
        x: OutletId,
        to: &[i64],
        zeros: bool,
    ) -> TractResult<OutletId> {
        let from = dims(&self.shape(x)?);
        let to: TVec<TDim> = to.iter().map(|side| side.to_dim()).collect();
        let ops = to_axis_ops_with_onnx_rules(&from, &to, zeros)?;
        self.wire_all(node, ops, x)
    }

    pub(super) fn squeeze(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let shape = self.shape(x)?;
        let ones = || (0..shape.len()).filter(|&axis| shape[axis] == 1).collect();
        let axes = match self.integers(node, 1)? {
            Some(axes) => axes_of(&axes, shape.len())?,
            None => ones(),
        };
        ensure!(
            axes.iter().all(|&axis| shape[axis] == 1),
            "{axes:?} of {shape:?}"
        );
        self.wire_all(node, axes.into_iter().rev().map(AxisOp::Rm), x)
    }

    pub(super) fn unsqueeze(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let rank = self.shape(x)?.len();
        let axes = self.integers(node, 1)?.context("no axes")?;
        let axes = axes_of(&axes, rank + axes.len())?;
        self.wire_all(node, axes.into_iter().map(AxisOp::Add), x)
    }

    pub(super) fn transpose(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let rank = self.shape(x)?.len();
        let order = match Attributes(node).ints("perm") {
            Some(order) => known_axes(order, rank)?,
            None => (0..rank).rev().collect::<Vec<usize>>(),
        };
        let mut sorted = order.clone();
        sorted.sort_unstable();
        ensure!(
            sorted.iter().copied().eq(0..rank),
            "perm = {order:?} of {rank} axes"
        );
        self.wire_all(node, perm_to_ops(&order), x)
    }

    pub(super) fn slice(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let rank = self.shape(x)?.len();
        let mut inputs = tvec![x];
        let mut place = [None; 4];
        let mut count = None;
        for (i, name) in ["starts", "ends", "axes", "steps"].into_iter().enumerate() {
            let Some(mut numbers) = self.integers(node, i + 1)? else {
                ensure!(i > 1, "no {name}");
                continue;
            };
            let wanted = *count.get_or_insert(numbers.len());
            ensure!(
                numbers.len() == wanted,
                "{name} of {} axes, not {wanted}",
                numbers.len()
            );
            match name {
                "axes" => {
                    for axis in &mut numbers {
                        *axis = known_axis(*axis, rank)? as i64;
                    }
                }
                "steps" => ensure!(!numbers.contains(&0), "a step of 0"),
                _ => {}
            }
            place[i] = Some(inputs.len());
            let tensor = tensor1(&numbers);
            let constant = format!("{}.{name}", output(node));
            inputs.push(self.model.add_const(constant, tensor)?);
        }
        ensure!(
            place[2].is_some() || count <= Some(rank),
            "more axes than {rank}"
        );
        let op = StridedSlice {
            optional_axes_input: place[2],
            optional_steps_input: place[3],
            begin_mask: 0,
            end_mask: 0,
            shrink_axis_mask: 0,
        };
        self.wire(output(node), op, &inputs)
    }

    pub(super) fn pad(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let rank = self.shape(x)?.len();
        let told = self.integers(node, 1)?.context("no pads")?;
        let axes = match self.integers(node, 3)? {
            Some(axes) => known_axes(&axes, rank)?,
            None => (0..rank).collect::<Vec<usize>>(),
        };
        ensure!(
            told.len() == 2 * axes.len(),
            "{} pads of {} axes",
            told.len(),
            axes.len()
        );
        let mut pads = vec![(0, 0); rank];
        for (i, axis) in axes.iter().enumerate() {
            pads[*axis] = (told[i].try_into()?, told[i + axes.len()].try_into()?);
        }
        let mode = match Attributes(node).text("mode", "constant") {
            "constant" => PadMode::Constant(Arc::new(tensor0(self.fill(node)?))),
            "reflect" => PadMode::Reflect,
            "edge" => PadMode::Edge,
            other => bail!("mode = {other}"),
        };
        self.wire(output(node), Pad::new(pads, mode), &[x])
    }

    /// What `Pad` puts around.
    fn fill(&self, node: &NodeProto) -> TractResult<f32> {
        let Some(name) = input(node, 2) else {
            return Ok(0.0);
        };
        match self.floats(name)?[..] {
            [fill] => Ok(fill),
            _ => bail!("{name:?} must be a constant of one number"),
        }
    }

    pub(super) fn resize(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let from = self.shape(x)?;
        let attributes = Attributes(node);
        let policy = attributes.text("keep_aspect_ratio_policy", "stretch");
        ensure!(policy == "stretch", "keep_aspect_ratio_policy = {policy}");
        let axes = match attributes.ints("axes").filter(|_| self.opset >= 18) {
            Some(axes) => known_axes(axes, from.len())?,
            None => (0..from.len()).collect::<Vec<usize>>(),
        };
        let (mut scales, mut to) = (tvec![1.0; from.len()], TVec::from_slice(&from));
        let told = input(node, 2).map(|name| self.floats(name)).transpose()?;
        if let Some(told) = told.filter(|told| !told.is_empty()) {
            ensure!(
                told.len() == axes.len(),
                "{} scales of {} axes",
                told.len(),
                axes.len()
            );
            for (&axis, scale) in axes.iter().zip(told) {
                ensure!(scale > 0.0 && scale <= MAX_SCALE, "a scale of {scale}");
                scales[axis] = scale;
                to[axis] = (from[axis] as f32 * scale).floor() as usize;
            }
        } else {
            let told = self
                .integers(node, 3)?
                .context("neither scales nor sizes")?;
            ensure!(
                told.len() == axes.len(),
                "{} sizes of {} axes",
                told.len(),
                axes.len()
            );
            for (&axis, size) in axes.iter().zip(told) {
                to[axis] = size.try_into()?;
                scales[axis] = to[axis] as f32 / from[axis] as f32;
            }
        }
        ensure!(
            from.iter().chain(&to).all(|&side| side > 0),
            "{from:?} to {to:?}"
        );
        let coordinates = attributes.text("coordinate_transformation_mode", "half_pixel");
        let op = Resize {
            coordinates: CoordTransformer::parse(coordinates)?,
            interpolator: Interpolator::parse(attributes.text("mode", "nearest"))?,
            nearest: Nearest::parse(attributes.text("nearest_mode", "round_prefer_floor"))?,
            antialias: attributes.int("antialias", 0) != 0,
            exclude_outside: attributes.int("exclude_outside", 0) != 0,
            cubic_coefficient: attributes.float("cubic_coeff_a", -0.75).to_bits(),
            scales: scales.into_iter().map(f32::to_bits).collect(),
            shape: to,
        };
        self.wire(output(node), op, &[x])
    }

    /// The numbers of a constant.
    fn floats(&self, name: &str) -> TractResult<Vec<f32>> {
        let tensor = self.constants.get(name);
        let numbers = tensor.and_then(|tensor| floats(tensor));
        numbers.with_context(|| format!("{name:?} must be a constant of floats"))
    }
}

fn dims(shape: &[usize]) -> TVec<TDim> {
    shape.iter().map(|side| side.to_dim()).collect()
}

/// Axes in rising order, none of them twice.
fn axes_of(axes: &[i64], rank: usize) -> TractResult<Vec<usize>> {
    let mut all: Vec<usize> = known_axes(axes, rank)?;
    all.sort_unstable();
    all.dedup();
    ensure!(all.len() == axes.len(), "an axis twice in {axes:?}");
    Ok(all)
}
