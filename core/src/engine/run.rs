//! What every engine does.

use crate::error::{Error, ErrorKind, Result};
use crate::generator::Generator;
use crate::residual::Residual;

/// Runs one generator. Several threads may share an engine.
pub(crate) trait Engine: Send + Sync {
    /// Runs the generator on an image of `width` x `height`: three row-major planes R, G, B in 0..1, one after the
    /// other. The residual is checked: shape, finite, within epsilon.
    fn run(&self, image: &[f32], width: usize, height: usize) -> Result<Residual>;
}

/// What an engine gave, held against what the generator promises.
pub(super) fn checked(
    generator: &Generator,
    width: usize,
    height: usize,
    planes: Vec<f32>,
) -> Result<Residual> {
    let residual = Residual::new(width, height, generator.epsilon(), planes)?;
    if generator.chroma() && residual.largest_luma() > 1e-3 * generator.epsilon() {
        let message = "the generator says that its residual has no luma, but it has; set confounder.chroma to false";
        return Err(Error::new(ErrorKind::Engine, message));
    }
    Ok(residual)
}
