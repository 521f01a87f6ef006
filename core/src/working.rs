//! The working grid in the generator's own colour space.

/// Brings the working grid of a photo from the photo's colour space to sRGB, which generators see (contract v1).
///
/// Only the grid is converted. The photo's own samples never take a round trip: the residual is added to them in the
/// space they are stored in.
pub(crate) trait WorkingColour: Sync {
    /// Converts three planes R', G', B' in 0..1, one after the other, in place. What lies outside sRGB is clipped.
    fn to_srgb(&self, planes: &mut [f32]);
}
