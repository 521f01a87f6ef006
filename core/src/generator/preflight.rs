//! The sizes of all values of a graph, worked out before any of them is computed.
//!
//! A small file can ask for huge tensors (an outer product, an enlargement), and an engine that folds constants
//! computes them while it loads the file. So the shapes are inferred first on a network whose float constants are
//! unknown inputs: nothing can be folded, only shapes flow.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::{Error, ErrorKind, Result, invalid_generator as invalid};
use crate::graph::{Graph, Op};
use crate::network::{Network, Weights};

/// Most numbers in one value: 512 MiB of float32.
const MAX_ELEMENTS: u128 = 1 << 27;

/// Most multiply-adds of one run: seconds to minutes on one core.
const MAX_WORK: u64 = 1 << 38;

/// The shape of every value of a graph, by name.
pub(crate) type Shapes = HashMap<String, Vec<usize>>;

/// A graph for one size of image, whose cost was checked.
pub(crate) struct Preflight {
    /// Width and height of the residual.
    #[cfg_attr(not(feature = "gpu"), expect(dead_code))]
    pub(crate) residual: (usize, usize),
    #[cfg_attr(not(feature = "gpu"), expect(dead_code))]
    pub(crate) shapes: Shapes,
    /// Of one run.
    #[cfg_attr(not(feature = "research"), expect(dead_code))]
    pub(crate) multiply_adds: u64,
}

/// Checks what running a graph on an image of `width` x `height` would cost, and that it gives a residual.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`] where it costs too much, [`ErrorKind::GeneratorInvalid`] where shapes do not fit.
pub(crate) fn preflight(graph: &Graph, (width, height): (usize, usize)) -> Result<Preflight> {
    // A last defence: a fault of tract's on a hostile file becomes an error. Nothing outlives the call.
    let inferred = catch_unwind(AssertUnwindSafe(|| infer(graph, &[1, 3, height, width])))
        .unwrap_or_else(|_| Err(invalid("the shapes of the graph could not be inferred")));
    let shapes = inferred?;
    let multiply_adds = check_cost(graph, &shapes)?;
    let residual = match shapes.get(&graph.output).map(Vec::as_slice) {
        Some(&[1, 3, h, w]) if (1..=height).contains(&h) && (1..=width).contains(&w) => (w, h),
        other => {
            let message = format!(
                "an image of {width} x {height} px gives {other:?}, not [1, 3, h, w] no finer than it"
            );
            return Err(invalid(message));
        }
    };
    Ok(Preflight {
        residual,
        shapes,
        multiply_adds,
    })
}

fn infer(graph: &Graph, image: &[usize]) -> Result<Shapes> {
    Network::of(graph, image, Weights::Shapes)
        .and_then(|network| network.shapes())
        .map_err(|e| invalid("the shapes of the graph could not be inferred").with_source(e))
}

/// The multiply-adds of one run, if that and its memory can be borne.
fn check_cost(graph: &Graph, shapes: &Shapes) -> Result<u64> {
    let too_much = |what: &str| {
        let message =
            format!("running the generator at this size takes too much {what}; use a smaller grid");
        Err(Error::new(ErrorKind::LimitExceeded, message))
    };
    if shapes.values().any(|shape| volume(shape) > MAX_ELEMENTS) {
        return too_much("memory");
    }
    let mut work = 0u128;
    for node in &graph.nodes {
        let (multiply_adds, scratch) = cost(&node.op, volume(of(shapes, &node.output)), shapes);
        work = work.saturating_add(multiply_adds);
        if scratch > 4 * MAX_ELEMENTS {
            return too_much("memory");
        }
    }
    match u64::try_from(work) {
        Ok(work) if work <= MAX_WORK => Ok(work),
        _ => too_much("time"),
    }
}

/// Multiply-adds of an operator that gives so many numbers, and the numbers in what it may lay out before it multiplies.
fn cost(op: &Op, numbers: u128, shapes: &Shapes) -> (u128, u128) {
    // Of one output of the weights.
    let each = |name: &str| {
        let shape = of(shapes, name);
        volume(shape) / shape.first().map_or(1, |&n| n.max(1) as u128)
    };
    let depth = |name: &str| of(shapes, name).iter().copied().max().unwrap_or(1) as u128;
    match op {
        Op::Conv(conv) => {
            let work = numbers.saturating_mul(each(&conv.weights));
            (
                work,
                work / (of(shapes, &conv.weights)
                    .first()
                    .map_or(1, |&n| n.max(1) as u128)),
            )
        }
        Op::ConvTranspose(transposed) => {
            let conv = &transposed.convolution;
            let work = volume(of(shapes, &conv.x)).saturating_mul(each(&conv.weights));
            (work, work)
        }
        Op::Gemm(gemm) => (numbers.saturating_mul(depth(&gemm.a)), 0),
        Op::MatMul(two) => (numbers.saturating_mul(depth(&two.a)), 0),
        Op::AveragePool(pool) | Op::MaxPool(pool) => {
            // A kernel's side is an attribute of at most 2^12; it cannot usefully exceed its input.
            (numbers.saturating_mul(volume(&pool.kernel)), 0)
        }
        Op::Add(_) | Op::Sub(_) | Op::Mul(_) | Op::Div(_) | Op::Relu(_) | Op::LeakyRelu(_) => {
            (numbers, 0)
        }
        Op::Sigmoid(_) | Op::Tanh(_) | Op::Clip(_) | Op::Softmax(_) => (numbers, 0),
        Op::GlobalAveragePool(_) | Op::ReduceMean(_) | Op::Resize(_) => (numbers, 0),
        Op::Identity(_) | Op::Concat(_) | Op::DepthToSpace(_) | Op::Expand(_) => (numbers, 0),
        Op::Flatten(_) | Op::Pad(_) | Op::Reshape(_) | Op::Slice(_) | Op::Squeeze(_) => {
            (numbers, 0)
        }
        Op::Transpose(_) | Op::Unsqueeze(_) => (numbers, 0),
    }
}

/// The shape of a value; that of a number where it is not known.
fn of<'a>(shapes: &'a Shapes, name: &str) -> &'a [usize] {
    shapes.get(name).map_or(&[][..], Vec::as_slice)
}

fn volume(shape: &[usize]) -> u128 {
    shape
        .iter()
        .fold(1u128, |product, &dim| product.saturating_mul(dim as u128))
}
