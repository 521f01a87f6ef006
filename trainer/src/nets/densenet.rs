use super::{Init, Net, Scope, stem::stem};
use crate::graph::Value;

/// DenseNet-121 (Huang et al. 2017): each layer sees all earlier ones of its block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DenseNet121 {
    /// Channels of the stem (64 in the paper); each layer adds half as many.
    pub width: usize,
    /// Length of the result.
    pub classes: usize,
    /// Stride of the small stem.
    pub stem_stride: usize,
}

const LAYERS: [usize; 4] = [6, 12, 24, 16];
/// Channels of a layer's 1x1 convolution as a multiple of what it adds.
const BOTTLENECK: usize = 4;

impl Net for DenseNet121 {
    /// From images `[N, 3, H, W]` (0..1) to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let growth = self.width.div_ceil(2);
        let mut x = stem(scope, x, self.width, self.stem_stride);
        for (block, layers) in LAYERS.into_iter().enumerate() {
            for _ in 0..layers {
                let y = layer(scope, x, growth);
                x = scope.graph.concat(&[x, y], 1);
            }
            if block + 1 < LAYERS.len() {
                x = transition(scope, x);
            }
        }
        let x = norm_relu(scope, x);
        let pooled = scope.graph.mean(x, &[2, 3], false);
        scope.dense(pooled, self.classes)
    }
}

fn norm_relu(scope: &mut Scope<'_, '_>, x: Value) -> Value {
    let y = scope.norm(x, Init::Constant(1.0));
    scope.graph.relu(y)
}

/// Batch norm, ReLU, 1x1; batch norm, ReLU, 3x3. The second batch norm belongs to the first convolution.
fn layer(scope: &mut Scope<'_, '_>, x: Value, growth: usize) -> Value {
    let y = norm_relu(scope, x);
    let y = scope.conv_norm(y, BOTTLENECK * growth, 1, 1);
    let y = scope.graph.relu(y);
    scope.conv(y, growth, 3, 1)
}

/// Half the channels at half the size.
fn transition(scope: &mut Scope<'_, '_>, x: Value) -> Value {
    let channels = scope.graph.shape(x)[1] / 2;
    let y = norm_relu(scope, x);
    let y = scope.conv(y, channels, 1, 1);
    scope.graph.average_pool(y, 2)
}
