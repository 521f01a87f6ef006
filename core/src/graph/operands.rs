//! What operators have in common.

use super::reader::Reader;
use crate::error::Result;

/// What an operator works on, and how.
pub(super) trait Operands: Sized {
    /// As a node of the file says it.
    ///
    /// # Errors
    /// [`ErrorKind::GeneratorInvalid`](crate::ErrorKind::GeneratorInvalid) for anything that ONNX or contract v1 does not know.
    fn read(node: &Reader<'_>) -> Result<Self>;

    #[cfg_attr(not(feature = "gpu"), allow(dead_code))]
    /// The names of the floats it works on.
    fn names(&self) -> Vec<&str>;
}
