//! The real data beside the workspace.
use std::path::{Path, PathBuf};

/// A data set's folder. Says so where there is no such data at all; one that is missing among others fails when it is read.
#[allow(clippy::print_stderr)]
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if root.is_dir() {
        return Some(root.join(name));
    }
    eprintln!("skipped: there is no ../shared/data beside the workspace");
    None
}
