use super::{Net, Scope};
use crate::graph::Value;

/// ResNet-18 (He et al. 2016) with a 3x3 stem and no pooling before the blocks, as is usual for images up to 64 px.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResNet18 {
    /// Channels of the first stage (64 in the paper); the others have 2, 4 and 8 times as many.
    pub width: usize,
    /// Length of the result.
    pub classes: usize,
    /// Stride of the stem: 1 for 32 px; 2 halves the cost's extents for larger images.
    pub stem_stride: usize,
}

impl Net for ResNet18 {
    /// From images `[N, 3, H, W]` (0..1) to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let stem = scope.conv_norm(x, self.width, 3, self.stem_stride);
        let mut x = scope.graph.relu(stem);
        for stage in 0..4 {
            let channels = self.width << stage;
            for block in 0..2 {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                x = basic_block(scope, x, channels, stride);
            }
        }
        let pooled = scope.graph.mean(x, &[2, 3], false);
        scope.dense(pooled, self.classes)
    }
}

/// Two 3x3 convolutions and a shortcut, which is a 1x1 convolution where the extents change.
fn basic_block(scope: &mut Scope<'_, '_>, x: Value, channels: usize, stride: usize) -> Value {
    let inner = scope.conv_norm(x, channels, 3, stride);
    let inner = scope.graph.relu(inner);
    let inner = scope.conv_norm(inner, channels, 3, 1);
    let same = stride == 1 && scope.graph.shape(x)[1] == channels;
    let shortcut = if same {
        x
    } else {
        scope.conv_norm(x, channels, 1, stride)
    };
    let sum = scope.graph.add(inner, shortcut);
    scope.graph.relu(sum)
}
