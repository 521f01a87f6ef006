//! Matrix products, softmax and means of plain values.

use super::shapes::{axes8, strides};
use super::values::Params;
use super::{Lowered, Lowering, input, output, unsupported, volume, word};
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::Extent;
use crate::onnx::{Attributes, NodeProto, axis_of};

/// A sum is shared by a workgroup where it is at least this long and there are not many of them.
const LONG_SUM: usize = 128;
const MANY_SUMS: usize = 4096;

/// A matrix inside a plain value: its sides and strides, and those of up to two batch axes.
struct Matrix {
    sides: [usize; 2],
    strides: [usize; 2],
    batch: [usize; 2],
    batch_strides: [usize; 2],
}

impl Matrix {
    fn new(shape: &[usize]) -> Lowered<Self> {
        let start = 4usize
            .checked_sub(shape.len())
            .ok_or_else(|| unsupported("products of more than four axes"))?;
        let mut sides = [1; 4];
        sides[start..].copy_from_slice(shape);
        let steps = strides(&sides);
        let batch_step = |axis: usize| if sides[axis] == 1 { 0 } else { steps[axis] };
        Ok(Self {
            sides: [sides[2], sides[3]],
            strides: [steps[2], steps[3]],
            batch: [sides[0], sides[1]],
            batch_strides: [batch_step(0), batch_step(1)],
        })
    }

    fn transposed(mut self) -> Self {
        self.sides.reverse();
        self.strides.reverse();
        self
    }
}

/// `alpha * a x b + beta * c`.
struct Product {
    a: Matrix,
    b: Matrix,
    c: Option<String>,
    alpha: f32,
    beta: f32,
}

