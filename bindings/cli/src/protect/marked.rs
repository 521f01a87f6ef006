//! The names of the files that this command makes.

use std::path::{Path, PathBuf};

use super::extensions::is_heif;

/// What marks them.
const MARK: &str = ".protected";

/// `photo.jpg` becomes `photo.protected.jpg`.
pub(super) fn marked(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(MARK);
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

/// Whether a file in a searched folder was made by this command, and so is not protected again.
pub(super) fn is_output(path: &Path) -> bool {
    let ends = |path: &Path| {
        path.file_stem()
            .is_some_and(|stem| stem.to_string_lossy().ends_with(MARK))
    };
    // A HEIC beside a JPEG of the same name: `photo.protected.heic.jpg`.
    let stem = Path::new(path.file_stem().unwrap_or_default());
    ends(path) || (is_heif(stem) && ends(stem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_name_is_told_from_others() {
        for (path, expected) in [
            ("a/x.y.JPG", "a/x.y.protected.JPG"),
            ("noextension", "noextension.protected"),
        ] {
            assert_eq!(marked(Path::new(path)), Path::new(expected));
        }
        assert!(is_output(Path::new("a/x.y.protected.JPG")) && !is_output(Path::new("a/x.y.JPG")));
        assert!(is_output(Path::new("a.protected.HEIC.jpg")));
        assert!(!is_output(Path::new("a.HEIC.jpg")));
    }
}
