//! Telling how far a call is.

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cancel::CancelToken;
use crate::error::{ConfounderError, Result};
use crate::options::ProtectOptions;

/// The shortest time between two calls of a listener: 20 a second at most.
const PAUSE: Duration = Duration::from_millis(50);

/// The stages of protecting one photo. Those of files only: the first and the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, uniffi::Enum)]
pub enum Stage {
    /// Reading and decoding the file.
    Decode,
    /// Running the generator.
    Generator,
    /// Adding the residual.
    Blend,
    /// Encoding and metadata.
    Encode,
}

/// Is told of the stages of a call, on the thread that made the call, at most 20 times a second: a stage that begins less
/// than 50 ms after one that was told of is left out. One that throws ends the call.
#[uniffi::export(foreign)]
pub trait ProgressListener: Send + Sync {
    /// A stage begins.
    fn on_stage(&self, stage: Stage) -> Result<()>;
}

/// Everything that goes with one call beside the photo.
pub(crate) struct Call {
    pub(crate) options: confounder::ProtectOptions,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    told: Option<Instant>,
    failure: Option<String>,
}

impl Call {
    pub(crate) fn new(
        options: ProtectOptions,
        cancel: Option<Arc<CancelToken>>,
        listener: Option<Arc<dyn ProgressListener>>,
    ) -> Result<Self> {
        let state = Arc::<Mutex<State>>::default();
        let mut options =
            confounder::ProtectOptions::try_from(options)?.cancel(CancelToken::of(cancel));
        if let Some(listener) = listener {
            let state = Arc::clone(&state);
            options = options.on_stage(move |stage| tell(&*listener, &state, stage));
        }
        Ok(Self { options, state })
    }

    /// The call's result; the listener's failure where that is what ended it.
    pub(crate) fn finish<T>(&self, result: confounder::Result<T>) -> Result<T> {
        match lock(&self.state).failure.take() {
            Some(reason) => Err(ConfounderError::ListenerFailed { reason }),
            None => Ok(result?),
        }
    }
}

fn tell(
    listener: &dyn ProgressListener,
    state: &Mutex<State>,
    stage: confounder::Stage,
) -> ControlFlow<()> {
    let now = Instant::now();
    {
        let mut state = lock(state);
        if state.told.is_some_and(|told| now - told < PAUSE) {
            return ControlFlow::Continue(());
        }
        state.told = Some(now);
    }
    let stage = match stage {
        confounder::Stage::Decode => Stage::Decode,
        confounder::Stage::Generator => Stage::Generator,
        confounder::Stage::Blend => Stage::Blend,
        confounder::Stage::Encode => Stage::Encode,
        _ => return ControlFlow::Continue(()),
    };
    match listener.on_stage(stage) {
        Ok(()) => ControlFlow::Continue(()),
        Err(thrown) => {
            lock(state).failure = Some(thrown.to_string());
            ControlFlow::Break(())
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
