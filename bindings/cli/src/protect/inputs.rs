//! Which photos were asked for.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::{extensions, marked};
use crate::exit::Failure;

/// Where a photo comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    Stdin,
    /// A file, and its path below the folder that was given (its name alone where the file itself was given).
    File {
        path: PathBuf,
        relative: PathBuf,
    },
}

/// A folder, or an entry of one, that could not be searched.
#[derive(Debug)]
pub(super) struct Unreadable {
    pub(super) path: PathBuf,
    pub(super) message: String,
}

/// What the arguments stand for.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) inputs: Vec<Input>,
    pub(super) unreadable: Vec<Unreadable>,
}

/// Turns arguments into photos: files as given, folders searched. Folders come sorted by name. The folder `output`, if
/// it lies inside a searched one, is passed over.
pub(super) fn collect(
    arguments: &[PathBuf],
    recursive: bool,
    output: Option<&Path>,
) -> Result<Found, Failure> {
    let mut found = Found::default();
    for path in arguments {
        if path.as_os_str() == "-" {
            found.inputs.push(Input::Stdin);
        } else if !path.is_dir() {
            let relative = path.file_name().map(PathBuf::from).unwrap_or_default();
            found.inputs.push(Input::File {
                path: path.clone(),
                relative,
            });
        } else if recursive {
            search(path, output, &mut found);
        } else {
            return Err(Failure::usage(format!(
                "{} is a folder; add -r to protect the photos in it",
                path.display()
            )));
        }
    }
    Ok(found)
}

fn search(folder: &Path, output: Option<&Path>, found: &mut Found) {
    let passed_over = output.and_then(|output| strictly_inside(output, folder));
    let is_passed_over = |entry: &DirEntry| {
        passed_over.is_some()
            && entry.file_type().is_dir()
            && entry.path().canonicalize().ok() == passed_over
    };
    let entries = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !(is_hidden(entry) || is_passed_over(entry)));
    for entry in entries {
        match entry {
            Ok(entry) if is_wanted(&entry) => found.inputs.push(Input::File {
                relative: entry
                    .path()
                    .strip_prefix(folder)
                    .unwrap_or(entry.path())
                    .to_owned(),
                path: entry.into_path(),
            }),
            Ok(_) => {}
            Err(error) => found.unreadable.push(Unreadable {
                path: error.path().unwrap_or(folder).to_owned(),
                message: format!(
                    "cannot be searched: {}",
                    error
                        .io_error()
                        .map_or_else(|| error.to_string(), ToString::to_string)
                ),
            }),
        }
    }
}

/// The real path of `inner`, where it exists and lies below `outer`.
fn strictly_inside(inner: &Path, outer: &Path) -> Option<PathBuf> {
    let (inner, outer) = (inner.canonicalize().ok()?, outer.canonicalize().ok()?);
    (inner != outer && inner.starts_with(outer)).then_some(inner)
}

/// Such as the `._NAME.jpg` that some systems put beside every photo, and folders of thumbnails.
fn is_hidden(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with('.')
}

fn is_wanted(entry: &DirEntry) -> bool {
    let kind = entry.file_type();
    // A link that leads nowhere is tried, so that it is reported.
    let is_file = kind.is_file()
        || (kind.is_symlink()
            && std::fs::metadata(entry.path()).map_or(true, |target| target.is_file()));
    is_file && extensions::is_picture(entry.path()) && !marked::is_output(entry.path())
}
