//! The sizes of all values of a graph, worked out before any of them is computed.
//!
//! A small file can ask for huge tensors (an outer product, an enlargement), and an engine that folds constants
//! computes them while it loads the file. So the shapes are inferred first on a network whose float constants are
//! unknown inputs: nothing can be folded, only shapes flow.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{graph, invalid};
use crate::error::{Error, ErrorKind, Result};
use crate::network::{Network, Weights};
use crate::onnx::{
    DataType, GraphProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, constants,
};

/// Most numbers in one value: 512 MiB of float32.
const MAX_ELEMENTS: u128 = 1 << 27;

/// Most multiply-adds of one run: seconds to minutes on one core.
const MAX_WORK: u64 = 1 << 38;

/// Integer operands (shapes, axes, pads) are short and small.
const MAX_OPERAND: (usize, u64) = (8, 1 << 16);

/// The shape of every value of a graph, by name.
pub(crate) type Shapes = HashMap<String, Vec<usize>>;

/// A model for one size of image whose cost was checked.
pub(crate) struct Preflight {
    /// Fit to be handed to an engine.
    pub(crate) model: ModelProto,
    /// Width and height of the residual.
    #[cfg_attr(not(feature = "gpu"), expect(dead_code))]
    pub(crate) residual: (usize, usize),
    #[cfg_attr(not(feature = "gpu"), expect(dead_code))]
    pub(crate) shapes: Shapes,
    /// Of one run.
    pub(crate) multiply_adds: u64,
}

/// Checks what running the model on an image of `width` x `height` would cost, and that it gives a residual.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`] where it costs too much, [`ErrorKind::GeneratorInvalid`] where shapes do not fit.
pub(crate) fn preflight(model: &ModelProto, (width, height): (usize, usize)) -> Result<Preflight> {
    let model = concrete(model, (width, height));
    check_operands(graph::graph(&model)?)?;
    // A last defence: a fault of tract's on a hostile file becomes an error. Nothing outlives the call.
    let inferred = catch_unwind(AssertUnwindSafe(|| infer(&model)))
        .unwrap_or_else(|_| Err(invalid("the shapes of the graph could not be inferred")));
    let shapes = inferred?;
    let multiply_adds = check_cost(graph::graph(&model)?, &shapes)?;
    let residual = match shapes.get("residual").map(Vec::as_slice) {
        Some(&[1, 3, h, w]) if (1..=height).contains(&h) && (1..=width).contains(&w) => (w, h),
        other => {
            let message = format!(
                "an image of {width} x {height} px gives {other:?}, not [1, 3, h, w] no finer than it"
            );
            return Err(invalid(message));
        }
    };
    Ok(Preflight {
        model,
        residual,
        shapes,
        multiply_adds,
    })
}

/// The model with a fixed input size and without anything an engine does not need.
fn concrete(model: &ModelProto, (width, height): (usize, usize)) -> ModelProto {
    let mut model = model.clone();
    model.metadata_props.clear();
    if let Some(graph) = &mut model.graph {
        graph.input = vec![ValueInfoProto::floats("image", &[1, 3, height, width])];
        for output in &mut graph.output {
            output.r#type = None;
        }
    }
    model
}

/// Integers, and the factors of `Resize`, are known before any photo comes; so they must be few and small.
fn check_operands(graph: &GraphProto) -> Result<()> {
    for (name, tensor) in constants(graph) {
        let uses: Vec<_> = graph.node.iter().flat_map(|n| uses(n, name)).collect();
        let factor = |&(op, index): &(&str, usize)| op == "Resize" && (1..=2).contains(&index);
        if tensor.data_type != DataType::Float as i32 || uses.iter().any(factor) {
            check_operand(name, tensor, uses.into_iter())?;
        }
    }
    Ok(())
}

/// Where a node uses a value.
fn uses<'a>(node: &'a NodeProto, name: &str) -> impl Iterator<Item = (&'a str, usize)> {
    let indices: Vec<usize> = (0..node.input.len())
        .filter(|&i| node.input[i] == name)
        .collect();
    indices
        .into_iter()
        .map(|index| (node.op_type.as_str(), index))
}

