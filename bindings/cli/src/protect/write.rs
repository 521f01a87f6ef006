//! Writing a protected photo: whole or not at all, never in the place of another file unless that was asked for.

use std::fs::{self, FileType, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::failed::Failed;

/// How a photo is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writing<'a> {
    /// A file that exists is replaced.
    pub(crate) replace: bool,
    /// The file gets the time of writing, not that of the input.
    pub(crate) touch: bool,
    /// The input, whose permissions and time of modification the file gets; `None` where it is no file.
    pub(crate) like: Option<&'a Metadata>,
}

/// What is at a path.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Free,
    File,
    /// A pipe or a device that takes bytes: written to, never replaced.
    Stream,
}

/// Refuses a path that may not be written to.
pub(super) fn check(path: &Path, replace: bool) -> Result<(), Failed> {
    match place(path)? {
        Place::File if !replace => Err(exists(path)),
        _ => Ok(()),
    }
}

/// Writes a photo, making the folders above it.
pub(crate) fn write(path: &Path, bytes: &[u8], writing: Writing<'_>) -> Result<(), Failed> {
    let failed = |e: &io::Error| Failed::io(format!("cannot write {}: {e}", path.display()));
    match place(path)? {
        Place::Stream => OpenOptions::new()
            .write(true)
            .open(path)
            .and_then(|mut stream| stream.write_all(bytes))
            .map_err(|e| failed(&e)),
        Place::File if !writing.replace => Err(exists(path)),
        Place::Free | Place::File => {
            make_folder_of(path)?;
            let file = temporary(path, bytes, writing).map_err(|e| failed(&e))?;
            if writing.replace {
                return file.persist(path).map(drop).map_err(|e| failed(&e.error));
            }
            persist_new(file, path).map_err(|e| match e.kind() {
                ErrorKind::AlreadyExists => exists(path),
                _ => failed(&e),
            })
        }
    }
}

/// # Errors
/// For what is neither written to nor replaced: folders, disks, sockets, links to files.
fn place(path: &Path) -> Result<Place, Failed> {
    let kind = match path.symlink_metadata() {
        Err(_) => return Ok(Place::Free),
        Ok(metadata) if metadata.file_type().is_symlink() => {
            match fs::metadata(path).map(|target| target.file_type()) {
                Ok(kind) if is_stream(kind) => kind,
                _ => {
                    return Err(Failed::exists(format!(
                        "{} is a link, which is neither replaced nor followed; name the file that it leads to",
                        path.display()
                    )));
                }
            }
        }
        Ok(metadata) => metadata.file_type(),
    };
    if kind.is_file() {
        Ok(Place::File)
    } else if is_stream(kind) {
        Ok(Place::Stream)
    } else {
        let what = if kind.is_dir() { "a folder" } else { "no file" };
        Err(Failed::exists(format!(
            "{} is {what}; give the name of a file",
            path.display()
        )))
    }
}

#[cfg(unix)]
fn is_stream(kind: FileType) -> bool {
    use std::os::unix::fs::FileTypeExt;
    kind.is_fifo() || kind.is_char_device()
}

#[cfg(not(unix))]
fn is_stream(_: FileType) -> bool {
    false
}

fn exists(path: &Path) -> Failed {
    Failed::exists(format!(
        "{} exists already; add --force to replace it",
        path.display()
    ))
}

fn make_folder_of(path: &Path) -> Result<(), Failed> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder)
            .map_err(|e| Failed::io(format!("cannot make the folder {}: {e}", folder.display()))),
        _ => Ok(()),
    }
}

/// The complete file under another name in the same folder; it is removed unless it is renamed.
fn temporary(path: &Path, bytes: &[u8], writing: Writing<'_>) -> io::Result<NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".confounder-").suffix(".tmp");
    #[cfg(unix)]
    if writing.like.is_none() {
        // What the process gives to new files.
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(input) = writing.like {
        #[cfg(unix)]
        file.as_file().set_permissions(input.permissions())?;
        if !writing.touch
            && let Ok(modified) = input.modified()
        {
            file.as_file().set_modified(modified)?;
        }
    }
    if writing.replace {
        // What is replaced may be the only copy: have the new one on the disk first.
        file.as_file().sync_all()?;
    }
    Ok(file)
}

/// Gives the file its name, unless another process was first.
fn persist_new(file: NamedTempFile, path: &Path) -> io::Result<()> {
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => Err(failed.error),
        // A file system without links, such as some memory cards and network folders.
        Err(failed) => persist_claimed(failed.file, path),
    }
}

/// The same by an empty file that claims the name first.
fn persist_claimed(file: NamedTempFile, path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?;
    file.persist(path).map(drop).map_err(|failed| {
        // The empty file is ours.
        let _ = fs::remove_file(path);
        failed.error
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: Writing<'_> = Writing {
        replace: false,
        touch: false,
        like: None,
    };

    #[test]
    fn one_of_two_files_gets_a_name_with_links_and_without() {
        for persist in [persist_new, persist_claimed] {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("photo.jpg");
            let [first, second] =
                [b"first", b"other"].map(|bytes| temporary(&path, bytes, NEW).expect("written"));
            persist(first, &path).expect("the name is free");
            let error = persist(second, &path).expect_err("the name is taken");
            assert_eq!(error.kind(), ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&path).expect("there"), b"first");
            assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
        }
    }

    #[test]
    fn a_failed_write_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("file"), b"x").expect("written");
        let below_a_file = folder.path().join("file/photo.jpg");
        assert!(write(&below_a_file, b"y", NEW).is_err());
        assert!(
            write(
                folder.path(),
                b"y",
                Writing {
                    replace: true,
                    ..NEW
                }
            )
            .is_err()
        );
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }
}
