//! Sums over whole axes.

use tract_core::internal::*;
use tract_core::ops::einsum::EinSum;
use tract_core::ops::math;
use tract_core::ops::nn::{Reduce, Reducer, Softmax};

use super::{Wiring, known_axes, known_axis};
use crate::onnx::{Attributes, NodeProto, output};

impl<'a> Wiring<'a> {
    pub(super) fn gemm(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let (name, attributes) = (output(node), Attributes(node));
        let operands = [self.operand(node, 0)?, self.operand(node, 1)?];
        let flag = |name| attributes.int(name, 0) != 0;
        let shapes = [self.shape(operands[0])?, self.shape(operands[1])?];
        let inner = [usize::from(!flag("transA")), usize::from(flag("transB"))];
        ensure!(
            shapes.iter().all(|shape| shape.len() == 2)
                && shapes[0][inner[0]] == shapes[1][inner[1]],
            "Gemm of {shapes:?}"
        );
        let axes = AxesMapping::for_numpy_matmul(2, flag("transA"), flag("transB"), false)?;
        let product = EinSum::new(axes, DatumType::F32);
        let mut value = self.wire(format!("{name}.product"), product, &operands)?;
        let alpha = attributes.float("alpha", 1.0);
        if alpha != 1.0 {
            let alpha = self.number(format!("{name}.alpha"), alpha)?;
            value = self.broadcast(format!("{name}.scaled"), math::mul(), [alpha, value])?;
        }
        let beta = attributes.float("beta", 1.0);
        let Some(mut added) = self.optional(node, 2)?.filter(|_| beta != 0.0) else {
            return Ok(value);
        };
        if beta != 1.0 {
            let beta = self.number(format!("{name}.beta"), beta)?;
            added = self.broadcast(format!("{name}.added"), math::mul(), [beta, added])?;
        }
        let (to, own) = (self.shape(value)?, self.shape(added)?);
        let sum = self.broadcast(name.into(), math::add(), [value, added])?;
        ensure!(self.shape(sum)? == to, "Gemm adds {own:?} to {to:?}");
        Ok(sum)
    }

    pub(super) fn matmul(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let operands = [self.operand(node, 0)?, self.operand(node, 1)?];
        let shapes = [self.shape(operands[0])?, self.shape(operands[1])?];
        let ranks = [shapes[0].len(), shapes[1].len()];
        ensure!(
            ranks.iter().all(|&r| r > 0) && ranks.iter().any(|&r| r > 1),
            "MatMul of values of {ranks:?} axes"
        );
        // Axes before the last two, aligned at the end: a, b, c ...
        let most = ranks[0].max(ranks[1]).saturating_sub(2);
        let batch = |rank: usize| -> String {
            let own = rank.saturating_sub(2);
            ('a'..).take(most).skip(most - own).collect()
        };
        let (rows, columns) = (ranks[0] > 1, ranks[1] > 1);
        let text = format!(
            "{}{}k,{}k{}->{}{}{}",
            batch(ranks[0]),
            if rows { "m" } else { "" },
            batch(ranks[1]),
            if columns { "n" } else { "" },
            batch(ranks[0].max(ranks[1])),
            if rows { "m" } else { "" },
            if columns { "n" } else { "" },
        );
        let depth =
            |shape: &[usize], from_end: usize| shape[shape.len() - from_end.min(shape.len())];
        let depths = [depth(&shapes[0], 1), depth(&shapes[1], 2)];
        ensure!(depths[0] == depths[1], "MatMul of {shapes:?}");
        let product = EinSum::new(text.parse()?, DatumType::F32);
        self.wire(output(node), product, &operands)
    }

    pub(super) fn softmax(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let x = self.operand(node, 0)?;
        let axis = known_axis(Attributes(node).int("axis", -1), self.shape(x)?.len())?;
        let op = Softmax {
            axes: tvec![axis],
            ..Softmax::default()
        };
        self.wire(output(node), op, &[x])
    }

    /// The mean over height and width, or over any axes.
    pub(super) fn mean(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let (name, x) = (output(node), self.operand(node, 0)?);
        let shape = self.shape(x)?;
        let rank = shape.len();
        let attributes = Attributes(node);
        let global = node.op_type == "GlobalAveragePool";
        let told = match self.opset {
            _ if global => Some((2..rank as i64).collect()),
            ..18 => attributes.ints("axes").map(<[i64]>::to_vec),
            _ => self.integers(node, 1)?,
        };
        let mut axes: TVec<usize> = match told {
            Some(axes) if !axes.is_empty() => known_axes(&axes, rank)?.into(),
            _ if attributes.int("noop_with_empty_axes", 0) != 0 => return Ok(x),
            _ => (0..rank).collect(),
        };
        axes.sort_unstable();
        axes.dedup();
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        let sum = Reduce::new(axes.clone(), Reducer::Sum);
        let sum = self.wire(format!("{name}.sum"), sum, &[x])?;
        let count = self.number(format!("{name}.count"), count as f32)?;
        let mean = self.broadcast(format!("{name}.mean"), math::div(), [sum, count])?;
        match global || attributes.int("keepdims", 1) != 0 {
            true => Ok(mean),
            false => self.wire_all(node, axes.into_iter().rev().map(AxisOp::Rm), mean),
        }
    }
}
