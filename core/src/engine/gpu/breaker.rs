//! Keeps a driver that kills the process from doing so twice.
//!
//! A marker file is written before the GPU is first touched and removed after. Where a process finds one that another
//! left, that one ended in between, and the GPU stays off until the marker is a month old or this crate has another
//! version: a new driver cannot be told without loading it.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::failure::{Failure, FailureKind};

const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// The marker of this process; removed when dropped.
pub(super) struct Marker {
    path: Option<PathBuf>,
}

impl Marker {
    /// Sets the marker. Without a folder, or where it cannot be written, there is no protection and nothing fails.
    ///
    /// # Errors
    /// [`FailureKind::CrashLoop`] where another process left its own.
    pub(super) fn set(folder: Option<&PathBuf>) -> Result<Self, Failure> {
        let Some(folder) = folder else {
            return Ok(Self { path: None });
        };
        let name = format!("confounder-gpu-{}.first-use", env!("CARGO_PKG_VERSION"));
        let path = folder.join(name);
        if is_fresh(&path) {
            return Err(Failure::new(
                FailureKind::CrashLoop,
                "an earlier start ended inside the GPU's driver; the GPU stays off for a month, or until the marker file is removed",
            ));
        }
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, b"in use\n"));
        match written {
            Ok(()) => Ok(Self { path: Some(path) }),
            Err(e) => {
                log::warn!("the GPU's marker file could not be written: {}", e.kind());
                Ok(Self { path: None })
            }
        }
    }
}

impl Drop for Marker {
    fn drop(&mut self) {
        if let Some(path) = &self.path
            && let Err(e) = fs::remove_file(path)
        {
            log::warn!("the GPU's marker file could not be removed: {}", e.kind());
        }
    }
}

fn is_fresh(path: &PathBuf) -> bool {
    let Ok(written) = fs::metadata(path).and_then(|metadata| metadata.modified()) else {
        return false;
    };
    // A marker from the future is kept: clocks are set back.
    SystemTime::now()
        .duration_since(written)
        .is_ok_and(|age| age < KEPT)
        || written > SystemTime::now()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_marker_that_was_left_keeps_the_gpu_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache");
        let marker = Marker::set(Some(&path)).unwrap();
        // The process dies here.
        std::mem::forget(marker);
        let failure = Marker::set(Some(&path)).err().unwrap();
        assert_eq!(failure.kind, FailureKind::CrashLoop);
        // A month later it is tried again.
        let file = fs::read_dir(&path).unwrap().next().unwrap().unwrap().path();
        let old = SystemTime::now() - KEPT - Duration::from_secs(1);
        fs::File::options()
            .write(true)
            .open(&file)
            .unwrap()
            .set_modified(old)
            .unwrap();
        drop(Marker::set(Some(&path)).unwrap());
        assert!(!file.exists());
        drop(Marker::set(Some(&path)).unwrap());
    }

    #[test]
    fn no_folder_is_no_failure() {
        drop(Marker::set(None).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        drop(Marker::set(Some(&file.join("below a file"))).unwrap());
    }
}
