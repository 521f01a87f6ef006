use super::{Init, Net, Scope};
use crate::graph::Value;

/// The image-to-image generator of recipe `paper`, in the family of AdvGAN's (Xiao et al. 2018): three convolutions
/// down by 4, four residual blocks, two nearest x2 enlargements back, and tanh x epsilon, so that the bound of the
/// residual is part of the graph.
#[derive(Debug, Clone, PartialEq)]
pub struct ResidualGenerator {
    /// Channels at full, half and quarter size (8, 16, 32 by default).
    pub channels: [usize; 3],
    /// Residual blocks at quarter size.
    pub blocks: usize,
    /// Bound of the residual, in units of the sample range.
    pub epsilon: f32,
}

impl Net for ResidualGenerator {
    /// From images `[N, 3, H, W]` (H and W multiples of 4) to residuals `[N, 3, H, W]` within ±epsilon.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let [full, half, quarter] = self.channels;
        let mut x = conv_relu(scope, x, full, 1);
        x = conv_relu(scope, x, half, 2);
        x = conv_relu(scope, x, quarter, 2);
        for _ in 0..self.blocks {
            let inner = conv_relu(scope, x, quarter, 1);
            let inner = scope.conv_norm(inner, quarter, 3, 1);
            x = scope.graph.add(x, inner);
        }
        for channels in [half, full] {
            let larger = scope.graph.upsample_nearest(x, 2);
            x = conv_relu(scope, larger, channels, 1);
        }
        let raw = scope.conv_bias(x, [3, 3, 1, 1], Init::Normal(0.02));
        let bounded = scope.graph.tanh(raw);
        scope.graph.scale(bounded, self.epsilon)
    }
}

fn conv_relu(scope: &mut Scope<'_, '_>, x: Value, channels: usize, stride: usize) -> Value {
    let y = scope.conv_norm(x, channels, 3, stride);
    scope.graph.relu(y)
}
