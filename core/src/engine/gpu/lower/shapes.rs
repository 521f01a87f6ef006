//! Plain values seen in another way: reshaped, transposed, cut, spread, padded.

use super::values::{Params, Value};
use super::{Lowered, Lowering, input, output, unsupported, volume, word};
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{Extent, View};
use crate::onnx::{Attributes, NodeProto, axis_of};

/// How the numbers of a plain value are picked from another, along the axes of the result.
pub(super) struct Pick {
    pub(super) sides: Vec<usize>,
    pub(super) source_sides: Vec<usize>,
    pub(super) source_strides: Vec<i64>,
    pub(super) begins: Vec<i64>,
    /// Of the first number that axis index 0 stands for.
    pub(super) start: i64,
    /// 0: `fill` outside, 1: the nearest number inside, 2: mirrored.
    pub(super) outside: u8,
    pub(super) fill: f32,
}

impl Pick {
    /// A source picked along axes of its own: nothing lies outside.
    pub(super) fn inside(sides: Vec<usize>, source_strides: Vec<i64>, start: i64) -> Self {
        Self {
            source_sides: sides.clone(),
            begins: vec![0; sides.len()],
            sides,
            source_strides,
            start,
            outside: 0,
            fill: 0.0,
        }
    }
}

impl Lowering<'_> {
    /// The same numbers in another shape.
    pub(super) fn reshape(&mut self, node: &NodeProto) -> Lowered<()> {
        let shape = self.shape_of(output(node))?;
        let plain = Some(self.plain(input(node, 0))?);
        let value = Value {
            shape,
            plain,
            packed: None,
        };
        self.values.insert(output(node).to_owned(), value);
        Ok(())
    }

    pub(super) fn identity(&mut self, node: &NodeProto) -> Lowered<()> {
        let value = self.values.get(input(node, 0)).cloned();
        let value = value.ok_or_else(|| unsupported("Identity"))?;
        self.values.insert(output(node).to_owned(), value);
        Ok(())
    }

    pub(super) fn transpose(&mut self, node: &NodeProto) -> Lowered<()> {
        let from = self.shape_of(input(node, 0))?;
        let reversed: Vec<i64> = (0..from.len() as i64).rev().collect();
        let order = Attributes(node).ints("perm").unwrap_or(&reversed);
        let steps = strides(&from);
        let steps = order
            .iter()
            .map(|&axis| usize::try_from(axis).ok().and_then(|axis| steps.get(axis)))
            .map(|step| step.map(|&step| step as i64))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| unsupported("Transpose with such attributes"))?;
        let sides = self.shape_of(output(node))?;
        self.pick(node, Pick::inside(sides, steps, 0))
    }

    pub(super) fn expand(&mut self, node: &NodeProto) -> Lowered<()> {
        let from = self.shape_of(input(node, 0))?;
        let sides = self.shape_of(output(node))?;
        let mut steps = vec![0; sides.len() - from.len()];
        let own = strides(&from);
        steps.extend(
            own.iter()
                .zip(&from)
                .map(|(&step, &side)| if side == 1 { 0 } else { step as i64 }),
        );
        self.pick(node, Pick::inside(sides, steps, 0))
    }

    pub(super) fn slice(&mut self, node: &NodeProto) -> Lowered<()> {
        let from = self.shape_of(input(node, 0))?;
        let strange = || unsupported("Slice with such operands");
        let starts = self.integers(input(node, 1)).ok_or_else(strange)?;
        let count = starts.len() as i64;
        let axes = self
            .integers(input(node, 3))
            .unwrap_or_else(|| (0..count).collect());
        let steps = self
            .integers(input(node, 4))
            .unwrap_or_else(|| vec![1; starts.len()]);
        let mut source: Vec<i64> = strides(&from).iter().map(|&step| step as i64).collect();
        let mut first = 0;
        for ((start, axis), step) in starts.into_iter().zip(axes).zip(steps) {
            let axis = axis_of(axis, from.len()).ok_or_else(strange)?;
            let side = from[axis] as i64;
            let start = if start < 0 { start + side } else { start };
            let last = if step < 0 { side - 1 } else { side };
            first += start.clamp(0, last.max(0)) * source[axis];
            source[axis] *= step;
        }
        let sides = self.shape_of(output(node))?;
        self.pick(node, Pick::inside(sides, source, first))
    }

    pub(super) fn pad(&mut self, node: &NodeProto) -> Lowered<()> {
        let from = self.shape_of(input(node, 0))?;
        let strange = || unsupported("Pad with such operands");
        let pads = self.integers(input(node, 1)).ok_or_else(strange)?;
        let axes = self
            .integers(input(node, 3))
            .unwrap_or_else(|| (0..from.len() as i64).collect());
        if pads.len() != 2 * axes.len() {
            return Err(strange());
        }
        let mut begins = vec![0; from.len()];
        for (axis, &pad) in axes.iter().zip(&pads) {
            begins[axis_of(*axis, from.len()).ok_or_else(strange)?] = pad;
        }
        let outside = match Attributes(node).text("mode", "constant") {
            "constant" => 0,
            "edge" => 1,
            "reflect" => 2,
            _ => return Err(strange()),
        };
        let fill = match self.constants.get(input(node, 2)) {
            Some(fill) => fill.scalar().ok_or_else(strange)?,
            None if input(node, 2).is_empty() => 0.0,
            None => return Err(strange()),
        };
        let pick = Pick {
            sides: self.shape_of(output(node))?,
            source_strides: strides(&from).iter().map(|&step| step as i64).collect(),
            source_sides: from,
            begins,
            start: 0,
            outside,
            fill,
        };
        self.pick(node, pick)
    }

    fn pick(&mut self, node: &NodeProto, pick: Pick) -> Lowered<()> {
        let source = self.plain(input(node, 0))?;
        let count = volume(&pick.sides);
        let out = self.plain_buffer(word(count)?);
        let steps = strides(&pick.sides);
        self.gather(source, &pick, out, 0, &steps)?;
        self.set_plain(output(node), out)
    }

    /// Writes what `pick` takes from `source` into a buffer from `at`, along `steps`.
    pub(super) fn gather(
        &mut self,
        source: View,
        pick: &Pick,
        buffer: usize,
        at: u32,
        steps: &[usize],
    ) -> Lowered<()> {
        let count = word(volume(&pick.sides))?;
        let first = i64::from(source.at) + pick.start;
        let first = u32::try_from(first).map_err(|_| unsupported("Slice with such operands"))?;
        let params = Params::new(&Default::default())
            .words(axes8(&pick.sides, 1)?)
            .words(axes8(&pick.source_sides, 1)?)
            .words(signed8(&pick.source_strides)?)
            .words(signed8(&pick.begins)?)
            .words(axes8(steps, 0)?)
            .words([first, at])
            .row()
            .words([count])
            .floats([pick.fill]);
        let constants = vec![("OUTSIDE", f64::from(pick.outside))];
        let extent = Extent::Invocations(count);
        self.pass(Kernel::Gather, constants, params, &[source], buffer, extent);
        Ok(())
    }

    /// The integers of a constant; `None` where it is left out or no such constant.
    pub(super) fn integers(&self, name: &str) -> Option<Vec<i64>> {
        let constant = self.constants.get(name)?;
        constant.integers().map(<[i64]>::to_vec)
    }
}

/// Row-major strides.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// Numbers along up to eight axes, with others in front.
pub(super) fn axes8(numbers: &[usize], filler: u32) -> Lowered<[u32; 8]> {
    let mut all = [filler; 8];
    let start = 8usize
        .checked_sub(numbers.len())
        .ok_or_else(|| unsupported("values of more than eight axes"))?;
    for (to, &number) in all[start..].iter_mut().zip(numbers) {
        *to = word(number)?;
    }
    Ok(all)
}

fn signed8(numbers: &[i64]) -> Lowered<[u32; 8]> {
    let mut all = [0; 8];
    let start = 8usize
        .checked_sub(numbers.len())
        .ok_or_else(|| unsupported("values of more than eight axes"))?;
    for (to, &number) in all[start..].iter_mut().zip(numbers) {
        let number = i32::try_from(number).map_err(|_| unsupported("values of that size"))?;
        *to = number.cast_unsigned();
    }
    Ok(all)
}
