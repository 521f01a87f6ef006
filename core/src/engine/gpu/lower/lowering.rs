//! What is known while a graph is turned into passes.

use std::collections::HashMap;

use super::constants::{Constants, fold};
use super::lowered::{Lowered, unsupported};
use super::value::Value;
use crate::engine::gpu::program::{BufferSpec, Program, View};
use crate::generator::{Preflight, Shapes};
use crate::graph::{Graph, Node};

/// A graph that is being turned into passes.
pub(super) struct Lowering<'a> {
    pub(super) shapes: &'a Shapes,
    pub(super) constants: Constants,
    /// The nodes that a photo changes, in order.
    pub(super) nodes: Vec<&'a Node>,
    pub(super) done: Vec<bool>,
    /// For each name, the nodes that use it, once per use.
    pub(super) users: HashMap<&'a str, Vec<usize>>,
    pub(super) values: HashMap<String, Value>,
    /// Where parts of joined values belong.
    pub(super) places: HashMap<String, View>,
    pub(super) program: Program,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        graph: &'a Graph,
        checked: &'a Preflight,
        size: (usize, usize),
    ) -> Lowered<Self> {
        let (constants, nodes) = fold(graph)?;
        let mut users: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, node) in nodes.iter().enumerate() {
            for name in node.op.operands() {
                users.entry(name).or_default().push(index);
            }
        }
        let mut lowering = Self {
            shapes: &checked.shapes,
            constants,
            done: vec![false; nodes.len()],
            nodes,
            users,
            values: HashMap::new(),
            places: HashMap::new(),
            program: Program {
                passes: Vec::new(),
                buffers: Vec::new(),
                constants: Vec::new(),
                weights: Vec::new(),
                image: size,
                residual: checked.residual,
                output: 0,
            },
        };
        lowering
            .values
            .insert("image".into(), Value::image(size.0, size.1));
        Ok(lowering)
    }

    /// The shape of a value, constant or not.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        let known = self.values.get(name).map(|value| value.shape.as_slice());
        let constant = || {
            self.constants
                .get(name)
                .map(|constant| constant.shape.as_slice())
        };
        known
            .or_else(constant)
            .or_else(|| self.shapes.get(name).map(Vec::as_slice))
    }

    pub(super) fn shape_of(&self, name: &str) -> Lowered<Vec<usize>> {
        self.shape(name)
            .map(<[usize]>::to_vec)
            .ok_or_else(|| unsupported("a value of unknown shape"))
    }

    pub(super) fn buffer(&mut self, spec: BufferSpec) -> usize {
        self.program.buffers.push(spec);
        self.program.buffers.len() - 1
    }
}
