//! One photo.

use std::io::Read;
use std::path::{Path, PathBuf};

use confounder::{ErrorKind, PhotoInfo, ProtectOptions, Protector, Report};

use super::inputs::Input;
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

/// A photo that was protected and written.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) report: Report,
    /// Length of the input file in bytes.
    pub(super) input_bytes: u64,
    /// Length of the output file in bytes.
    pub(super) output_bytes: u64,
}

/// Why a photo was not protected.
#[derive(Debug)]
pub(super) struct Failed {
    /// For programs: the library's error kind, or `file exists`.
    pub(super) kind: String,
    /// For people.
    pub(super) message: String,
    /// Nothing went wrong: the photo is one that is not protected, or not without another option.
    pub(super) refused: bool,
    /// The user interrupted; not worth a line of its own.
    pub(super) interrupted: bool,
}

impl Failed {
    /// A file or standard stream that could not be used.
    pub(super) fn io(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Io.to_string(),
            message: message.into(),
            refused: false,
            interrupted: false,
        }
    }
}

impl From<confounder::Error> for Failed {
    fn from(error: confounder::Error) -> Self {
        Self {
            kind: error.kind().to_string(),
            message: with_option(output::explain(&error)),
            refused: matches!(
                error.kind(),
                ErrorKind::UnsupportedFormat
                    | ErrorKind::LimitExceeded
                    | ErrorKind::ProtectedMetadata
                    | ErrorKind::AlreadyProtected
            ),
            interrupted: error.kind() == ErrorKind::Cancelled,
        }
    }
}

impl Job {
    pub(super) fn writes_stdout(&self) -> bool {
        self.destination == Destination::Stdout
    }

    /// The input for people: its path, or `-`.
    pub(super) fn input_name(&self) -> String {
        match &self.input {
            Input::Stdin => "-".to_owned(),
            Input::File { path, .. } => path.display().to_string(),
        }
    }

    /// The output for people: its path, or `-`.
    pub(super) fn output_name(&self) -> String {
        match &self.destination {
            Destination::Stdout => "-".to_owned(),
            Destination::File(path) => path.display().to_string(),
        }
    }

    /// Protects the photo and writes it. Nothing is overwritten unless `force` is set; no folder is made for a photo
    /// that could not be protected.
    pub(super) fn run(
        &self,
        protector: &Protector,
        options: &ProtectOptions,
        force: bool,
    ) -> Result<Done, Failed> {
        self.check_destination(force)?;
        let input = self.read(options)?;
        let input_bytes = input.len() as u64;
        let protected = protector.protect_bytes(&input, options)?;
        drop(input);
        match &self.destination {
            Destination::Stdout => {
                output::bytes(&protected.bytes).map_err(|e| Failed::io(e.message))?;
            }
            Destination::File(path) => {
                make_folder_of(path)?;
                protected.save(path)?;
            }
        }
        Ok(Done {
            input_bytes,
            output_bytes: protected.bytes.len() as u64,
            report: protected.report,
        })
    }

    /// What [`run`](Self::run) would do, as far as the photo's headers and the destination tell.
    pub(super) fn dry_run(
        &self,
        protector: &Protector,
        options: &ProtectOptions,
        force: bool,
    ) -> Result<PhotoInfo, Failed> {
        self.check_destination(force)?;
        Ok(protector.dry_run(&self.read(options)?, options)?)
    }

    fn check_destination(&self, force: bool) -> Result<(), Failed> {
        match &self.destination {
            Destination::File(path) if !force && path.symlink_metadata().is_ok() => Err(Failed {
                kind: "file exists".to_owned(),
                message: format!(
                    "{} exists already; add --force to replace it",
                    path.display()
                ),
                refused: true,
                interrupted: false,
            }),
            _ => Ok(()),
        }
    }

    fn read(&self, options: &ProtectOptions) -> Result<Vec<u8>, Failed> {
        // One byte more than the limit, so that the library sees that there is more.
        let most = options.limits.max_input_bytes.saturating_add(1);
        let mut bytes = Vec::new();
        let result = match &self.input {
            Input::Stdin => std::io::stdin().lock().take(most).read_to_end(&mut bytes),
            Input::File { path, .. } => {
                std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
            }
        };
        result.map_err(|e| Failed::io(format!("cannot read: {e}")))?;
        Ok(bytes)
    }
}

/// Names the option of the command line beside a limit that it sets.
fn with_option(message: String) -> String {
    if message.contains("Limits::max_pixels") {
        return format!("{message}; raise it with --max-pixels");
    }
    message
}

fn make_folder_of(path: &Path) -> Result<(), Failed> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => std::fs::create_dir_all(folder)
            .map_err(|e| Failed::io(format!("cannot make the folder {}: {e}", folder.display()))),
        _ => Ok(()),
    }
}
