//! Plain values seen in another way: reshaped, transposed, cut, spread, padded.

use super::lowered::{Lowered, unsupported, volume, word};
use super::lowering::Lowering;
use super::value::Value;
use super::values::Params;
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::{Extent, View};
use crate::graph::{Expand, One, Outside, Pad, Slice, Transpose};

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
    pub(super) fn reshape(&mut self, name: &str, x: &str) -> Lowered<()> {
        let shape = self.shape_of(name)?;
        let plain = Some(self.plain(x)?);
        let value = Value {
            shape,
            plain,
            packed: None,
        };
        self.values.insert(name.to_owned(), value);
        Ok(())
    }

    pub(super) fn identity(&mut self, name: &str, one: &One) -> Lowered<()> {
        let value = self.values.get(&one.x).cloned();
        let value = value.ok_or_else(|| unsupported("Identity"))?;
        self.values.insert(name.to_owned(), value);
        Ok(())
    }

    pub(super) fn transpose(&mut self, name: &str, transpose: &Transpose) -> Lowered<()> {
        let from = self.shape_of(&transpose.x)?;
        let order = transpose.order(from.len());
        let order = order.ok_or_else(|| unsupported("Transpose to such an order"))?;
        let steps = strides(&from);
        let steps = order.iter().map(|&axis| steps[axis] as i64).collect();
        let sides = self.shape_of(name)?;
        self.pick(name, &transpose.x, Pick::inside(sides, steps, 0))
    }

    pub(super) fn expand(&mut self, name: &str, expand: &Expand) -> Lowered<()> {
        let from = self.shape_of(&expand.x)?;
        let sides = self.shape_of(name)?;
        let mut steps = vec![0; sides.len() - from.len()];
        let own = strides(&from);
        steps.extend(
            own.iter()
                .zip(&from)
                .map(|(&step, &side)| if side == 1 { 0 } else { step as i64 }),
        );
        self.pick(name, &expand.x, Pick::inside(sides, steps, 0))
    }

    pub(super) fn slice(&mut self, name: &str, slice: &Slice) -> Lowered<()> {
        let from = self.shape_of(&slice.x)?;
        let strange = || unsupported("Slice along such axes");
        let mut source: Vec<i64> = strides(&from).iter().map(|&step| step as i64).collect();
        let mut first = 0;
        for cut in &slice.cuts {
            let axis = cut.axis.of(from.len()).ok_or_else(strange)?;
            let side = from[axis] as i64;
            let start = if cut.start < 0 {
                cut.start + side
            } else {
                cut.start
            };
            let last = if cut.step < 0 { side - 1 } else { side };
            first += start.clamp(0, last.max(0)) * source[axis];
            source[axis] *= cut.step;
        }
        let sides = self.shape_of(name)?;
        self.pick(name, &slice.x, Pick::inside(sides, source, first))
    }

    pub(super) fn pad(&mut self, name: &str, pad: &Pad) -> Lowered<()> {
        let from = self.shape_of(&pad.x)?;
        let pads = pad.along(from.len());
        let pads = pads.ok_or_else(|| unsupported("Pad along such axes"))?;
        let (outside, fill) = match pad.outside {
            Outside::Number(fill) => (0, fill),
            Outside::Edge => (1, 0.0),
            Outside::Mirror => (2, 0.0),
        };
        let pick = Pick {
            sides: self.shape_of(name)?,
            source_strides: strides(&from).iter().map(|&step| step as i64).collect(),
            source_sides: from,
            begins: pads.iter().map(|&[before, _]| before as i64).collect(),
            start: 0,
            outside,
            fill,
        };
        self.pick(name, &pad.x, pick)
    }

    fn pick(&mut self, name: &str, x: &str, pick: Pick) -> Lowered<()> {
        let source = self.plain(x)?;
        let count = volume(&pick.sides);
        let out = self.plain_buffer(word(count)?);
        let steps = strides(&pick.sides);
        self.gather(source, &pick, out, 0, &steps)?;
        self.set_plain(name, out)
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
