use super::{Init, Net, Scope};
use crate::graph::Value;

/// The first blocks of EfficientNet-Lite0 (Tan and Le 2019; its Lite variant 2020), up to the first one of 192 channels
/// at a thirty-second of the extents, and a layer that names what it sees. Two blocks that repeat the one before them are
/// left out, so that it fits into a generator file. At its full width it can start from published weights (see
/// [`super::Pretrained`]) and has 0.7 million parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfficientNetLite {
    /// Channels of the stem: 32 in the paper; the others go by it. A multiple of 4.
    pub width: usize,
    /// Length of the result.
    pub classes: usize,
}

/// A block of EfficientNet-Lite0.
pub(super) struct Block {
    /// Its place in EfficientNet-Lite0.
    pub(super) index: usize,
    /// Channels of its result in eighths of the width.
    eighths: usize,
    kernel: usize,
    stride: usize,
    /// How many times its operand's channels it computes with.
    pub(super) expansion: usize,
}

const fn lite(index: usize, eighths: usize, kernel: usize, stride: usize) -> Block {
    Block {
        index,
        eighths,
        kernel,
        stride,
        expansion: if index == 0 { 1 } else { 6 },
    }
}

/// All but numbers 7 and 10 of the first twelve.
pub(super) const FIRST: [Block; 10] = [
    lite(0, 4, 3, 1),
    lite(1, 6, 3, 2),
    lite(2, 6, 3, 1),
    lite(3, 10, 5, 2),
    lite(4, 10, 5, 1),
    lite(5, 20, 3, 2),
    lite(6, 20, 3, 1),
    lite(8, 28, 5, 1),
    lite(9, 28, 5, 1),
    lite(11, 48, 5, 2),
];

/// All of EfficientNet-Lite0.
pub(super) const ALL: [Block; 16] = [
    lite(0, 4, 3, 1),
    lite(1, 6, 3, 2),
    lite(2, 6, 3, 1),
    lite(3, 10, 5, 2),
    lite(4, 10, 5, 1),
    lite(5, 20, 3, 2),
    lite(6, 20, 3, 1),
    lite(7, 20, 3, 1),
    lite(8, 28, 5, 1),
    lite(9, 28, 5, 1),
    lite(10, 28, 5, 1),
    lite(11, 48, 5, 2),
    lite(12, 48, 5, 1),
    lite(13, 48, 5, 1),
    lite(14, 48, 5, 1),
    lite(15, 80, 3, 1),
];

/// How many of them are the trunk.
const TRUNK: usize = 5;

/// Samples of 0..255 are taken less the first and through the second.
const RANGE: (f32, f32) = (127.0, 128.0);

impl Net for EfficientNetLite {
    /// From images `[N, 3, H, W]` (0..1) to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let x = trunk(scope, x, self.width);
        top(scope, x, self)
    }
}

/// What [`EfficientNetLite`] does behind [`EfficientNetTrunk`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EfficientNetTop(pub EfficientNetLite);

impl Net for EfficientNetTop {
    /// From the trunk's result `[N, 1.25 width, H / 8, W / 8]` to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        top(scope, x, &self.0)
    }
}

/// The first part of [`EfficientNetLite`] of full width, where nets that learned from photos are much alike: stem and five
/// blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EfficientNetTrunk;

impl Net for EfficientNetTrunk {
    /// From images `[N, 3, H, W]` (0..1) to `[N, 40, H / 8, W / 8]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        trunk(scope, x, WIDTH)
    }
}

/// [`EfficientNetLite`] of full width without its last layer: what it sees in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EfficientNetFeatures;

/// EfficientNet-Lite0 whole, of full width, without its classifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EfficientNetLite0;

/// Length of its result.
pub const LITE0_FEATURES: usize = 1280;

impl Net for EfficientNetLite0 {
    /// From images `[N, 3, H, W]` (0..1) to the means of the last layer's channels `[N, 1280]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let x = trunk(scope, x, WIDTH);
        let (_, blocks) = ALL.split_at(TRUNK);
        let x = blocks.iter().fold(x, |x, b| block(scope, x, b, WIDTH));
        let x = scope.conv_norm(x, LITE0_FEATURES, 1, 1);
        let x = relu6(scope, x);
        scope.graph.mean(x, &[2, 3], false)
    }
}

/// The full width.
pub(super) const WIDTH: usize = 32;

impl Net for EfficientNetFeatures {
    /// From images `[N, 3, H, W]` (0..1) to the means of the last block's channels `[N, 192]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let x = trunk(scope, x, WIDTH);
        means(scope, x, WIDTH)
    }
}

fn trunk(scope: &mut Scope<'_, '_>, x: Value, width: usize) -> Value {
    let scaled = scope.graph.scale(x, 255.0 / RANGE.1);
    let offset = scope.graph.scalar(-RANGE.0 / RANGE.1);
    let x = scope.graph.add(scaled, offset);
    let (x, padding) = padded(scope, x, 3, 2);
    let (kernel, scale) = (Init::FanInUniform, Init::Constant(1.0));
    let x = scope.conv_norm_with(x, [width, 3, 2, padding], kernel, scale);
    let x = relu6(scope, x);
    let (trunk, _) = FIRST.split_at(TRUNK);
    trunk.iter().fold(x, |x, b| block(scope, x, b, width))
}

fn top(scope: &mut Scope<'_, '_>, x: Value, net: &EfficientNetLite) -> Value {
    let means = means(scope, x, net.width);
    scope.dense(means, net.classes)
}

/// From the trunk's result to the means of the last block's channels.
fn means(scope: &mut Scope<'_, '_>, x: Value, width: usize) -> Value {
    let (_, blocks) = FIRST.split_at(TRUNK);
    let x = blocks.iter().fold(x, |x, b| block(scope, x, b, width));
    scope.graph.mean(x, &[2, 3], false)
}

/// 1x1 up, a convolution of each channel by itself (which carries the stride), 1x1 down, and a shortcut where the
/// extents stay.
fn block(scope: &mut Scope<'_, '_>, x: Value, block: &Block, width: usize) -> Value {
    let (before, channels) = (scope.graph.shape(x)[1], width * block.eighths / 8);
    let mut inner = x;
    if block.expansion > 1 {
        inner = scope.conv_norm(inner, before * block.expansion, 1, 1);
        inner = relu6(scope, inner);
    }
    let (k, stride) = (block.kernel, block.stride);
    let (padded, padding) = padded(scope, inner, k, stride);
    inner = scope.depthwise_norm(padded, [k, stride, padding], Init::FanInUniform);
    inner = relu6(scope, inner);
    inner = scope.conv_norm(inner, channels, 1, 1);
    match stride == 1 && before == channels {
        true => scope.graph.add(x, inner),
        false => inner,
    }
}

/// The operand of a convolution and what that one has to pad: with a stride, the zeros that do not come out even stand
/// behind the last row and column, as the published weights were learned with ("SAME").
fn padded(scope: &mut Scope<'_, '_>, x: Value, k: usize, stride: usize) -> (Value, usize) {
    if stride == 1 {
        return (x, k / 2);
    }
    let missing =
        |extent: usize| ((extent.div_ceil(stride) - 1) * stride + k).saturating_sub(extent);
    let [h, w] = [2, 3].map(|axis| missing(scope.graph.shape(x)[axis]));
    let before = [0, 0, h / 2, w / 2];
    let after = [0, 0, h - h / 2, w - w / 2];
    (scope.graph.pad(x, &before, &after), 0)
}

fn relu6(scope: &mut Scope<'_, '_>, x: Value) -> Value {
    scope.graph.clip(x, 0.0, 6.0)
}
