//! `confounder mark`

mod server;

use std::path::{Path, PathBuf};

use clap::Args;
use confounder::{DataMining, ErrorKind, Limits};
use serde::Serialize;

use crate::exit::{self, Failure, Outcome, Status};
use crate::output;
use crate::protect::{Failed, Writing, write};

/// Says in a photo's metadata that it may not be mined to train models
///
/// Writes the property plus:DataMining into the XMP packet of a JPEG, PNG, WebP, TIFF, JPEG XL or GIF. Pixels and all other
/// metadata stay, so photos that `protect` refuses (gray, animated) can be marked too. It is a lawful notice, not a lock: who
/// wants to ignore it can. What a file says already is never weakened.
#[derive(Debug, Args)]
#[command(after_long_help = exit::help("\
Examples:
  confounder mark photo.jpg                     writes photo.marked.jpg
  confounder mark --in-place *.png
  confounder mark --sidecar photo.heic          writes photo.xmp
  confounder mark --server                      what a web server can say for all its photos"))]
pub(crate) struct Arguments {
    /// Photos
    #[arg(value_name = "FILE", required_unless_present = "server")]
    files: Vec<PathBuf>,

    /// Where the marked photo goes, if one is given [default: NAME.marked.EXTENSION beside it]
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["in_place", "sidecar"])]
    output: Option<PathBuf>,

    /// Mark the photos where they are
    #[arg(long, conflicts_with = "sidecar")]
    in_place: bool,

    /// Write NAME.xmp beside each photo instead, for formats that cannot be marked (HEIC, raw, video)
    #[arg(long)]
    sidecar: bool,

    /// Replace files that exist
    #[arg(short, long)]
    force: bool,

    /// A term of the PLUS vocabulary, such as DMI-PROHIBITED
    #[arg(long, value_name = "TERM", default_value = DataMining::ProhibitedAiMlTraining.term(), value_parser = term)]
    value: DataMining,

    /// Print what a web server can add for all its photos, and do nothing else
    #[arg(long, exclusive = true)]
    server: bool,

    /// Write one JSON object per photo to standard output
    #[arg(long)]
    json: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Record<'a> {
    input: &'a Path,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What became of one photo.
struct Done {
    output: PathBuf,
    value: String,
    changed: bool,
}

/// Reads a term of the vocabulary as it is given on the command line.
pub(crate) fn term(text: &str) -> Result<DataMining, String> {
    text.parse().map_err(|e: confounder::Error| e.to_string())
}

pub(crate) fn run(arguments: &Arguments) -> Outcome {
    if arguments.server {
        output::line(server::ADVICE)?;
        return Ok(Status::Done);
    }
    if arguments.output.is_some() && arguments.files.len() > 1 {
        return Err(Failure::usage(
            "-o takes one photo; several are written beside their inputs, or --in-place",
        ));
    }
    let mut status = Status::Done;
    for file in &arguments.files {
        let done = mark(file, arguments);
        if let Err(error) = &done {
            status = Status::SomeFailed;
            output::complain(&format!("{}: {error}", file.display()));
        }
        tell(file, &done, arguments.json)?;
    }
    Ok(status)
}

fn tell(file: &Path, done: &Result<Done, String>, json: bool) -> Result<(), Failure> {
    if json {
        let ok = done.as_ref().ok();
        return output::json(&Record {
            input: file,
            output: ok.map(|done| done.output.clone()),
            value: ok.map(|done| done.value.clone()),
            changed: ok.is_some_and(|done| done.changed),
            error: done.as_ref().err().cloned(),
        });
    }
    if let Ok(done) = done {
        let (from, to) = (file.display(), done.output.display());
        let said = match (done.changed, file == done.output) {
            (true, true) => format!("{from}  {}", done.value),
            (true, false) => format!("{from} -> {to}  {}", done.value),
            (false, true) => format!("{from}  says {} already: nothing was changed", done.value),
            (false, false) => format!("{from} -> {to}  says {} already: a copy", done.value),
        };
        output::note(&said);
    }
    Ok(())
}

/// Marks one photo; why not, in words, if that failed.
fn mark(file: &Path, arguments: &Arguments) -> Result<Done, String> {
    let input = std::fs::metadata(file).map_err(|e| format!("cannot read: {e}"))?;
    if arguments.sidecar {
        let output = file.with_extension("xmp");
        let writing = Writing {
            replace: arguments.force,
            touch: true,
            like: None,
        };
        write(&output, &arguments.value.sidecar(), writing).map_err(message)?;
        return Ok(Done {
            output,
            value: arguments.value.address(),
            changed: true,
        });
    }
    let bytes = std::fs::read(file).map_err(|e| format!("cannot read: {e}"))?;
    let marked = arguments
        .value
        .write(&bytes, &Limits::new())
        .map_err(|e| explained(&e))?;
    let output = match (&arguments.output, arguments.in_place) {
        (Some(output), _) => output.clone(),
        (None, true) => file.to_owned(),
        (None, false) => beside(file),
    };
    let done = Done {
        output,
        value: marked.value,
        changed: marked.changed,
    };
    if arguments.in_place && !marked.changed {
        return Ok(done);
    }
    let writing = Writing {
        replace: arguments.force || arguments.in_place,
        touch: false,
        like: Some(&input),
    };
    write(&done.output, &marked.bytes, writing).map_err(message)?;
    Ok(done)
}

fn message(failed: Failed) -> String {
    failed.message
}

/// An error of the library, with the option of this command that helps.
fn explained(error: &confounder::Error) -> String {
    let text = output::explain(error);
    match error.kind() {
        ErrorKind::UnsupportedFormat => format!("{text}: add --sidecar"),
        _ => text,
    }
}

/// `photo.jpg` becomes `photo.marked.jpg`.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(".marked");
    if let Some(extension) = file.extension() {
        name.push(".");
        name.push(extension);
    }
    file.with_file_name(name)
}
