//! One photo.

use std::io::Read;
use std::path::{Path, PathBuf};

use confounder::{ErrorKind, ProtectOptions, Protector, Report};

use super::inputs::Input;
use super::is_interruption;
use crate::output;

/// A photo to protect.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) input: Input,
    pub(super) destination: Destination,
}

/// Where a protected photo goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Stdout,
    File(PathBuf),
}

/// Why a photo was not protected.
#[derive(Debug)]
pub(super) struct Failed {
    /// For programs: the library's error kind, or `file exists`.
    pub(super) kind: String,
    /// For people.
    pub(super) message: String,
    /// The user interrupted; not worth a line of its own.
    pub(super) interrupted: bool,
}

impl Failed {
    fn new(kind: impl ToString, message: impl Into<String>) -> Self {
        Self {
            kind: kind.to_string(),
            message: message.into(),
            interrupted: false,
        }
    }
}

impl From<confounder::Error> for Failed {
    fn from(error: confounder::Error) -> Self {
        let interrupted = is_interruption(&error);
        Self {
            interrupted,
            ..Self::new(error.kind(), output::explain(&error))
        }
    }
}

impl Job {
    pub(super) fn writes_stdout(&self) -> bool {
        self.destination == Destination::Stdout
    }

    /// Protects the photo. Nothing is overwritten unless `force` is set.
    pub(super) fn run(
        &self,
        protector: &Protector,
        options: &ProtectOptions,
        force: bool,
    ) -> Result<Report, Failed> {
        if let Destination::File(path) = &self.destination {
            prepare(path, force)?;
        }
        match (&self.input, &self.destination) {
            (Input::File { path, .. }, Destination::File(output)) => {
                Ok(protector.protect_file(path, output, options)?)
            }
            (input, Destination::Stdout) => {
                let protected = protector.protect_bytes(&read(input, options)?, options)?;
                output::bytes(&protected.bytes)
                    .map_err(|e| Failed::new(ErrorKind::Io, e.message))?;
                Ok(protected.report)
            }
            (Input::Stdin, Destination::File(output)) => {
                let protected = protector.protect_bytes(&read(&Input::Stdin, options)?, options)?;
                protected.save(output)?;
                Ok(protected.report)
            }
        }
    }
}

/// Refuses to overwrite, and makes the folder.
fn prepare(path: &Path, force: bool) -> Result<(), Failed> {
    if !force && path.symlink_metadata().is_ok() {
        let message = format!(
            "{} exists already; add --force to replace it",
            path.display()
        );
        return Err(Failed::new("file exists", message));
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|e| {
                Failed::new(
                    ErrorKind::Io,
                    format!("cannot make the folder {}: {e}", folder.display()),
                )
            })
        }
        _ => Ok(()),
    }
}

fn read(input: &Input, options: &ProtectOptions) -> Result<Vec<u8>, Failed> {
    // One byte more than the limit, so that the library sees that there is more.
    let most = options.limits.max_input_bytes.saturating_add(1);
    let mut bytes = Vec::new();
    let result = match input {
        Input::Stdin => std::io::stdin().lock().take(most).read_to_end(&mut bytes),
        Input::File { path, .. } => {
            std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
        }
    };
    result.map_err(|e| Failed::new(ErrorKind::Io, format!("cannot read: {e}")))?;
    Ok(bytes)
}
