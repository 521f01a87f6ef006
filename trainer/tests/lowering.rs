//! What a GPU's provider is given computes the same as what the CPU's is given; here both on the CPU.

mod common;

use common::{Operand, feeds};
use confounder_trainer::{
    engine::Session,
    graph::{Graph, Lowering, ModelInfo},
    vjp::gradients,
};

/// The graph written without and with a rule: the results, and how many nodes of a kind each has.
fn both(
    graph: &Graph,
    lowering: &'static [Lowering],
    (kind, before, after): (&str, usize, usize),
    operands: &[Operand],
) {
    let plain = ModelInfo::default();
    let lowered = ModelInfo {
        lowering,
        ..ModelInfo::default()
    };
    let [a, b] = [&plain, &lowered].map(|info| {
        let mut session = Session::from_bytes(&graph.to_onnx(info), 1).expect("the graph is valid");
        let mut outputs = session.run(&feeds(operands)).expect("the graph runs");
        outputs.take("y").expect("y")
    });
    let count = |info: &ModelInfo| {
        let graph = graph.to_proto(info).graph.expect("a model has a graph");
        graph
            .node
            .iter()
            .filter(|node| node.op_type == kind)
            .count()
    };
    assert_eq!((count(&plain), count(&lowered)), (before, after), "{kind}");
    let scale = a.iter().fold(0.0_f32, |m, x| m.max(x.abs()));
    for (i, (x, y)) in a.iter().zip(&b).enumerate() {
        assert!((x - y).abs() <= 1e-5 * scale, "{kind}: {x} and {y} at {i}");
    }
}

#[test]
fn max_is_written_with_relu() {
    let mut graph = Graph::new();
    let [a, b] =
        [("a", [5, 3, 4]), ("b", [1, 3, 1])].map(|(name, shape)| graph.input(name, &shape));
    let y = graph.max(a, b);
    graph.output("y", y);
    let operands = [
        Operand::uniform("a", &[5, 3, 4], -1.0..1.0),
        Operand::uniform("b", &[1, 3, 1], -1.0..1.0),
    ];
    both(&graph, &[Lowering::MaxByRelu], ("Max", 1, 0), &operands);
}

#[test]
fn long_rows_are_joined_as_matrices_and_sums() {
    for (lengths, concats) in [
        (&[20_000, 1, 30_000, 10][..], 0),
        (&[1728, 64, 36_864, 10], 1),
        (&[32_768, 64, 320], 1),
    ] {
        let mut graph = Graph::new();
        let names = ["a", "b", "c", "d"];
        let rows: Vec<_> = names
            .iter()
            .zip(lengths)
            .map(|(name, &long)| graph.input(name, &[long]))
            .collect();
        let y = graph.concat(&rows, 0);
        graph.output("y", y);
        let operands: Vec<_> = names
            .iter()
            .zip(lengths)
            .map(|(name, &long)| Operand::uniform(name, &[long], -1.0..1.0))
            .collect();
        let rule = &[Lowering::LongRowsInParts];
        both(&graph, rule, ("Concat", 1, concats), &operands);
        // Nothing is padded where all lengths share a factor.
        let padded = match lengths.len() {
            3 => 0,
            n if concats == 0 => n,
            _ => 2,
        };
        both(&graph, rule, ("Pad", 0, padded), &operands);
    }
}

#[test]
fn sums_over_pictures_take_two_steps() {
    for mean in [false, true] {
        let mut graph = Graph::new();
        let x = graph.input("x", &[5, 3, 4, 6]);
        let y = match mean {
            true => graph.mean(x, &[0, 2, 3], false),
            false => graph.sum(x, &[0, 2, 3], false),
        };
        graph.output("y", y);
        let kind = if mean { "ReduceMean" } else { "ReduceSum" };
        let operands = [Operand::uniform("x", &[5, 3, 4, 6], -1.0..1.0)];
        let rule = &[Lowering::SumsInTwoSteps];
        both(&graph, rule, (kind, 1, 2), &operands);
    }
}

/// Of a wide kernel with a stride, a 3 x 3 one and a 1 x 1 one, of large and of small pictures.
#[test]
fn weight_gradients_are_products_with_all_shifts() {
    for (k, stride, padding, side) in [(3, 1, 1, 20), (5, 2, 1, 40), (3, 1, 1, 6), (1, 1, 0, 18)] {
        let shapes = [[3, 4, side, side], [6, 4, k, k]];
        let mut graph = Graph::new();
        let x = graph.input("x", &shapes[0]);
        let w = graph.input("w", &shapes[1]);
        let y = graph.conv(x, w, stride, padding);
        let squared = graph.mul(y, y);
        let loss = graph.mean_all(squared);
        let wanted = gradients(&mut graph, loss, &[w]).expect("convolutions have a rule");
        graph.output("y", wanted[0]);
        let operands = [
            Operand::uniform("x", &shapes[0], -1.0..1.0),
            Operand::uniform("w", &shapes[1], -1.0..1.0),
        ];
        let rule = &[Lowering::WeightGradientsByPicture];
        // Small pictures in a row are one product for all shifts; large ones are multiplied one by one, by MatMul.
        let products = usize::from(side < 18);
        both(&graph, rule, ("Gemm", k * k, products), &operands);
    }
}

#[test]
fn long_products_are_sums_of_short_ones() {
    for (rows, columns, long) in [(6, 10, 4096), (3, 130, 1536), (64, 64, 8192)] {
        let mut graph = Graph::new();
        let a = graph.input("a", &[rows, long]);
        let b = graph.input("b", &[columns, long]);
        let y = graph.gemm(a, b, false, true);
        graph.output("y", y);
        let operands = [
            Operand::uniform("a", &[rows, long], -1.0..1.0),
            Operand::uniform("b", &[columns, long], -1.0..1.0),
        ];
        let rule = &[Lowering::LongProductsInParts];
        both(&graph, rule, ("Gemm", 1, 0), &operands);
    }
}

#[test]
fn zeros_around_a_picture_are_the_convolutions_own() {
    let mut graph = Graph::new();
    let (x, w) = (
        graph.input("x", &[2, 3, 8, 9]),
        graph.input("w", &[4, 3, 5, 5]),
    );
    let padded = graph.pad(x, &[0, 0, 1, 0], &[0, 0, 2, 3]);
    let y = graph.conv(padded, w, 2, 1);
    graph.output("y", y);
    let operands = [
        Operand::uniform("x", &[2, 3, 8, 9], -1.0..1.0),
        Operand::uniform("w", &[4, 3, 5, 5], -1.0..1.0),
    ];
    let rule = &[Lowering::PadsOfConvolutions];
    both(&graph, rule, ("Pad", 1, 0), &operands);

    // What something else sees as well, or what is more than a border, stays.
    let mut seen = graph.clone();
    seen.output("padded", padded);
    let more = graph.pad(x, &[0, 0, 0, 0], &[0, 1, 0, 0]);
    let w = graph.input("deep", &[4, 4, 1, 1]);
    let y = graph.conv(more, w, 1, 0);
    graph.output("z", y);
    for graph in [seen, graph] {
        let info = ModelInfo {
            lowering: rule,
            ..ModelInfo::default()
        };
        let nodes = graph.to_proto(&info).graph.expect("a graph").node;
        assert_eq!(nodes.iter().filter(|n| n.op_type == "Pad").count(), 1);
    }
}
