//! Being told how far a call is.

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};

/// The stages of protecting one photo, in their order. Those of files only: the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Reading and decoding the file.
    Decode,
    /// Scaling down to the working grid and running the generator.
    Generator,
    /// Adding the residual.
    Blend,
    /// Encoding and metadata.
    Encode,
}

/// Is called with every stage that a call enters, on the thread that made the call. One that breaks ends the call, which
/// then returns [`ErrorKind::Cancelled`]. A JPEG that turns out not to be changeable in its coefficients enters
/// [`Stage::Generator`] twice.
///
/// ```
/// use confounder::ProtectOptions;
/// use std::ops::ControlFlow;
///
/// let options = ProtectOptions::new().on_stage(|stage| {
///     println!("{stage:?}");
///     ControlFlow::Continue(())
/// });
/// ```
#[derive(Clone, Default)]
pub struct StageHook(Option<Arc<Call>>);

type Call = dyn Fn(Stage) -> ControlFlow<()> + Send + Sync;

impl StageHook {
    /// Calls `hook`.
    pub fn new(hook: impl Fn(Stage) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// An error of kind [`ErrorKind::Cancelled`] where the hook breaks.
    pub(crate) fn enter(&self, stage: Stage) -> Result<()> {
        match self.0.as_ref().map(|hook| hook(stage)) {
            Some(ControlFlow::Break(())) => Err(Error::new(
                ErrorKind::Cancelled,
                "the call was ended by the hook for its stages",
            )),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for StageHook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() {
            "StageHook"
        } else {
            "no StageHook"
        })
    }
}
