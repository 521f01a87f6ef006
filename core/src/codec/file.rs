//! Files: whole or not at all.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use crate::error::{Error, ErrorKind, Result};
use crate::options::Limits;

/// Reads a whole file, up to the limit on input bytes.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|e| failed("open", path, e))?;
    // One byte more than allowed, so that the size check sees that there is more. A path may be a pipe or grow while
    // it is read, so its stated size is not relied on.
    file.take(limits.max_input_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|e| failed("read", path, e))?;
    Ok(bytes)
}

/// Writes a file by way of a temporary one in the same folder, which takes the place of `path` only when it is
/// complete. On any error nothing is left behind and what was at `path` is untouched.
pub(super) fn write(path: &Path, bytes: &[u8], cancelled: impl Fn() -> Result<()>) -> Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".confounder-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(permissions(path));
    let mut file = builder
        .tempfile_in(folder)
        .map_err(|e| failed("create a temporary file beside", path, e))?;
    file.write_all(bytes)
        .map_err(|e| failed("write", path, e))?;
    if path.exists() {
        // What is replaced may be the only copy: have the new one on the disk first.
        file.as_file()
            .sync_all()
            .map_err(|e| failed("write", path, e))?;
    }
    cancelled()?;
    file.persist(path)
        .map_err(|e| failed("write", path, e.error))?;
    Ok(())
}

/// Those of the file that is replaced, else what the process gives to new files.
#[cfg(unix)]
fn permissions(path: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).map_or_else(
        |_| fs::Permissions::from_mode(0o666),
        |existing| existing.permissions(),
    )
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    Error::new(
        ErrorKind::Io,
        format!("cannot {what} {}: {error}", path.display()),
    )
    .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cancelled_write_leaves_nothing_and_keeps_what_was_there() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("photo.jpg");
        fs::write(&path, b"old").expect("written");
        let cancelled = || Err(Error::new(ErrorKind::Cancelled, "cancelled"));
        assert_eq!(
            write(&path, b"new", cancelled).map_err(|e| e.kind()),
            Err(ErrorKind::Cancelled)
        );
        assert_eq!(fs::read(&path).expect("still there"), b"old");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
        write(&path, b"new", || Ok(())).expect("written");
        assert_eq!(fs::read(&path).expect("there"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_io_error_that_names_the_path() {
        let error =
            write(Path::new("/no/such/folder/photo.jpg"), b"x", || Ok(())).expect_err("must fail");
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(
            error.to_string().contains("/no/such/folder/photo.jpg"),
            "{error}"
        );
    }

    #[test]
    fn reading_stops_just_beyond_the_limit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("large");
        fs::write(&path, [0; 100]).expect("written");
        let limits = Limits {
            max_input_bytes: 10,
            ..Limits::default()
        };
        assert_eq!(
            read(&path, &limits)
                .map(|bytes| bytes.len())
                .map_err(|e| e.kind()),
            Ok(11)
        );
    }
}
