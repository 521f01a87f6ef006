//! Cancelling a call from another thread.

use std::sync::Arc;

/// Cancels calls from another thread. Once cancelled, it stays so.
#[derive(Debug, Default, uniffi::Object)]
pub struct CancelToken(confounder::CancelToken);

#[uniffi::export]
impl CancelToken {
    /// A token that is not cancelled.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Asks every call that was given this token to stop.
    pub fn cancel(&self) {
        self.0.cancel();
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

impl CancelToken {
    /// The core's token; a fresh one for none.
    pub(crate) fn of(token: Option<Arc<Self>>) -> confounder::CancelToken {
        token.map(|token| token.0.clone()).unwrap_or_default()
    }
}