impl Lowering<'_> {
    pub(super) fn gemm(&mut self, node: &NodeProto) -> Lowered<()> {
        let attributes = Attributes(node);
        let mut a = Matrix::new(&self.shape_of(input(node, 0))?)?;
        let mut b = Matrix::new(&self.shape_of(input(node, 1))?)?;
        if attributes.int("transA", 0) != 0 {
            a = a.transposed();
        }
        if attributes.int("transB", 0) != 0 {
            b = b.transposed();
        }
        let c = Some(input(node, 2).to_owned()).filter(|name| !name.is_empty());
        let product = Product {
            a,
            b,
            c,
            alpha: attributes.float("alpha", 1.0),
            beta: attributes.float("beta", 1.0),
        };
        self.product(node, product)
    }

    pub(super) fn matmul(&mut self, node: &NodeProto) -> Lowered<()> {
        let (a, mut b) = (
            self.shape_of(input(node, 0))?,
            self.shape_of(input(node, 1))?,
        );
        if b.len() == 1 {
            b.push(1);
        }
        let product = Product {
            a: Matrix::new(&a)?,
            b: Matrix::new(&b)?,
            c: None,
            alpha: 1.0,
            beta: 1.0,
        };
        self.product(node, product)
    }

    fn product(&mut self, node: &NodeProto, mut product: Product) -> Lowered<()> {
        let (a, b) = (self.plain(input(node, 0))?, self.plain(input(node, 1))?);
        let rows_columns = [product.a.sides[0], product.b.sides[1]];
        // What is added has at most two axes that are spread over the product.
        let lone = product.c.is_none();
        let tail = self.tail(output(node), |other| {
            lone && spread(other, rows_columns).is_some()
        });
        if lone {
            product.c = tail.other.clone();
        }
        let other = product.c.as_deref();
        let steps = match other {
            Some(name) => spread(&self.shape_of(name)?, rows_columns)
                .ok_or_else(|| unsupported("Gemm with such a sum"))?,
            None => [0, 0],
        };
        let c = other.map(|name| self.plain(name)).transpose()?;
        let batch: Vec<usize> = (0..2)
            .map(|axis| product.a.batch[axis].max(product.b.batch[axis]))
            .collect();
        let count = batch[0] * batch[1] * rows_columns[0] * rows_columns[1];
        let length = product.a.sides[1];
        let lanes = if length >= LONG_SUM && count <= MANY_SUMS {
            64
        } else {
            1
        };
        let (groups, count) = (word(count.div_ceil(64 / lanes))?, word(count)?);
        let out = self.plain_buffer(count);
        let (ma, mb) = (&product.a, &product.b);
        let params = Params::new(&tail.epilogue)
            .words([
                word(rows_columns[0])?,
                word(rows_columns[1])?,
                word(length)?,
                count,
            ])
            .words(words([
                ma.strides[0],
                ma.strides[1],
                ma.batch_strides[1],
                ma.batch_strides[0],
            ])?)
            .words(words([
                mb.strides[0],
                mb.strides[1],
                mb.batch_strides[1],
                mb.batch_strides[0],
            ])?)
            .words(words([steps[0], steps[1], batch[1]])?)
            .row()
            .words([a.at, b.at, c.map_or(0, |c| c.at), 0])
            .floats([product.alpha, product.beta]);
        let constants = vec![
            ("LANES", lanes as f64),
            ("OTHER", f64::from(u8::from(c.is_some()))),
            tail.epilogue.constant(),
        ];
        let inputs: Vec<_> = [a, b].into_iter().chain(c).collect();
        let extent = Extent::Workgroups(groups);
        self.pass(Kernel::Matmul, constants, params, &inputs, out, extent);
        self.set_plain(&tail.name, out)
    }

    pub(super) fn softmax(&mut self, node: &NodeProto) -> Lowered<()> {
        let shape = self.shape_of(input(node, 0))?;
        let axis = axis_of(Attributes(node).int("axis", -1), shape.len())
            .ok_or_else(|| unsupported("Softmax with such attributes"))?;
        let source = self.plain(input(node, 0))?;
        let tail = self.tail(output(node), |_| false);
        let lines = word(volume(&shape) / shape[axis].max(1))?;
        let out = self.plain_buffer(word(volume(&shape))?);
        let params = Params::new(&tail.epilogue)
            .words([word(shape[axis])?, word(strides(&shape)[axis])?])
            .row()
            .words([lines, source.at, 0]);
        let constants = vec![tail.epilogue.constant()];
        let extent = Extent::Invocations(lines);
        self.pass(Kernel::Softmax, constants, params, &[source], out, extent);
        self.set_plain(&tail.name, out)
    }

    pub(super) fn plain_mean(&mut self, node: &NodeProto, axes: &[usize]) -> Lowered<()> {
        let shape = self.shape_of(input(node, 0))?;
        let source = self.plain(input(node, 0))?;
        let sides = |gone: bool| -> Vec<usize> {
            let side = |axis: usize| {
                if axes.contains(&axis) == gone {
                    shape[axis]
                } else {
                    1
                }
            };
            (0..shape.len()).map(side).collect()
        };
        let (stay, gone) = (sides(false), sides(true));
        let tail = self.tail(output(node), |_| false);
        let count = word(volume(&stay))?;
        let out = self.plain_buffer(count);
        let params = Params::new(&tail.epilogue)
            .words(axes8(&stay, 1)?)
            .words(axes8(&gone, 1)?)
            .words(axes8(&strides(&shape), 0)?)
            .words([source.at, 0])
            .row()
            .words([count, word(volume(&gone))?]);
        let constants = vec![tail.epilogue.constant()];
        let extent = Extent::Workgroups(count);
        self.pass(Kernel::Mean, constants, params, &[source], out, extent);
        self.set_plain(&tail.name, out)
    }

    /// The axes a mean goes over, in order. They are an attribute up to opset 17 and an input from 18.
    pub(super) fn mean_axes(&self, node: &NodeProto, rank: usize) -> Lowered<Vec<usize>> {
        if node.op_type == "GlobalAveragePool" {
            return Ok((2..rank).collect());
        }
        let attributes = Attributes(node);
        let given = match attributes.ints("axes") {
            Some(axes) => axes.to_vec(),
            None => self.integers(input(node, 1)).unwrap_or_default(),
        };
        if given.is_empty() {
            let none = attributes.int("noop_with_empty_axes", 0) != 0;
            return Ok((0..if none { 0 } else { rank }).collect());
        }
        let axes: Option<Vec<usize>> = given.iter().map(|&axis| axis_of(axis, rank)).collect();
        let mut axes = axes.ok_or_else(|| unsupported("ReduceMean with such axes"))?;
        axes.sort_unstable();
        axes.dedup();
        Ok(axes)
    }
}

/// The strides with which `shape` is spread over a matrix; `None` where it cannot be.
fn spread(shape: &[usize], sides: [usize; 2]) -> Option<[usize; 2]> {
    let steps = strides(shape);
    let mut all = [0; 2];
    for (axis, (&side, &step)) in shape.iter().zip(&steps).rev().enumerate() {
        match 1usize.checked_sub(axis) {
            _ if side == 1 => {}
            Some(at) if side == sides[at] => all[at] = step,
            _ => return None,
        }
    }
    Some(all)
}

fn words<const N: usize>(numbers: [usize; N]) -> Lowered<[u32; N]> {
    let mut words = [0; N];
    for (to, number) in words.iter_mut().zip(numbers) {
        *to = word(number)?;
    }
    Ok(words)
}
