//! Files and folders.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Result, at};

/// Makes a folder that holds nothing.
pub(super) fn empty(folder: &Path) -> Result {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(at("remove", folder))?;
    }
    fs::create_dir_all(folder).map_err(at("make", folder))
}

/// The files of a folder, by name, without those of its folders.
pub(super) fn of(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in folder.read_dir().map_err(at("list", folder))? {
        let path = entry.map_err(at("list", folder))?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The files of a folder and of its folders, by name, each with its path from the folder on.
pub(super) fn below(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(at("list", folder))? {
        let entry = entry.map_err(at("list", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            let inner = below(&entry.path())?;
            found.extend(
                inner
                    .into_iter()
                    .map(|(n, path)| (format!("{name}/{n}"), path)),
            );
        } else {
            found.push((name, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// Reads a text.
pub(super) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(at("read", path))
}

/// Writes a text or bytes.
pub(super) fn write(path: &Path, content: impl AsRef<[u8]>) -> Result {
    fs::write(path, content).map_err(at("write", path))
}

/// Changes a text where it lies.
pub(super) fn edit(path: &Path, change: impl FnOnce(String) -> Result<String>) -> Result {
    write(path, change(read(path)?)?)
}
