use super::{Net, Scope};
use crate::graph::Value;

/// VGG-11 (Simonyan and Zisserman 2015) with batch norm, and a mean over what is left of the image before one dense
/// layer, as is usual for small images. It has no stem that could differ with the image's size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vgg11 {
    /// Channels of the first layer (64 in the paper).
    pub width: usize,
    /// Length of the result.
    pub classes: usize,
}

/// Channels of the layers as multiples of the first's; a stage ends with a pooling.
const STAGES: [&[usize]; 5] = [&[1], &[2], &[4, 4], &[8, 8], &[8, 8]];

impl Net for Vgg11 {
    /// From images `[N, 3, H, W]` (0..1) to logits `[N, classes]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, mut x: Value) -> Value {
        for stage in STAGES {
            for multiple in stage {
                let y = scope.conv_norm(x, multiple * self.width, 3, 1);
                x = scope.graph.relu(y);
            }
            if scope.graph.shape(x)[2..].iter().all(|&side| side > 1) {
                x = scope.graph.max_pool(x, 2, 2, 0);
            }
        }
        let pooled = scope.graph.mean(x, &[2, 3], false);
        scope.dense(pooled, self.classes)
    }
}
