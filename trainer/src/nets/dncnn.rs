use super::{Init, Net, Scope};
use crate::graph::Value;

/// The denoiser DnCNN (Zhang et al. 2017): it predicts what was added to an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DnCnn {
    /// Channels of the inner layers (64 in the paper).
    pub width: usize,
    /// Convolutions in all (17 in the paper), at least 2.
    pub depth: usize,
}

impl Net for DnCnn {
    /// From images `[N, 3, H, W]` to what was added to them, of the same extents.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let y = scope.conv_bias(x, [self.width, 3, 1, 1], Init::FanInUniform);
        let mut y = scope.graph.relu(y);
        for _ in 2..self.depth {
            let inner = scope.conv_norm(y, self.width, 3, 1);
            y = scope.graph.relu(inner);
        }
        scope.conv_bias(y, [3, 3, 1, 1], Init::Normal(0.02))
    }
}
