//! Which photos were asked for.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::naming;
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

/// Turns arguments into photos: files as given, folders searched. Folders come sorted by name.
pub(super) fn collect(arguments: &[PathBuf], recursive: bool) -> Result<Vec<Input>, Failure> {
    let mut inputs = Vec::new();
    for path in arguments {
        if path.as_os_str() == "-" {
            inputs.push(Input::Stdin);
        } else if !path.is_dir() {
            let relative = path.file_name().map(PathBuf::from).unwrap_or_default();
            inputs.push(Input::File {
                path: path.clone(),
                relative,
            });
        } else if recursive {
            search(path, &mut inputs)?;
        } else {
            return Err(Failure::usage(format!(
                "{} is a folder; add -r to protect the photos in it",
                path.display()
            )));
        }
    }
    Ok(inputs)
}

fn search(folder: &Path, inputs: &mut Vec<Input>) -> Result<(), Failure> {
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.map_err(|e| Failure::file("cannot read a folder", &e))?;
        if entry.file_type().is_file() && is_photo(entry.path()) && !naming::is_output(entry.path())
        {
            let relative = entry
                .path()
                .strip_prefix(folder)
                .unwrap_or(entry.path())
                .to_owned();
            inputs.push(Input::File {
                path: entry.into_path(),
                relative,
            });
        }
    }
    Ok(())
}

/// Whether a file found in a folder is tried, by its extension.
fn is_photo(path: &Path) -> bool {
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .unwrap_or_default();
    ["jpg", "jpeg", "png", "webp"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_are_told_by_extension() {
        assert!(is_photo(Path::new("a/b.JPG")) && is_photo(Path::new("b.webp")));
        assert!(!is_photo(Path::new("a.gif")) && !is_photo(Path::new("jpg")));
    }
}
