//! Lists the photos of a folder tree `class/image.*`.
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::decode::Source;
use super::listing::Table;
use super::tree::{Listed, is_photo};
use crate::error::{Error, Result};

/// How deep classes may lie: `set/train/class/image`.
const MAX_DEPTH: usize = 4;

/// The photos below `root`, in order of their paths. Hidden files and other kinds of files are passed over.
pub(super) fn list(root: &Path) -> Result<Vec<Listed>> {
    let mut photos = Vec::new();
    let mut leaves = BTreeSet::new();
    let visible = |name: &std::ffi::OsStr| !name.to_string_lossy().starts_with('.');
    let walk = WalkDir::new(root)
        .max_depth(MAX_DEPTH)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || visible(entry.file_name()));
    for entry in walk {
        let entry = entry.map_err(|e| {
            let path = e.path().unwrap_or(root).to_path_buf();
            Error::io(path)(e.into())
        })?;
        if let Some(parent) = entry.path().parent() {
            let photo_or_folder = entry.file_type().is_dir() || is_photo(entry.path());
            if photo_or_folder {
                leaves.remove(parent);
            }
        }
        if entry.file_type().is_dir() && entry.depth() > 0 {
            leaves.insert(entry.path().to_path_buf());
        } else if is_photo(entry.path()) {
            photos.push(listed(root, entry.into_path()));
        }
    }
    if let Some(empty) = leaves.first() {
        let what =
            "an empty class: no .jpg, .jpeg, .png or .webp in it; add photos or remove the folder";
        return Err(Error::data(empty, what));
    }
    Ok(photos)
}

fn listed(root: &Path, path: PathBuf) -> Listed {
    let relative = path.strip_prefix(root).unwrap_or(&path).to_path_buf();
    Listed {
        relative,
        source: Source::File(path),
    }
}

/// The CSV files directly in `folder`.
pub(super) fn tables(folder: &Path) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let path = entry.map_err(Error::io(folder))?.path();
        if path
            .extension()
            .is_some_and(|e| e.eq_ignore_ascii_case("csv"))
        {
            let text = std::fs::read(&path).map_err(Error::io(&path))?;
            tables.push((path, text));
        }
    }
    tables.sort();
    Ok(tables)
}

/// The files directly in `folder` whose names end in `.extension`.
pub(super) fn with_extension(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let path = entry.map_err(Error::io(folder))?.path();
        if path.is_file() && path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
