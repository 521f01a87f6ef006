use serde::{Deserialize, Serialize};

use crate::graph::{Graph, Value};

/// What the frozen surrogate f is shown when it is asked whether the residual spells the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConfounderInput {
    /// Eq. 3 as the paper writes it: the residual G(x) itself.
    Paper,
    /// What the photo really changes by, clip(x + G(x)) - x, stretched to the sample range: a residual that the range
    /// cuts off teaches nothing.
    Difference,
}

/// The operand of f in Eq. 3, `[N, 3, H, W]`, from images and residuals of that shape.
pub fn confounder_operand(
    g: &mut Graph,
    input: ConfounderInput,
    images: Value,
    residual: Value,
    epsilon: f32,
) -> Value {
    match input {
        ConfounderInput::Paper => residual,
        ConfounderInput::Difference => {
            let sum = g.add(images, residual);
            let protected = g.clip(sum, 0.0, 1.0);
            let difference = g.sub(protected, images);
            let stretched = g.scale(difference, 0.5 / epsilon);
            let grey = g.scalar(0.5);
            g.add(stretched, grey)
        }
    }
}
