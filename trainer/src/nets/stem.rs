use super::Scope;
use crate::graph::Value;

/// Longest side in pixels that the small stem is for.
const SMALL: usize = 64;

/// What stands before the blocks of the residual and dense nets: 3x3 at `stride` for images up to 64 px; above, as for
/// ImageNet, 7x7 at stride 2 and a pooling to half.
pub(super) fn stem(scope: &mut Scope<'_, '_>, x: Value, channels: usize, stride: usize) -> Value {
    let side = scope.graph.shape(x)[2..].iter().copied().max();
    let small = side.is_some_and(|side| side <= SMALL);
    let (k, stride) = if small { (3, stride) } else { (7, 2) };
    let y = scope.conv_norm(x, channels, k, stride);
    let y = scope.graph.relu(y);
    if small {
        y
    } else {
        scope.graph.max_pool(y, 3, 2, 1)
    }
}
