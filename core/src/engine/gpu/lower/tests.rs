//! What passes a generator becomes.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::engine::gpu::kernel::Kernel;
use crate::engine::gpu::plan::plan;
use crate::engine::gpu::program::Source;
use crate::generator::Generator;
use crate::graph::Graph;
use crate::onnx::ModelProto;

const COMPACT: &[u8] = include_bytes!("../../../../models/compact.onnx");
const BUNDLED: &[u8] = include_bytes!("../../../../models/generator.onnx");

fn model(file: &'static [u8]) -> ModelProto {
    Generator::from_bytes(file).unwrap().model().unwrap()
}

fn count(program: &Program, kernel: Kernel) -> usize {
    program
        .passes
        .iter()
        .filter(|pass| pass.kernel == kernel)
        .count()
}

/// Its middle is cut out, and its code is brought to length 1 in steps of few numbers.
#[test]
fn the_bundled_generator_takes_a_pass_for_each_layer_and_few_for_its_code() {
    let model = model(BUNDLED);
    let nodes = &model.graph.as_ref().unwrap().node;
    let layers = ["Conv", "Gemm", "MatMul"];
    let layers = nodes
        .iter()
        .filter(|n| layers.contains(&n.op_type.as_str()));
    let program = lower(&Graph::read(&model).unwrap(), (200, 200)).unwrap();
    let (passes, layers) = (program.passes.len(), layers.count());
    assert!(passes <= layers + 22, "{passes} passes, {layers} layers");
}

/// The compact generator: one pass per convolution and product, sums and activations inside them, and no copies but
/// that of the residual.
#[test]
fn the_compact_generator_takes_few_passes_and_little_traffic() {
    let model = model(COMPACT);
    let nodes = &model.graph.as_ref().unwrap().node;
    let named = |op: &str| nodes.iter().filter(|node| node.op_type == op).count();
    let side = 96;
    let program = lower(&Graph::read(&model).unwrap(), (side, side)).unwrap();
    assert!(program.passes.len() <= 40, "{}", program.passes.len());
    let convolutions = [Kernel::Conv, Kernel::Conv3x3, Kernel::Depthwise];
    assert_eq!(
        convolutions
            .map(|kernel| count(&program, kernel))
            .iter()
            .sum::<usize>(),
        named("Conv")
    );
    assert_eq!(
        count(&program, Kernel::Matmul),
        named("Gemm") + named("MatMul")
    );
    // The photo's samples are scaled and shifted into the recogniser's range.
    assert!(count(&program, Kernel::Unary) <= 2);
    for none in [
        Kernel::UnaryPacked,
        Kernel::Binary,
        Kernel::BinaryPacked,
        Kernel::Gather,
    ] {
        assert_eq!(count(&program, none), 0, "{none:?}");
    }
    // The residual itself, which a convolution has turned from chroma into colours.
    assert!(count(&program, Kernel::Unpack) <= 1);
    assert_eq!(program.bytes_up(), (4 * 3 * side * side) as u64);
    let (width, height) = program.residual;
    assert_eq!(program.bytes_down(), (4 * 3 * width * height) as u64);
    // Values need less memory than all of them side by side.
    let planned: u64 = plan(&program, false).slots.iter().sum();
    let all: u64 = program
        .buffers
        .iter()
        .map(|buffer| buffer.bytes(false))
        .sum();
    assert!(2 * planned < all, "{planned} of {all} bytes");
}

#[test]
fn no_pass_reads_what_it_writes() {
    let program = lower(&Graph::read(&model(COMPACT)).unwrap(), (64, 64)).unwrap();
    for pass in &program.passes {
        assert!(
            !pass.inputs.contains(&Source::Value(pass.output)),
            "{pass:?}"
        );
    }
}

#[test]
fn what_is_not_run_is_named() {
    let mut model = model(COMPACT);
    let graph = model.graph.as_mut().unwrap();
    let conv = graph
        .node
        .iter_mut()
        .find(|node| node.op_type == "Conv")
        .unwrap();
    // Weights that the photo decides are not in the file.
    conv.input[1] = "image".into();
    conv.attribute.clear();
    let Unsupported(message) = lower(&Graph::read(&model).unwrap(), (64, 64)).unwrap_err();
    assert!(!message.is_empty());
}
