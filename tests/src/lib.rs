//! What the whole-system tests share: where data and fixtures are.

use std::path::{Path, PathBuf};

/// A folder or file of the shared data, `None` (with a line that says so) on a machine that does not have it.
///
/// # Panics
/// If the shared data is there but lacks this piece: a broken set-up must not look like a skipped test.
pub fn shared(piece: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !root.exists() {
        use std::io::Write;
        let _ = writeln!(
            std::io::stderr(),
            "skipped: the shared data is not on this machine ({piece})"
        );
        return None;
    }
    let path = root.join(piece);
    assert!(
        path.exists(),
        "{} is missing from the shared data",
        path.display()
    );
    Some(path)
}

/// The photos in `tests/fixtures`.
///
/// # Panics
/// If there are none.
pub fn fixtures() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|e| e == "jpg" || e == "png" || e == "webp")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no photos in {}", folder.display());
    files
}
