//! `confounder key`

use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use confounder::PersonalKey;

use crate::exit::{self, Failure, Outcome, Status};
use crate::output;

/// Makes a personal key, for `protect --key`
///
/// Photos that are protected with a key all get one pattern that only this key gives: a model that is to tell whose photo
/// it is learns the pattern instead of the person. Keep the key as you keep a password: who has it can take the pattern
/// away. The mean of many of your photos shows the pattern too. A file that exists is never replaced.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help("\
Examples:
  confounder key ~/.confounder-key
  confounder protect --key ~/.confounder-key -r holiday -o holiday-safe"))]
pub(crate) struct Arguments {
    /// The file to make: 32 random bytes
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let key = PersonalKey::generate()
        .map_err(|e| Failure::new(Status::SomeFailed, output::explain(&e)))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options
        .open(&arguments.file)
        .map_err(|e| Failure::file(&arguments.file.display().to_string(), &e))?;
    if let Err(error) = file
        .write_all(key.as_bytes())
        .and_then(|()| file.sync_all())
    {
        drop(file);
        let _ = std::fs::remove_file(&arguments.file);
        return Err(Failure::file(&arguments.file.display().to_string(), &error));
    }
    Ok(Status::Done)
}
