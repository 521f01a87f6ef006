use super::{Net, Scope, stem::stem};
use crate::graph::Value;

/// ResNet-18 (He et al. 2016), by default with the stem for small images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResNet18 {
    /// Channels of the first stage (64 in the paper); the others have 2, 4 and 8 times as many.
    pub width: usize,
    /// Length of the result.
    pub classes: usize,
    /// Stride of the small stem: 1 for 32 px; 2 halves the cost's extents for larger images.
    pub stem_stride: usize,
}

impl Net for ResNet18 {
    /// From images `[N, 3, H, W]` (0..1) to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let mut x = stem(scope, x, self.width, self.stem_stride);
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

/// Two 3x3 convolutions and a shortcut.
fn basic_block(scope: &mut Scope<'_, '_>, x: Value, channels: usize, stride: usize) -> Value {
    let inner = scope.conv_norm(x, channels, 3, stride);
    let inner = scope.graph.relu(inner);
    let inner = scope.conv_norm(inner, channels, 3, 1);
    joined(scope, x, inner, stride)
}

/// `inner` plus the shortcut from `x`, which is a 1x1 convolution where the extents change.
fn joined(scope: &mut Scope<'_, '_>, x: Value, inner: Value, stride: usize) -> Value {
    let channels = scope.graph.shape(inner)[1];
    let same = stride == 1 && scope.graph.shape(x)[1] == channels;
    let shortcut = if same {
        x
    } else {
        scope.conv_norm(x, channels, 1, stride)
    };
    let sum = scope.graph.add(inner, shortcut);
    scope.graph.relu(sum)
}

/// ResNet-50 (He et al. 2016): bottleneck blocks, 3, 4, 6 and 3 a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResNet50 {
    /// Channels inside the first stage's blocks (64 in the paper), which give 4 times as many.
    pub width: usize,
    /// Length of the result.
    pub classes: usize,
    /// Stride of the small stem.
    pub stem_stride: usize,
}

const BOTTLENECKS: [usize; 4] = [3, 4, 6, 3];
const EXPANSION: usize = 4;

impl Net for ResNet50 {
    /// From images `[N, 3, H, W]` (0..1) to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let mut x = stem(scope, x, self.width, self.stem_stride);
        for (stage, blocks) in BOTTLENECKS.into_iter().enumerate() {
            for block in 0..blocks {
                let stride = if stage > 0 && block == 0 { 2 } else { 1 };
                x = bottleneck(scope, x, self.width << stage, stride);
            }
        }
        let pooled = scope.graph.mean(x, &[2, 3], false);
        scope.dense(pooled, self.classes)
    }
}

/// 1x1 down, 3x3 (which carries the stride), 1x1 up, and a shortcut.
fn bottleneck(scope: &mut Scope<'_, '_>, x: Value, channels: usize, stride: usize) -> Value {
    let inner = scope.conv_norm(x, channels, 1, 1);
    let inner = scope.graph.relu(inner);
    let inner = scope.conv_norm(inner, channels, 3, stride);
    let inner = scope.graph.relu(inner);
    let inner = scope.conv_norm(inner, EXPANSION * channels, 1, 1);
    joined(scope, x, inner, stride)
}
