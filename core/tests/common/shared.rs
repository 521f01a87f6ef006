//! The shared set of real and hostile photos, which is not part of the project.
#![allow(dead_code)] // Each test binary uses its own part.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::{Path, PathBuf};

/// Beside the workspace.
const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared");

/// How many files there are.
const COUNT: usize = 88;

/// All files of the set, sorted; none, with a message, where there is no shared data at all.
///
/// # Panics
/// Where there is shared data but not the whole set.
pub(crate) fn photos() -> Vec<PathBuf> {
    if !Path::new(SHARED).exists() {
        eprintln!("skipped: the shared photo set is not beside the workspace");
        return Vec::new();
    }
    let root = Path::new(SHARED).join("data/photos");
    let mut files = Vec::new();
    for folder in ["camera", "orientation", "formats", "robustness"] {
        let entries = root.join(folder).read_dir().unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    files.sort();
    assert_eq!(files.len(), COUNT, "the shared photo set is not whole");
    files
}

/// One file of the set, by folder and name; `None`, with a message, where there is no shared data at all.
pub(crate) fn photo(name: &str) -> Option<PathBuf> {
    let found = photos().into_iter().find(|path| path.ends_with(name));
    assert!(
        found.is_some() || !Path::new(SHARED).exists(),
        "{name} is not in the shared photo set"
    );
    found
}

/// One of the files that were made from public bug reports; `None`, with a message, where there is no shared data at all.
///
/// # Panics
/// Where there is shared data but not this file.
pub(crate) fn reported(name: &str) -> Option<Vec<u8>> {
    if !Path::new(SHARED).exists() {
        eprintln!("skipped: the shared photo set is not beside the workspace");
        return None;
    }
    let path = Path::new(SHARED).join("data/photos/reported").join(name);
    Some(std::fs::read(path).unwrap())
}
