//! Cancelling a call from another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, ErrorKind, Result};

/// Cancels a running call from another thread. Clones share one state; once cancelled, a token stays cancelled.
///
/// The call looks at the token between its stages, between rows, and whenever a decoder or an encoder reads or writes,
/// and returns [`ErrorKind::Cancelled`]. Where a codec cannot be stopped in its work (JPEG by way of pixels, WebP, and
/// writing TIFF and JPEG XL) the call looks at it every 4 ms and leaves the work to a thread of its own, which ends
/// within the limits of one photo and then frees what it holds. No file is written then; pixels handed in as memory may be changed in part
/// if the cancellation came during the last stage, the blend.
///
/// ```
/// use confounder::{CancelToken, ProtectOptions};
///
/// let token = CancelToken::new();
/// let options = ProtectOptions::new().cancel(token.clone());
/// token.cancel(); // usually from another thread
/// assert!(options.cancel.is_cancelled());
/// ```
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// A token that is not cancelled.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks every call that holds this token, or a clone of it, to stop.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error of kind [`ErrorKind::Cancelled`] where the token is cancelled.
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() {
            return Err(Error::new(
                ErrorKind::Cancelled,
                "the call was cancelled by its caller",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_the_state() {
        let token = CancelToken::new();
        let clone = token.clone();
        assert!(clone.check().is_ok());
        token.cancel();
        assert_eq!(
            clone.check().map_err(|e| e.kind()),
            Err(ErrorKind::Cancelled)
        );
    }
}
