use super::{Init, Net, Scope};
use crate::graph::Value;

/// AdvGAN's discriminator: four convolutions without padding (8, 16, 32 channels of 4x4 at stride 2, then 1x1 to one),
/// averaged to one logit. Positive means "an unprotected image".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discriminator;

impl Net for Discriminator {
    /// From images `[N, 3, H, W]` (at least 22 px) to logits `[N]`.
    fn forward(&self, scope: &mut Scope<'_, '_>, x: Value) -> Value {
        let start = Init::Normal(0.02);
        let x = scope.conv_bias(x, [8, 4, 2, 0], start.clone());
        let x = scope.graph.leaky_relu(x, 0.2);
        let x = scope.conv_norm_with(x, [16, 4, 2, 0], start.clone(), Init::Constant(1.0));
        let x = scope.graph.leaky_relu(x, 0.2);
        let x = scope.conv_norm_with(x, [32, 4, 2, 0], start.clone(), Init::Constant(1.0));
        let x = scope.graph.leaky_relu(x, 0.2);
        let x = scope.conv_bias(x, [1, 1, 1, 0], start);
        scope.graph.mean(x, &[1, 2, 3], false)
    }
}
