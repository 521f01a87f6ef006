//! Number by number.

use tract_core::internal::*;
use tract_core::ops::binary::TypedBinOp;
use tract_core::ops::math;

use super::Wiring;
use crate::graph::{Clip, One, Two};

impl Wiring<'_> {
    pub(super) fn binary(
        &mut self,
        name: &str,
        op: TypedBinOp,
        two: &Two,
    ) -> TractResult<OutletId> {
        let operands = [self.value(&two.a)?, self.value(&two.b)?];
        self.broadcast(name.into(), op, operands)
    }

    pub(super) fn unary(
        &mut self,
        name: &str,
        op: impl Into<Box<dyn TypedOp>>,
        x: &str,
    ) -> TractResult<OutletId> {
        let x = self.value(x)?;
        self.wire(name, op, &[x])
    }

    pub(super) fn relu(&mut self, name: &str, one: &One) -> TractResult<OutletId> {
        let value = self.value(&one.x)?;
        let zero = self.number(format!("{name}.zero"), 0.0)?;
        self.broadcast(name.into(), math::max(), [value, zero])
    }

    pub(super) fn clip(&mut self, name: &str, clip: &Clip) -> TractResult<OutletId> {
        let mut value = self.value(&clip.x)?;
        if let Some(low) = self.optional(clip.low.as_ref())? {
            value = self.broadcast(format!("{name}.low"), math::max(), [value, low])?;
        }
        if let Some(high) = self.optional(clip.high.as_ref())? {
            value = self.broadcast(format!("{name}.high"), math::min(), [value, high])?;
        }
        Ok(value)
    }

    /// An operation on two values, the smaller of which is repeated along the axes that it lacks.
    pub(super) fn broadcast(
        &mut self,
        name: String,
        op: TypedBinOp,
        operands: [OutletId; 2],
    ) -> TractResult<OutletId> {
        let outputs = wire_with_rank_broadcast(name, &mut self.model, op, &operands)?;
        outputs.first().copied().context("no output")
    }
}
