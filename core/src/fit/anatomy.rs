//! A generator's graph in three parts: the trunk makes features of the photo, the head a code of the features, the tail
//! a residual of the code.

use std::collections::{HashMap, HashSet};

use super::names::HeadNames;
use crate::error::{Error, ErrorKind, Result};
use crate::onnx::{GraphProto, ModelProto, NodeProto, ValueInfoProto, constants};

/// The places of a graph's nodes, by what they are part of. Nodes that only shape constants are with those that use them.
pub(super) struct Anatomy {
    pub(super) trunk: HashSet<usize>,
    pub(super) head: HashSet<usize>,
    /// Empty where the residual depends on the photo by other ways than the code.
    pub(super) tail: HashSet<usize>,
}

impl Anatomy {
    /// Takes a graph apart.
    ///
    /// # Errors
    /// [`ErrorKind::GeneratorInvalid`] where the head cannot be taken out.
    pub(super) fn of(graph: &GraphProto, names: &HeadNames) -> Result<Self> {
        let makers: HashMap<&str, usize> = (graph.node.iter().enumerate())
            .flat_map(|(at, node)| node.output.iter().map(move |name| (name.as_str(), at)))
            .filter(|(name, _)| !name.is_empty())
            .collect();
        for name in [&names.features, &names.code] {
            if !makers.contains_key(name.as_str()) {
                return Err(broken(&format!("no node makes {name:?}")));
            }
        }
        let trunk = needed(graph, &makers, &names.features, "").0;
        let (head, leaves) = needed(graph, &makers, &names.code, &names.features);
        if head.iter().any(|at| trunk.contains(at)) || leaves.contains("image") {
            return Err(broken("the head reads more than the features"));
        }
        let inner = |name: &String| {
            *name != names.code
                && makers
                    .get(name.as_str())
                    .is_some_and(|at| head.contains(at))
        };
        let outside = (graph.node.iter().enumerate()).filter(|(at, _)| !head.contains(at));
        if outside.flat_map(|(_, node)| &node.input).any(inner) {
            return Err(broken("a value inside the head is used outside it"));
        }
        let (tail, leaves) = needed(graph, &makers, "residual", &names.code);
        let tail = if leaves.contains("image") {
            HashSet::new()
        } else {
            tail
        };
        Ok(Self { trunk, head, tail })
    }

    /// The initialisers that only the head uses.
    pub(super) fn constants_of_head(&self, graph: &GraphProto) -> HashSet<String> {
        let used = |within: bool| -> HashSet<&str> {
            let nodes = graph.node.iter().enumerate();
            let nodes = nodes.filter(|(at, _)| self.head.contains(at) == within);
            nodes
                .flat_map(|(_, node)| node.input.iter().map(String::as_str))
                .collect()
        };
        let (inside, outside) = (used(true), used(false));
        let names = graph.initializer.iter().map(|tensor| &tensor.name);
        names
            .filter(|name| inside.contains(name.as_str()) && !outside.contains(name.as_str()))
            .cloned()
            .collect()
    }
}

/// A part of a model as a model: its nodes, with one input of the shape given, and one output.
pub(super) fn part(
    model: &ModelProto,
    nodes: &HashSet<usize>,
    (input, shape): (&str, &[usize]),
    output: &str,
) -> ModelProto {
    let mut part = model.clone();
    part.metadata_props.clear();
    if let Some(graph) = &mut part.graph {
        let all = std::mem::take(&mut graph.node).into_iter().enumerate();
        graph.node = all
            .filter(|(at, _)| nodes.contains(at))
            .map(|(_, node)| node)
            .collect();
        let used: HashSet<&String> = graph.node.iter().flat_map(|node| &node.input).collect();
        let wanted = |name: &String| used.contains(name);
        let constants = std::mem::take(&mut graph.initializer).into_iter();
        let constants = constants.filter(|tensor| wanted(&tensor.name)).collect();
        graph.initializer = constants;
        graph.input = vec![ValueInfoProto::floats(input, shape)];
        graph.output = vec![ValueInfoProto {
            name: output.to_owned(),
            r#type: None,
        }];
    }
    part
}

/// The nodes that a value needs, back to the value `stop`, and the names that no node makes.
fn needed<'a>(
    graph: &'a GraphProto,
    makers: &HashMap<&str, usize>,
    value: &'a str,
    stop: &str,
) -> (HashSet<usize>, HashSet<&'a str>) {
    let (mut nodes, mut leaves) = (HashSet::new(), HashSet::new());
    let known: HashSet<&str> = constants(graph).map(|(name, _)| name).collect();
    let mut left = vec![value];
    while let Some(name) = left.pop() {
        if name == stop || name.is_empty() {
            continue;
        }
        match makers.get(name) {
            Some(&at) if nodes.insert(at) => left.extend(inputs(&graph.node[at])),
            Some(_) => {}
            None if known.contains(name) => {}
            None => {
                leaves.insert(name);
            }
        }
    }
    (nodes, leaves)
}

fn inputs(node: &NodeProto) -> impl Iterator<Item = &str> {
    node.input.iter().map(String::as_str)
}

fn broken(why: &str) -> Error {
    let message = format!("the generator's head (confounder.head) cannot be replaced: {why}");
    Error::new(ErrorKind::GeneratorInvalid, message)
}
