//! Concatenation. Pictures joined by whole blocks of channels are written where they belong in the first place, so that
//! nothing is copied.

use super::lowered::{Lowered, unsupported, volume, word};
use super::lowering::Lowering;
use super::shapes::{Pick, strides};
use super::value::Picture;
use super::values::Params;
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{Extent, Source, View};
use crate::graph::{Concat, Op};

impl Lowering<'_> {
    /// Decides where the parts of joined pictures are to be written. A part of two joins is copied into the second.
    pub(super) fn place_joined(&mut self) -> Lowered<()> {
        for at in 0..self.nodes.len() {
            let node = self.nodes[at];
            let Op::Concat(concat) = &node.op else {
                continue;
            };
            if !self.joins_blocks(concat) {
                continue;
            }
            let shape = self.shape_of(&node.output)?;
            let buffer = self.packed_buffer(Picture::of(&shape)?.length());
            let source = Source::Value(buffer);
            let mut offset = 0;
            self.places.insert(node.output.clone(), View::start(source));
            for name in &concat.parts {
                let place = View { source, at: offset };
                offset += Picture::of(&self.shape_of(name)?)?.length();
                self.places.entry(name.clone()).or_insert(place);
            }
        }
        Ok(())
    }

    /// Whether every part but the last fills its blocks.
    fn joins_blocks(&self, concat: &Concat) -> bool {
        let rank_four = |name: &String| self.shape(name).filter(|shape| shape.len() == 4);
        let Some((_, rest)) = concat.parts.split_last() else {
            return false;
        };
        let whole = rest
            .iter()
            .all(|name| rank_four(name).is_some_and(|shape| shape[1] % 4 == 0));
        let single = concat
            .parts
            .iter()
            .all(|name| rank_four(name).is_some_and(|shape| shape[0] == 1));
        let known = concat
            .parts
            .iter()
            .all(|name| !self.constants.contains_key(name));
        whole && single && known && concat.axis.of(4) == Some(1)
    }

    pub(super) fn concat(&mut self, name: &str, concat: &Concat) -> Lowered<()> {
        let joined = self.places.get(name).copied();
        match joined.filter(|place| place.at == 0 && self.joins_blocks(concat)) {
            Some(View {
                source: Source::Value(buffer),
                ..
            }) => self.join_packed(name, concat, buffer),
            _ => self.join_plain(name, concat),
        }
    }

    fn join_packed(&mut self, joined: &str, concat: &Concat, buffer: usize) -> Lowered<()> {
        let mut offset = 0;
        for name in &concat.parts {
            let length = Picture::of(&self.shape_of(name)?)?.length();
            let mut part = self.packed(name)?;
            let target = View {
                source: Source::Value(buffer),
                at: offset,
            };
            if part.source == target.source && part.at != target.at {
                // A picture that is joined twice: by way of a buffer of its own.
                let between = self.packed_buffer(length);
                self.copy_packed(part, length, between, 0);
                part = View::start(Source::Value(between));
            }
            if part != target {
                self.copy_packed(part, length, buffer, offset);
            }
            offset += length;
        }
        self.set_packed(joined, View::start(Source::Value(buffer)))
    }

    fn copy_packed(&mut self, from: View, length: u32, buffer: usize, at: u32) {
        let params = Params::new(&Default::default())
            .words([from.at, at])
            .row()
            .words([length]);
        let extent = Extent::Invocations(length);
        self.pass(Kernel::UnaryPacked, vec![], params, &[from], buffer, extent);
    }

    fn join_plain(&mut self, joined: &str, concat: &Concat) -> Lowered<()> {
        let shape = self.shape_of(joined)?;
        let axis = concat.axis.of(shape.len());
        let axis = axis.ok_or_else(|| unsupported("Concat along such an axis"))?;
        let steps = strides(&shape);
        let buffer = self.plain_buffer(word(volume(&shape))?);
        let mut offset = 0;
        for name in &concat.parts {
            let sides = self.shape_of(name)?;
            let source = self.plain(name)?;
            let at = word(offset * steps[axis])?;
            offset += sides[axis];
            let own = strides(&sides).iter().map(|&step| step as i64).collect();
            self.gather(source, &Pick::inside(sides, own, 0), buffer, at, &steps)?;
        }
        self.set_plain(joined, buffer)
    }
}
