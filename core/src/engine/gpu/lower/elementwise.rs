//! Arithmetic number by number.

use super::epilogue::Epilogue;
use super::shapes::{axes8, strides};
use super::values::{Params, Picture};
use super::{Lowered, Lowering, input, output, unsupported, volume, word};
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{Extent, Source};
use crate::onnx::NodeProto;

impl Lowering<'_> {
    /// An activation that no pass before it could take.
    pub(super) fn unary(&mut self, at: usize) -> Lowered<()> {
        let node = self.nodes[at];
        let name = input(node, 0).to_owned();
        let first = self
            .absorb(Epilogue::default(), at, &name)
            .ok_or_else(|| unsupported(&node.op_type))?;
        self.lone(&name, output(node), first)
    }

    /// One value to another of the same shape.
    fn lone(&mut self, from: &str, to: &str, first: Epilogue) -> Lowered<()> {
        let count = volume(&self.shape_of(from)?);
        if self.is_packed(from) {
            let source = self.packed(from)?;
            let length = Picture::of(&self.shape_of(from)?)?.length();
            let out = self.packed_output(to, length, &[source]);
            let Source::Value(buffer) = out.source else {
                return Err(unsupported("a pass without a buffer"));
            };
            let params = Params::new(&first)
                .words([source.at, out.at])
                .row()
                .words([length]);
            let constants = vec![first.constant()];
            let extent = Extent::Invocations(length);
            self.pass(
                Kernel::UnaryPacked,
                constants,
                params,
                &[source],
                buffer,
                extent,
            );
            return self.set_packed(to, out);
        }
        let (source, count) = (self.plain(from)?, word(count)?);
        let out = self.plain_buffer(count);
        let params = Params::new(&first)
            .words([source.at, 0])
            .row()
            .words([count]);
        let constants = vec![first.constant()];
        let extent = Extent::Invocations(count);
        self.pass(Kernel::Unary, constants, params, &[source], out, extent);
        self.set_plain(to, out)
    }

    pub(super) fn binary(&mut self, at: usize) -> Lowered<()> {
        let node = self.nodes[at];
        let names = [input(node, 0), input(node, 1)].map(str::to_owned);
        for name in &names {
            let number = self.absorb(Epilogue::default(), at, name);
            if let Some(first) = number.filter(|_| self.values.contains_key(name)) {
                return self.lone(&name.clone(), output(node), first);
            }
        }
        let operation = match node.op_type.as_str() {
            "Add" => 0.0,
            "Sub" => 1.0,
            "Mul" => 2.0,
            _ => 3.0,
        };
        let shape = self.shape_of(output(node))?;
        for (whole, part, swapped) in [(0, 1, false), (1, 0, true)] {
            let (whole, part) = (&names[whole], &names[part]);
            let packed = self.is_packed(whole) && self.shape_of(whole)? == shape;
            if packed && self.is_part(&shape, &self.shape_of(part)?) {
                return self.binary_packed(node, operation, (whole, part), swapped);
            }
        }
        self.binary_plain(node, operation, &names, &shape)
    }

    /// Whether a packed kernel can spread `part` over a picture: of the same size, or one pixel for all.
    fn is_part(&self, whole: &[usize], part: &[usize]) -> bool {
        part == whole
            || (part.len() == 4 && part[0] == 1 && part[1] == whole[1] && part[2..] == [1, 1])
    }

    fn binary_packed(
        &mut self,
        node: &NodeProto,
        operation: f64,
        (whole, part): (&str, &str),
        swapped: bool,
    ) -> Lowered<()> {
        let (a, b) = (self.packed(whole)?, self.packed(part)?);
        let part = Picture::of(&self.shape_of(part)?)?;
        self.picture(node, Kernel::BinaryPacked, &[a, b], |tail, to, out| {
            let params = Params::new(&tail.epilogue)
                .words([
                    to.pixels(),
                    part.batch * part.blocks,
                    part.pixels(),
                    to.length(),
                ])
                .words([a.at, b.at, out.at])
                .row();
            let constants = vec![
                ("OPERATION", operation),
                ("SWAPPED", f64::from(u8::from(swapped))),
            ];
            (params, constants)
        })
    }

    fn binary_plain(
        &mut self,
        node: &NodeProto,
        operation: f64,
        names: &[String; 2],
        shape: &[usize],
    ) -> Lowered<()> {
        let count = word(volume(shape))?;
        let (a, b) = (self.plain(&names[0])?, self.plain(&names[1])?);
        let spread = |name: &str| -> Lowered<[u32; 8]> {
            let from = self.shape_of(name)?;
            let mut steps = vec![0; shape.len() - from.len()];
            let own = strides(&from);
            steps.extend(
                own.iter()
                    .zip(&from)
                    .map(|(&step, &side)| if side == 1 { 0 } else { step }),
            );
            axes8(&steps, 0)
        };
        let (steps_a, steps_b) = (spread(&names[0])?, spread(&names[1])?);
        let tail = self.tail(output(node), |_| false);
        let out = self.plain_buffer(count);
        let params = Params::new(&tail.epilogue)
            .words(axes8(shape, 1)?)
            .words(steps_a)
            .words(steps_b)
            .words([a.at, b.at, 0])
            .row()
            .words([count]);
        let constants = vec![("OPERATION", operation), tail.epilogue.constant()];
        let extent = Extent::Invocations(count);
        self.pass(Kernel::Binary, constants, params, &[a, b], out, extent);
        self.set_plain(&tail.name, out)
    }
}
