//! What only makers of generators need: parts of the method on their own. Apps and services do without.

use crate::graph::Op;

/// The operators of contract v1 that an engine runs, by their names in ONNX.
pub const OPERATORS: [&str; Op::NAMES.len()] = Op::NAMES;
