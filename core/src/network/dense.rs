//! Sums over whole axes.

use tract_core::internal::*;
use tract_core::ops::einsum::EinSum;
use tract_core::ops::math;
use tract_core::ops::nn::{Reduce, Reducer, Softmax as TractSoftmax};

use super::{Wiring, known_axis};
use crate::graph::{Gemm, Mean, One, Over, Softmax, Two};

impl Wiring<'_> {
    pub(super) fn gemm(&mut self, name: &str, gemm: &Gemm) -> TractResult<OutletId> {
        let operands = [self.value(&gemm.a)?, self.value(&gemm.b)?];
        let shapes = [self.shape(operands[0])?, self.shape(operands[1])?];
        let [a, b] = gemm.transposed;
        let inner = [usize::from(!a), usize::from(b)];
        ensure!(
            shapes.iter().all(|shape| shape.len() == 2)
                && shapes[0][inner[0]] == shapes[1][inner[1]],
            "Gemm of {shapes:?}"
        );
        let axes = AxesMapping::for_numpy_matmul(2, a, b, false)?;
        let product = EinSum::new(axes, DatumType::F32);
        let mut value = self.wire(format!("{name}.product"), product, &operands)?;
        if gemm.alpha != 1.0 {
            let alpha = self.number(format!("{name}.alpha"), gemm.alpha)?;
            value = self.broadcast(format!("{name}.scaled"), math::mul(), [alpha, value])?;
        }
        let Some(mut added) = self.optional(gemm.c.as_ref())? else {
            return Ok(value);
        };
        if gemm.beta != 1.0 {
            let beta = self.number(format!("{name}.beta"), gemm.beta)?;
            added = self.broadcast(format!("{name}.added"), math::mul(), [beta, added])?;
        }
        let (to, own) = (self.shape(value)?, self.shape(added)?);
        let sum = self.broadcast(name.into(), math::add(), [value, added])?;
        ensure!(self.shape(sum)? == to, "Gemm adds {own:?} to {to:?}");
        Ok(sum)
    }

    pub(super) fn matmul(&mut self, name: &str, two: &Two) -> TractResult<OutletId> {
        let operands = [self.value(&two.a)?, self.value(&two.b)?];
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
        self.wire(name, product, &operands)
    }

    pub(super) fn softmax(&mut self, name: &str, softmax: &Softmax) -> TractResult<OutletId> {
        let x = self.value(&softmax.x)?;
        let axis = known_axis(softmax.axis, self.shape(x)?.len())?;
        let op = TractSoftmax {
            axes: tvec![axis],
            ..TractSoftmax::default()
        };
        self.wire(name, op, &[x])
    }

    pub(super) fn global_mean(&mut self, name: &str, one: &One) -> TractResult<OutletId> {
        let x = self.value(&one.x)?;
        let rank = self.shape(x)?.len();
        self.mean_over(name, x, (2..rank).collect())
    }

    pub(super) fn mean(&mut self, name: &str, mean: &Mean) -> TractResult<OutletId> {
        let x = self.value(&mean.x)?;
        if matches!(mean.over, Over::Nothing) {
            return Ok(x);
        }
        let rank = self.shape(x)?.len();
        let axes = mean.over.of(rank);
        let axes = axes.with_context(|| format!("a mean over {:?} of {rank}", mean.over))?;
        let value = self.mean_over(name, x, axes.clone().into())?;
        match mean.keep {
            true => Ok(value),
            false => self.wire_all(name, axes.into_iter().rev().map(AxisOp::Rm), value),
        }
    }

    /// The axes stay, with length 1.
    fn mean_over(&mut self, name: &str, x: OutletId, axes: TVec<usize>) -> TractResult<OutletId> {
        let shape = self.shape(x)?;
        let count: usize = axes.iter().map(|&axis| shape[axis]).product();
        let sum = Reduce::new(axes, Reducer::Sum);
        let sum = self.wire(format!("{name}.sum"), sum, &[x])?;
        let count = self.number(format!("{name}.count"), count as f32)?;
        self.broadcast(format!("{name}.mean"), math::div(), [sum, count])
    }
}
