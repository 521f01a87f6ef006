//! One photo.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::PathBuf;

use confounder::{PhotoInfo, ProtectOptions, Protector, Report};
use confounder_heif::{Kind, Output};

use super::extensions::is_heif;
use super::failed::Failed;
use super::inputs::Input;
use super::write::{self, Writing};
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

/// How photos are written, by the command's flags.
#[derive(Debug, Clone, Copy)]
pub(super) struct How {
    /// `--force`
    pub(super) force: bool,
    /// `--touch`
    pub(super) touch: bool,
    /// `--format`
    pub(super) heif: Output,
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

    /// Protects the photo and writes it. Nothing is overwritten unless that was asked for; no folder is made for
    /// a photo that could not be protected. The file has the input's permissions and, unless `touch` is set, its time.
    pub(super) fn run(
        &self,
        protector: &Protector,
        options: &ProtectOptions,
        how: How,
    ) -> Result<Done, Failed> {
        self.check_destination(how.force)?;
        let (input, metadata) = self.read(options)?;
        let input_bytes = input.len() as u64;
        self.check_format(&input, how.heif)?;
        let protected = confounder_heif::protect_bytes(protector, &input, options, how.heif)?;
        drop(input);
        match &self.destination {
            Destination::Stdout => {
                output::bytes(&protected.bytes).map_err(|e| Failed::io(e.message))?;
            }
            Destination::File(path) => {
                let writing = Writing {
                    replace: how.force,
                    touch: how.touch,
                    like: metadata.as_ref(),
                };
                write::write(path, &protected.bytes, writing)?;
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
        let (input, _) = self.read(options)?;
        Ok(confounder_heif::dry_run(protector, &input, options)?)
    }

    fn check_destination(&self, force: bool) -> Result<(), Failed> {
        match &self.destination {
            Destination::File(path) => write::check(path, force),
            Destination::Stdout => Ok(()),
        }
    }

    /// A JPEG is not given the name of a HEIC.
    fn check_format(&self, input: &[u8], heif: Output) -> Result<(), Failed> {
        let Destination::File(path) = &self.destination else {
            return Ok(());
        };
        if heif == Output::Jpeg && is_heif(path) && Kind::of(input).is_some() {
            return Err(Failed::exists(format!(
                "the photo becomes a JPEG, which {} is no name for; name it .jpg, or give --format heic",
                path.display()
            )));
        }
        Ok(())
    }

    /// The bytes of the input, and what is known of its file where it is one.
    fn read(&self, options: &ProtectOptions) -> Result<(Vec<u8>, Option<Metadata>), Failed> {
        // One byte more than the limit, so that the library sees that there is more.
        let most = options.limits.max_input_bytes.saturating_add(1);
        let mut bytes = Vec::new();
        let result = match &self.input {
            Input::Stdin => std::io::stdin()
                .lock()
                .take(most)
                .read_to_end(&mut bytes)
                .map(|_| None),
            Input::File { path, .. } => File::open(path).and_then(|mut file| {
                (&mut file).take(most).read_to_end(&mut bytes)?;
                Ok(file.metadata().ok().filter(Metadata::is_file))
            }),
        };
        let metadata = result.map_err(|e| Failed::io(format!("cannot read: {e}")))?;
        Ok((bytes, metadata))
    }
}
