//! Matrix products, softmax and means of plain values.

use super::lowered::{Lowered, unsupported, volume, word, words};
use super::lowering::Lowering;
use super::shapes::{axes8, strides};
use super::values::Params;
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::program::Extent;
use crate::graph::{Gemm, Softmax, Two};

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

/// `alpha * a x b + beta * c`, with the names of `a` and `b`.
struct Product<'a> {
    names: [&'a str; 2],
    a: Matrix,
    b: Matrix,
    c: Option<String>,
    alpha: f32,
    beta: f32,
}

impl Lowering<'_> {
    pub(super) fn gemm(&mut self, name: &str, gemm: &Gemm) -> Lowered<()> {
        let matrix = |name: &str, transposed: bool| -> Lowered<Matrix> {
            let matrix = Matrix::new(&self.shape_of(name)?)?;
            Ok(if transposed {
                matrix.transposed()
            } else {
                matrix
            })
        };
        let product = Product {
            names: [&gemm.a, &gemm.b],
            a: matrix(&gemm.a, gemm.transposed[0])?,
            b: matrix(&gemm.b, gemm.transposed[1])?,
            c: gemm.c.clone(),
            alpha: gemm.alpha,
            beta: gemm.beta,
        };
        self.product(name, product)
    }

    pub(super) fn matmul(&mut self, name: &str, two: &Two) -> Lowered<()> {
        let (a, mut b) = (self.shape_of(&two.a)?, self.shape_of(&two.b)?);
        if b.len() == 1 {
            b.push(1);
        }
        let product = Product {
            names: [&two.a, &two.b],
            a: Matrix::new(&a)?,
            b: Matrix::new(&b)?,
            c: None,
            alpha: 1.0,
            beta: 1.0,
        };
        self.product(name, product)
    }

    fn product(&mut self, name: &str, mut product: Product<'_>) -> Lowered<()> {
        let [a, b] = product.names;
        let (a, b) = (self.plain(a)?, self.plain(b)?);
        let rows_columns = [product.a.sides[0], product.b.sides[1]];
        // What is added has at most two axes that are spread over the product.
        let lone = product.c.is_none();
        let tail = self.tail(name, |other| lone && spread(other, rows_columns).is_some());
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

    pub(super) fn softmax(&mut self, name: &str, softmax: &Softmax) -> Lowered<()> {
        let shape = self.shape_of(&softmax.x)?;
        let axis = softmax.axis.of(shape.len());
        let axis = axis.ok_or_else(|| unsupported("Softmax along such an axis"))?;
        let source = self.plain(&softmax.x)?;
        let tail = self.tail(name, |_| false);
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

    pub(super) fn plain_mean(&mut self, name: &str, x: &str, axes: &[usize]) -> Lowered<()> {
        let shape = self.shape_of(x)?;
        let source = self.plain(x)?;
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
        let tail = self.tail(name, |_| false);
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
