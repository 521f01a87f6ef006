//! Reverse-mode differentiation over graphs: one vector-Jacobian product (VJP) per operator.
//!
//! [`gradients`] walks the graph backwards from a scalar loss and appends the nodes that compute the gradients to the
//! same graph. Operators without a rule never need one in the nets of this crate; meeting one is reported as an error,
//! never skipped.

mod composite;
mod convolution;
mod elementwise;
mod layout;
mod matrix;
mod reduction;

use crate::{
    error::{Error, Result},
    graph::{Graph, Op, Origin, Value},
};

/// Gradients of a node's operands, in their order; `None` for an operand that needs none.
type Operands = Vec<Option<Value>>;

/// Appends the gradients of the scalar `loss` with respect to each of `wrt`.
///
/// A value that the loss does not depend on gets a gradient of zeros.
///
/// # Errors
/// [`Error::Graph`] where an operator on the way has no rule.
pub fn gradients(graph: &mut Graph, loss: Value, wrt: &[Value]) -> Result<Vec<Value>> {
    let active = Active::new(graph, wrt);
    let values: Vec<Value> = graph.values().collect();
    let mut sums: Vec<Option<Value>> = vec![None; values.len()];
    let one = graph.constant(&[1.0], &[]);
    let position = values
        .iter()
        .position(|&v| v == loss)
        .ok_or_else(|| Error::Graph("unknown loss".into()))?;
    let shape = graph.shape(loss).to_vec();
    sums[position] = Some(graph.reshape(one, &shape));

    for (i, &value) in values.iter().enumerate().rev() {
        let Some(upstream) = sums[i] else { continue };
        if !active.contains(value) {
            continue;
        }
        for (operand, gradient) in contributions(graph, value, upstream, &active)? {
            let Ok(j) = values.binary_search(&operand) else {
                continue;
            };
            sums[j] = Some(match sums[j] {
                Some(sum) => graph.add(sum, gradient),
                None => gradient,
            });
        }
    }
    Ok(wrt
        .iter()
        .map(|v| {
            values
                .binary_search(v)
                .ok()
                .and_then(|i| sums[i])
                .unwrap_or_else(|| zeros(graph, *v))
        })
        .collect())
}

/// Which values depend on those that gradients are wanted for.
struct Active(Vec<bool>, Vec<Value>);

impl Active {
    fn new(graph: &Graph, wrt: &[Value]) -> Self {
        let values: Vec<Value> = graph.values().collect();
        let mut flags = vec![false; values.len()];
        for (i, value) in values.iter().enumerate() {
            flags[i] = wrt.contains(value)
                || match graph.origin(*value) {
                    Origin::Node {
                        op: Op::StopGradient,
                        ..
                    } => false,
                    Origin::Node { inputs, .. } => inputs
                        .iter()
                        .any(|v| values.binary_search(v).is_ok_and(|j| flags[j])),
                    _ => false,
                };
        }
        Self(flags, values)
    }

    fn contains(&self, value: Value) -> bool {
        self.1.binary_search(&value).is_ok_and(|i| self.0[i])
    }
}

fn zeros(graph: &mut Graph, like: Value) -> Value {
    let shape = graph.shape(like).to_vec();
    let zero = graph.scalar(0.0);
    graph.expand(zero, &shape)
}

fn contributions(
    graph: &mut Graph,
    value: Value,
    upstream: Value,
    active: &Active,
) -> Result<Vec<(Value, Value)>> {
    if let Some(composite) = graph.composite(value).cloned() {
        return Ok(composite::rule(graph, &composite, upstream));
    }
    let Origin::Node { op, inputs } = graph.origin(value).clone() else {
        return Ok(Vec::new());
    };
    let wanted: Vec<bool> = inputs.iter().map(|&v| active.contains(v)).collect();
    let node = Node {
        op: &op,
        inputs: &inputs,
        output: value,
        upstream,
        wanted: &wanted,
    };
    let operands = elementwise::rule(graph, &node)
        .or_else(|| convolution::rule(graph, &node))
        .or_else(|| matrix::rule(graph, &node))
        .or_else(|| reduction::rule(graph, &node))
        .or_else(|| layout::rule(graph, &node))
        .ok_or_else(|| Error::Graph(format!("{op:?} has no gradient rule")))?;
    Ok(inputs
        .into_iter()
        .zip(operands)
        .filter_map(|(v, g)| Some((v, g?)))
        .collect())
}

/// One node as its rule sees it.
struct Node<'a> {
    op: &'a Op,
    inputs: &'a [Value],
    output: Value,
    upstream: Value,
    wanted: &'a [bool],
}
