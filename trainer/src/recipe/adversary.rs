use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The search for the worst image near each one that a classifier learns from (Madry et al. 2018, Eq. 2.1): projected
/// gradient ascent on its loss, within a cube around the image.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdversaryRecipe {
    /// Half the side of the cube, in 255ths of the sample range.
    pub epsilon: f32,
    /// Length of a step, in 255ths.
    pub step: f32,
    /// Steps a batch.
    pub steps: usize,
}

impl AdversaryRecipe {
    pub(crate) fn validate(&self, section: &str) -> Result<()> {
        let length = |x: f32| x > 0.0 && x <= 255.0;
        if length(self.epsilon) && length(self.step) && self.steps > 0 {
            return Ok(());
        }
        let Self {
            epsilon,
            step,
            steps,
        } = self;
        Err(Error::Recipe(format!(
            "{section}.adversary has epsilon = {epsilon}, step = {step}, steps = {steps}; lengths must lie above 0 and at \
             most at 255, and there must be a step"
        )))
    }
}
