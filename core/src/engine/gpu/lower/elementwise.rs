//! Arithmetic number by number.

use super::epilogue::Epilogue;
use super::lowered::{Lowered, unsupported, volume, word};
use super::lowering::Lowering;
use super::shapes::{axes8, strides};
use super::value::Picture;
use super::values::Params;
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{Extent, Source};
use crate::graph::Two;

/// What kernels do with two numbers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
}

impl Arithmetic {
    /// The kernels' constant that chooses it.
    fn constant(self) -> (&'static str, f64) {
        let number = match self {
            Self::Add => 0.0,
            Self::Sub => 1.0,
            Self::Mul => 2.0,
            Self::Div => 3.0,
        };
        ("OPERATION", number)
    }
}

impl Lowering<'_> {
    /// An activation that no pass before it could take.
    pub(super) fn unary(&mut self, at: usize, x: &str) -> Lowered<()> {
        let node = self.nodes[at];
        let first = self.absorb(Epilogue::default(), at, x);
        let first = first.ok_or_else(|| unsupported(node.op.name()))?;
        self.lone(x, &node.output, first)
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

    pub(super) fn binary(&mut self, at: usize, two: &Two, how: Arithmetic) -> Lowered<()> {
        let name = &self.nodes[at].output;
        for x in [&two.a, &two.b] {
            let number = self.absorb(Epilogue::default(), at, x);
            if let Some(first) = number.filter(|_| self.values.contains_key(x)) {
                return self.lone(x, name, first);
            }
        }
        let shape = self.shape_of(name)?;
        for (whole, part, swapped) in [(&two.a, &two.b, false), (&two.b, &two.a, true)] {
            let packed = self.is_packed(whole) && self.shape_of(whole)? == shape;
            if packed && self.is_part(&shape, &self.shape_of(part)?) {
                return self.binary_packed(name, how, (whole, part), swapped);
            }
        }
        self.binary_plain(name, how, two, &shape)
    }

    /// Whether a packed kernel can spread `part` over a picture: of the same size, or one pixel for all.
    fn is_part(&self, whole: &[usize], part: &[usize]) -> bool {
        part == whole
            || (part.len() == 4 && part[0] == 1 && part[1] == whole[1] && part[2..] == [1, 1])
    }

    fn binary_packed(
        &mut self,
        name: &str,
        how: Arithmetic,
        (whole, part): (&str, &str),
        swapped: bool,
    ) -> Lowered<()> {
        let (a, b) = (self.packed(whole)?, self.packed(part)?);
        let part = Picture::of(&self.shape_of(part)?)?;
        self.picture(name, Kernel::BinaryPacked, &[a, b], |tail, to, out| {
            let params = Params::new(&tail.epilogue)
                .words([
                    to.pixels(),
                    part.batch * part.blocks,
                    part.pixels(),
                    to.length(),
                ])
                .words([a.at, b.at, out.at])
                .row();
            let constants = vec![how.constant(), ("SWAPPED", f64::from(u8::from(swapped)))];
            (params, constants)
        })
    }

    fn binary_plain(
        &mut self,
        name: &str,
        how: Arithmetic,
        two: &Two,
        shape: &[usize],
    ) -> Lowered<()> {
        let count = word(volume(shape))?;
        let (a, b) = (self.plain(&two.a)?, self.plain(&two.b)?);
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
        let (steps_a, steps_b) = (spread(&two.a)?, spread(&two.b)?);
        let tail = self.tail(name, |_| false);
        let out = self.plain_buffer(count);
        let params = Params::new(&tail.epilogue)
            .words(axes8(shape, 1)?)
            .words(steps_a)
            .words(steps_b)
            .words([a.at, b.at, 0])
            .row()
            .words([count]);
        let constants = vec![how.constant(), tail.epilogue.constant()];
        let extent = Extent::Invocations(count);
        self.pass(Kernel::Binary, constants, params, &[a, b], out, extent);
        self.set_plain(&tail.name, out)
    }
}
