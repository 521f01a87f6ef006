//! The per-user folder that keeps the library between runs.
use std::path::{Path, PathBuf};

use super::wheel::Wheel;

/// `$XDG_CACHE_HOME` or `~/.cache` on Linux, `~/Library/Caches` on macOS, `%LOCALAPPDATA%` on Windows.
pub(super) fn root() -> Option<PathBuf> {
    Some(directories::BaseDirs::new()?.cache_dir().to_path_buf())
}

/// The folder of one wheel below the cache root.
pub(super) fn folder(root: &Path, wheel: &Wheel) -> PathBuf {
    root.join("confounder")
        .join(format!("{}-{}", wheel.package, wheel.version))
}

/// The library in `folder`, if it lies there. Files appear there only whole (by renaming), so presence is enough.
pub(super) fn lookup(folder: &Path, wheel: &Wheel) -> Option<PathBuf> {
    let path = folder.join(wheel.library());
    let whole = std::fs::metadata(&path).is_ok_and(|meta| meta.is_file() && meta.len() > 0);
    whole.then_some(path)
}
