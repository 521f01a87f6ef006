use crate::graph::{Graph, Value};

/// Eq. 4: E max(0, ||G(x)||_2 - bound), over residuals `[N, 3, H, W]`.
pub fn hinge_loss(g: &mut Graph, residual: Value, bound: f32) -> Value {
    let squared = g.mul(residual, residual);
    let sum = g.sum(squared, &[1, 2, 3], false);
    let floor = g.scalar(1e-12);
    let safe = g.add(sum, floor);
    let norm = g.sqrt(safe);
    let bound = g.scalar(bound);
    let excess = g.sub(norm, bound);
    let hinge = g.relu(excess);
    g.mean_all(hinge)
}
