//! `confounder protect`

mod inputs;
mod job;
mod naming;
mod progress;
mod record;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use clap::Args;
use confounder::{
    CancelToken, ErrorKind, Generator, ProtectOptions, Protector, ProtectorOptions, Strength,
};
use rayon::prelude::*;

use crate::exit::{Failure, Outcome, Status};
use crate::output;
use inputs::Input;
use job::Job;
use naming::Target;

/// Protects photos (JPEG, PNG, WebP)
///
/// Each photo is written beside the input as NAME.protected.EXT, or where -o says. Orientation, colour profile and
/// metadata are carried over; thumbnails and other copies of the unprotected photo inside the file are removed.
#[derive(Debug, Args)]
#[command(after_long_help = concat!("\
Examples:
  confounder protect photo.jpg                  writes photo.protected.jpg
  confounder protect photo.jpg -o safe.jpg
  confounder protect -r holiday -o holiday-safe
  confounder protect - < photo.jpg > safe.jpg
"))]
pub(crate) struct Arguments {
    /// Photos, folders (with -r), or - for standard input
    #[arg(required = true, value_name = "PHOTO")]
    inputs: Vec<PathBuf>,

    /// Where to write: a file for one photo, a folder for several, - for standard output
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,

    /// Look for photos in folders and the folders inside them
    #[arg(short, long)]
    recursive: bool,

    /// Replace files that exist already
    #[arg(short, long)]
    force: bool,

    /// How much of the residual to add, 0 to 1.5: more protects better and is easier to see
    #[arg(long, default_value_t = 1.0, value_name = "NUMBER")]
    strength: f32,

    /// JPEG quality, 1 to 100 [default: that of the input]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=100))]
    quality: Option<u8>,

    /// The generator to use (an ONNX file of contract v1) [default: the bundled one]
    #[arg(long, value_name = "FILE")]
    generator: Option<PathBuf>,

    /// Number of threads [default: one per core]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Write one JSON object per photo to standard output
    #[arg(long)]
    json: bool,

    /// Say nothing unless something fails
    #[arg(short, long, conflicts_with = "json")]
    quiet: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    let options = options(arguments)?;
    let jobs = jobs(arguments)?;
    check_streams(arguments, &jobs)?;
    if jobs.is_empty() {
        return Err(Failure::usage(
            "no photo found (looked for .jpg, .jpeg, .png and .webp)",
        ));
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads.map_or(0, usize::from))
        .build()
        .map_err(|e| Failure::usage(format!("cannot start threads: {e}")))?;
    let protector = protector(arguments.generator.as_deref())?;
    cancel_on_interrupt(options.cancel.clone())?;

    let progress = progress::Progress::new(jobs.len(), arguments.json || arguments.quiet);
    let failures: usize = pool.install(|| {
        let outcomes = jobs.par_iter().with_max_len(1).map(|job| {
            let done = job.run(&protector, &options, arguments.force);
            progress.finish(|| record::show(job, &done, arguments.json, arguments.quiet));
            usize::from(done.is_err())
        });
        outcomes.sum()
    });
    progress.close();
    if options.cancel.is_cancelled() {
        return Err(Failure::new(
            Status::Interrupted,
            "interrupted; photos that were finished are complete",
        ));
    }
    if failures > 0 && jobs.len() > 1 {
        output::complain(&format!("{failures} of {} photos failed", jobs.len()));
    }
    Ok(if failures > 0 {
        Status::SomeFailed
    } else {
        Status::Done
    })
}

fn options(arguments: &Arguments) -> Result<ProtectOptions, Failure> {
    let strength = Strength::new(arguments.strength)
        .map_err(|e| Failure::usage(format!("--strength: {e}")))?;
    let options = ProtectOptions::new()
        .strength(strength)
        .cancel(CancelToken::new());
    Ok(match arguments.quality {
        Some(quality) => options.quality(quality),
        None => options,
    })
}

/// One job per photo, with distinct outputs.
fn jobs(arguments: &Arguments) -> Result<Vec<Job>, Failure> {
    let inputs = inputs::collect(&arguments.inputs, arguments.recursive)?;
    let several = inputs.len() > 1 || arguments.inputs.iter().any(|input| input.is_dir());
    let target = Target::new(arguments.output.as_deref(), several)?;
    naming::jobs(inputs, &target)
}

fn check_streams(arguments: &Arguments, jobs: &[Job]) -> Result<(), Failure> {
    let to_stdout = jobs.iter().any(Job::writes_stdout);
    if to_stdout && arguments.json {
        return Err(Failure::usage(
            "--json and a photo on standard output exclude each other; give -o FILE",
        ));
    }
    if to_stdout && std::io::stdout().is_terminal() {
        return Err(Failure::usage(
            "standard output is a terminal; give -o FILE or redirect it",
        ));
    }
    if jobs.iter().filter(|job| job.input == Input::Stdin).count() > 1 {
        return Err(Failure::usage("standard input (-) can be given only once"));
    }
    Ok(())
}

fn protector(generator: Option<&Path>) -> Result<Protector, Failure> {
    let failed = |e: confounder::Error| Failure::new(Status::Generator, output::explain(&e));
    let options = ProtectorOptions::new();
    match generator {
        None => Protector::bundled(options).map_err(failed),
        Some(path) => Protector::open(read_generator(path)?, options).map_err(failed),
    }
}

/// Reads a generator file.
pub(crate) fn read_generator(path: &Path) -> Result<Generator, Failure> {
    let failed = |e: &dyn std::fmt::Display| {
        Failure::new(Status::Generator, format!("{}: {e}", path.display()))
    };
    let bytes = std::fs::read(path).map_err(|e| failed(&e))?;
    Generator::from_bytes(bytes).map_err(|e| failed(&output::explain(&e)))
}

fn cancel_on_interrupt(cancel: CancelToken) -> Result<(), Failure> {
    ctrlc::set_handler(move || cancel.cancel())
        .map_err(|e| Failure::usage(format!("cannot watch for Ctrl-C: {e}")))
}

/// Whether an error is worth a line of its own (a photo skipped because the user interrupted is not).
fn is_interruption(error: &confounder::Error) -> bool {
    error.kind() == ErrorKind::Cancelled
}
