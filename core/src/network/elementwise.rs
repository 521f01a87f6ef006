//! Number by number.

use tract_core::internal::*;
use tract_core::ops::binary::TypedBinOp;
use tract_core::ops::{math, nn};

use super::Wiring;
use crate::onnx::{Attributes, NodeProto, output};

impl<'a> Wiring<'a> {
    pub(super) fn binary(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let operands = [self.operand(node, 0)?, self.operand(node, 1)?];
        let op = match node.op_type.as_str() {
            "Add" => math::add(),
            "Sub" => math::sub(),
            "Mul" => math::mul(),
            _ => math::div(),
        };
        self.broadcast(output(node).into(), op, operands)
    }

    pub(super) fn unary(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let (name, value) = (output(node), self.operand(node, 0)?);
        match node.op_type.as_str() {
            "Relu" => {
                let zero = self.number(format!("{name}.zero"), 0.0)?;
                self.broadcast(name.into(), math::max(), [value, zero])
            }
            "LeakyRelu" => {
                let alpha = Attributes(node).float("alpha", 0.01);
                self.wire(name, nn::leaky_relu(alpha), &[value])
            }
            "Sigmoid" => self.wire(name, nn::sigmoid(), &[value]),
            _ => self.wire(name, math::tanh(), &[value]),
        }
    }

    pub(super) fn clip(&mut self, node: &'a NodeProto) -> TractResult<OutletId> {
        let mut value = self.operand(node, 0)?;
        let name = output(node);
        if let Some(low) = self.optional(node, 1)? {
            value = self.broadcast(format!("{name}.low"), math::max(), [value, low])?;
        }
        if let Some(high) = self.optional(node, 2)? {
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
