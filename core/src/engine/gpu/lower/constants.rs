//! Values that are known before any photo comes: those of the file, and whatever is computed from nothing else.

use std::collections::HashMap;
use std::sync::Arc;

use tract_core::prelude::*;

use super::lowered::{Lowered, unsupported};
use crate::graph::{Constant, Graph, Node};
use crate::network::{Network, Weights};

/// Values by name.
pub(super) type Constants = HashMap<String, Arc<Constant>>;

/// All constants of a graph, and the nodes that are left.
pub(super) fn fold(graph: &Graph) -> Lowered<(Constants, Vec<&Node>)> {
    let mut constants = graph.constants.clone();
    let mut left = Vec::new();
    for node in &graph.nodes {
        let operands = node.op.operands();
        if operands.iter().all(|name| constants.contains_key(*name)) {
            let value = compute(node, &constants).ok_or_else(|| unsupported(node.op.name()))?;
            constants.insert(node.output.clone(), Arc::new(value));
        } else {
            left.push(node);
        }
    }
    Ok((constants, left))
}

/// Runs one node whose operands are all known. Its shapes were checked before.
fn compute(node: &Node, constants: &Constants) -> Option<Constant> {
    let operands = node.op.operands().into_iter();
    let known = operands.map(|name| Some((name.to_owned(), Arc::clone(constants.get(name)?))));
    let graph = Graph {
        input: None,
        output: node.output.clone(),
        constants: known.collect::<Option<_>>()?,
        nodes: vec![node.clone()],
    };
    let run = || {
        let network = Network::of(&graph, &[], Weights::Values)?;
        network.model.into_runnable()?.run(tvec!())
    };
    // The engine on the CPU, which came first, would have failed as well; here it only means to stay there.
    let outputs = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run))
        .ok()?
        .ok()?;
    let tensor = outputs.first()?;
    let view = tensor.to_plain_array_view::<f32>().ok()?;
    Some(Constant {
        shape: tensor.shape().to_vec(),
        numbers: view.iter().copied().collect(),
    })
}
