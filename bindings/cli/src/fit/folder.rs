//! The photos of a folder, and their labels.

use std::collections::BTreeSet;
use std::path::Path;

use walkdir::WalkDir;

use super::Photo;
use crate::exit::Failure;
use crate::protect::is_picture;

/// What a folder holds, sorted by name.
pub(super) struct Found {
    pub(super) photos: Vec<Photo>,
}

/// Searches a folder and those in it; what begins with a dot is passed over.
pub(super) fn search(folder: &Path) -> Result<Found, Failure> {
    if !folder.is_dir() {
        return Err(Failure::usage(format!("{} is no folder", folder.display())));
    }
    let hidden = |name: &std::ffi::OsStr| name.to_string_lossy().starts_with('.');
    let entries = WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| entry.depth() == 0 || !hidden(entry.file_name()));
    let mut photos = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|e| Failure::file(&folder.display().to_string(), &e))?;
        if !entry.path().is_file() || !is_picture(entry.path()) {
            continue;
        }
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let label = below.parent().and_then(|inner| inner.components().next());
        photos.push(Photo {
            label: label.map(|label| label.as_os_str().to_string_lossy().into_owned()),
            path: entry.path().to_owned(),
        });
    }
    if photos.is_empty() {
        return Err(Failure::usage(format!(
            "no photo found in {}",
            folder.display()
        )));
    }
    Ok(Found { photos })
}

impl Found {
    /// Whether all photos lie in sub-folders, in two at least.
    pub(super) fn is_labelled(&self) -> bool {
        let labels: BTreeSet<Option<&str>> =
            self.photos.iter().map(|p| p.label.as_deref()).collect();
        labels.len() > 1 && !labels.contains(&None)
    }
}