/// Integers may only say shapes, axes, starts, ends and pads; nothing is calculated with them.
fn check_operand<'a>(
    name: &str,
    tensor: &TensorProto,
    mut uses: impl Iterator<Item = (&'a str, usize)>,
) -> Result<()> {
    let (most, largest) = MAX_OPERAND;
    let count = tensor.dims.iter().product::<i64>();
    let raw = tensor
        .raw_data
        .as_chunks::<8>()
        .0
        .iter()
        .map(|bytes| i64::from_le_bytes(*bytes));
    let mut numbers = raw.chain(tensor.int64_data.iter().copied());
    let integer = tensor.data_type == DataType::Int64 as i32;
    // The ends of a Slice are often written as the largest integer.
    let large = integer
        && numbers.any(|n| n.unsigned_abs() > largest && n.unsigned_abs() < i32::MAX as u64);
    let known = |(op, index): (&str, usize)| {
        matches!(
            (op, index),
            ("Resize", 1..=3)
                | (
                    "Reshape" | "Expand" | "Unsqueeze" | "Squeeze" | "ReduceMean",
                    1
                )
                | ("Slice", 1..=4)
                | ("Pad", 1 | 3)
        )
    };
    if usize::try_from(count).is_ok_and(|count| count <= most)
        && !large
        && (!integer || uses.all(known))
    {
        return Ok(());
    }
    let name = graph::shorten(name);
    Err(invalid(format!(
        "the tensor {name:?} is too large for a shape, or integers are used in arithmetic"
    )))
}

fn infer(model: &ModelProto) -> Result<Shapes> {
    Network::of(model, Weights::Shapes)
        .and_then(|network| network.shapes())
        .map_err(|e| invalid("the shapes of the graph could not be inferred").with_source(e))
}

/// The multiply-adds of one run, if that and its memory can be borne.
fn check_cost(graph: &GraphProto, shapes: &Shapes) -> Result<u64> {
    let too_much = |what: &str| {
        let message =
            format!("running the generator at this size takes too much {what}; use a smaller grid");
        Err(Error::new(ErrorKind::LimitExceeded, message))
    };
    if shapes.values().any(|shape| volume(shape) > MAX_ELEMENTS) {
        return too_much("memory");
    }
    let mut work = 0u128;
    for node in &graph.node {
        let (multiply_adds, scratch) = cost(node, shapes);
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

/// Multiply-adds of a node, and the numbers in what it may lay out before it multiplies.
fn cost(node: &NodeProto, shapes: &Shapes) -> (u128, u128) {
    let of = |names: &[String], i: usize| {
        names
            .get(i)
            .and_then(|name| shapes.get(name))
            .map_or(&[][..], Vec::as_slice)
    };
    let (input, weight, output) = (of(&node.input, 0), of(&node.input, 1), of(&node.output, 0));
    let first = |shape: &[usize]| shape.first().map_or(1, |&n| n.max(1) as u128);
    match node.op_type.as_str() {
        "Conv" => {
            let work = volume(output).saturating_mul(volume(weight) / first(weight));
            (work, work / first(weight))
        }
        "ConvTranspose" => {
            let work = volume(input).saturating_mul(volume(weight) / first(weight));
            (work, work)
        }
        "Gemm" | "MatMul" => {
            let depth = input.iter().copied().max().unwrap_or(1) as u128;
            (volume(output).saturating_mul(depth), 0)
        }
        "AveragePool" | "MaxPool" => {
            // The kernel is an attribute of at most 2^12 a side; it cannot usefully exceed its input.
            let window: i64 = node
                .attribute
                .iter()
                .filter(|a| a.name == "kernel_shape")
                .flat_map(|a| &a.ints)
                .product();
            (
                volume(output).saturating_mul(u128::from(window.unsigned_abs())),
                0,
            )
        }
        _ => (volume(output), 0),
    }
}

fn volume(shape: &[usize]) -> u128 {
    shape
        .iter()
        .fold(1u128, |product, &dim| product.saturating_mul(dim as u128))
}
