use super::{Init, Net, Scope};
use crate::graph::Value;

/// The first blocks of EfficientNet-Lite0 (Tan and Le 2019; its Lite variant 2020), up to the second one of 80 channels
/// at a sixteenth of the extents, and a small head. At its full width it can start from published weights (see
/// [`super::Pretrained`]) and has 0.2 million parameters, so that it fits into a generator file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfficientNetLite {
    /// Channels of the stem: 32 in the paper; the others go by it. A multiple of 4.
    pub width: usize,
    /// Length of the result.
    pub classes: usize,
}

/// Channels in eighths of the width, kernel, stride, and expansion of each block.
pub(super) const BLOCKS: [(usize, usize, usize, usize); 7] = [
    (4, 3, 1, 1),
    (6, 3, 2, 6),
    (6, 3, 1, 6),
    (10, 5, 2, 6),
    (10, 5, 1, 6),
    (20, 3, 2, 6),
    (20, 3, 1, 6),
];

/// Channels of the head, in multiples of the width.
const HEAD: usize = 8;

/// Samples of 0..255 are taken less the first and through the second.
const RANGE: (f32, f32) = (127.0, 128.0);

impl Net for EfficientNetLite {
    /// From images `[N, 3, H, W]` (0..1) to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let x = blocks(scope, x, self.width);
        let x = scope.conv_norm(x, HEAD * self.width, 1, 1);
        let x = scope.graph.relu(x);
        let pooled = scope.graph.mean(x, &[2, 3], false);
        scope.dense(pooled, self.classes)
    }
}

/// [`EfficientNetLite`] of full width without its head: what it sees in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EfficientNetFeatures;

impl EfficientNetFeatures {
    /// Its width.
    pub(super) const WIDTH: usize = 32;
}

impl Net for EfficientNetFeatures {
    /// From images `[N, 3, H, W]` (0..1) to the means of the last block's channels `[N, 80]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let x = blocks(scope, x, Self::WIDTH);
        scope.graph.mean(x, &[2, 3], false)
    }
}

/// Stem and blocks: from images to `[N, 2.5 width, H / 16, W / 16]`.
fn blocks(scope: &mut Scope<'_, '_>, x: Value, width: usize) -> Value {
    let scaled = scope.graph.scale(x, 255.0 / RANGE.1);
    let offset = scope.graph.scalar(-RANGE.0 / RANGE.1);
    let x = scope.graph.add(scaled, offset);
    let x = scope.conv_norm(x, width, 3, 2);
    let mut x = relu6(scope, x);
    for (eighths, k, stride, expansion) in BLOCKS {
        x = block(scope, x, width * eighths / 8, [k, stride, expansion]);
    }
    x
}

/// 1x1 up, a convolution of each channel by itself (which carries the stride), 1x1 down, and a shortcut where the
/// extents stay.
fn block(
    scope: &mut Scope<'_, '_>,
    x: Value,
    channels: usize,
    [k, stride, expansion]: [usize; 3],
) -> Value {
    let before = scope.graph.shape(x)[1];
    let mut inner = x;
    if expansion > 1 {
        inner = scope.conv_norm(inner, before * expansion, 1, 1);
        inner = relu6(scope, inner);
    }
    inner = scope.depthwise_norm(inner, k, stride, Init::FanInUniform);
    inner = relu6(scope, inner);
    inner = scope.conv_norm(inner, channels, 1, 1);
    match stride == 1 && before == channels {
        true => scope.graph.add(x, inner),
        false => inner,
    }
}

fn relu6(scope: &mut Scope<'_, '_>, x: Value) -> Value {
    scope.graph.clip(x, 0.0, 6.0)
}
