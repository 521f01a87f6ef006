//! Ctrl-C: long work looks here between steps, writes a checkpoint and stops.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Result};

static STOP: AtomicBool = AtomicBool::new(false);

/// Makes Ctrl-C (and SIGTERM) ask for a stop; a second one ends the process at once.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::SeqCst) {
            std::process::exit(130);
        }
    })
    .map_err(|e| Error::Runtime(format!("cannot listen for Ctrl-C: {e}")))
}

/// Whether a stop was asked for.
pub fn requested() -> bool {
    STOP.load(Ordering::SeqCst)
}

/// An error where a stop was asked for.
///
/// # Errors
/// [`Error::Interrupted`].
pub fn check() -> Result<()> {
    match requested() {
        true => Err(Error::Interrupted),
        false => Ok(()),
    }
}

/// Asks for a stop, as Ctrl-C does.
pub fn request() {
    STOP.store(true, Ordering::SeqCst);
}

/// Takes the wish to stop back, so that the same process can go on.
pub fn clear() {
    STOP.store(false, Ordering::SeqCst);
}
