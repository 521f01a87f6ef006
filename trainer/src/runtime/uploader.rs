//! Refuses libraries that would upload usage data.
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{Error, Result};

/// The variable that switches the uploader off; a library that has one contains this name.
const SWITCH: &str = "ORT_DISABLE_TELEMETRY";

/// Fails where the library has an uploader that is not switched off.
///
/// Switching it off through the API comes too late: the first event leaves while the environment is created.
pub(super) fn refuse_active(library: &Path) -> Result<()> {
    refuse(library, std::env::var_os(SWITCH).as_deref())
}

fn refuse(library: &Path, switch: Option<&OsStr>) -> Result<()> {
    if switch == Some(OsStr::new("1")) || !contains(library, SWITCH.as_bytes())? {
        return Ok(());
    }
    Err(Error::Runtime(format!(
        "{} uploads usage data (official builds from 1.29.0 on do) unless {SWITCH}=1 is set; \
         set it and run again, or unset {} to use the pinned version, which has no uploader",
        library.display(),
        super::DYLIB_VARIABLE
    )))
}

/// Whether the file contains `needle`, read in pieces that overlap by its length.
fn contains(path: &Path, needle: &[u8]) -> Result<bool> {
    let mut file = File::open(path).map_err(Error::io(path))?;
    let mut buffer = vec![0; 1 << 20];
    let mut kept = 0;
    loop {
        let read = file.read(&mut buffer[kept..]).map_err(Error::io(path))?;
        if read == 0 {
            return Ok(false);
        }
        let filled = &buffer[..kept + read];
        if memchr::memmem::find(filled, needle).is_some() {
            return Ok(true);
        }
        let end = kept + read;
        kept = end.min(needle.len() - 1);
        buffer.copy_within(end - kept..end, 0);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_library_with_an_uploader_is_refused_unless_it_is_switched_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so.1.32.0");
        // The name lies across the border between two pieces.
        let mut bytes = vec![7; (1 << 20) - 5];
        bytes.extend_from_slice(b"ORT_DISABLE_TELEMETRY and more");
        std::fs::write(&path, bytes).unwrap();
        let text = refuse(&path, None).unwrap_err().to_string();
        assert!(text.contains("ORT_DISABLE_TELEMETRY=1"), "{text}");
        assert!(refuse(&path, Some(OsStr::new("0"))).is_err());
        assert!(refuse(&path, Some(OsStr::new("1"))).is_ok());
    }

    #[test]
    fn a_library_without_one_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("libonnxruntime.so.1.28.0");
        std::fs::write(&path, b"ORT_DISABLE_TELEMETR Y").unwrap();
        assert!(refuse(&path, None).is_ok());
    }
}
