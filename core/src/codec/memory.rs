//! Memory by a file's own numbers: asked for, never assumed.

use crate::error::{Error, ErrorKind, Result};

/// So many copies of a value.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`] where there is no memory for them.
pub(super) fn filled<T: Clone>(value: T, length: usize) -> Result<Vec<T>> {
    let mut values = Vec::new();
    values.try_reserve_exact(length).map_err(|e| {
        let message = format!("{length} values do not fit this machine's memory");
        Error::new(ErrorKind::LimitExceeded, message).with_source(e)
    })?;
    values.extend(std::iter::repeat_n(value, length));
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_an_error() {
        assert_eq!(filled(7u8, 3).ok(), Some(vec![7; 3]));
        let error = filled(0u64, usize::MAX).map_err(|e| e.kind());
        assert_eq!(error, Err(ErrorKind::LimitExceeded));
    }
}
