//! Writes the bindings of a built `confounder-mobile` library: for Swift and Python the same as `uniffi-bindgen generate`, for
//! Kotlin by a generator of our own, over JNI.

mod kotlin;
mod swift;

use std::io::Write;
use std::path::{Path, PathBuf};

use camino::Utf8PathBuf;
use uniffi::{GenerateOptions, TargetLanguage};

/// A language that bindings are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Kotlin, over JNI.
    Kotlin,
    /// Swift, with its C header and module map.
    Swift,
    /// Python, over ctypes.
    Python,
}

/// Where `confounder-mobile` and its `uniffi.toml` are.
const MOBILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../mobile");

/// Writes the bindings of the shared `library` in one language to the folder `out`, which is made if need be. The library
/// must not be stripped: its symbols describe the surface.
///
/// # Errors
/// In words, where the library cannot be read or a file cannot be written.
pub fn generate(library: &Path, language: Language, out: &Path) -> Result<(), String> {
    let target = match language {
        Language::Kotlin => return kotlin::generate(&utf8(library)?, out),
        Language::Swift => TargetLanguage::Swift,
        Language::Python => TargetLanguage::Python,
    };
    let mut config = tempfile::Builder::new()
        .suffix(".toml")
        .tempfile()
        .map_err(|e| format!("cannot make a temporary file: {e}"))?;
    writeln!(config, "[crate-roots]\nconfounder_mobile = {MOBILE:?}")
        .map_err(|e| format!("cannot write a temporary file: {e}"))?;
    let options = GenerateOptions {
        languages: vec![target],
        source: utf8(library)?,
        out_dir: utf8(out)?,
        config_override: Some(utf8(config.path())?),
        format: false,
        crate_filter: None,
        metadata_no_deps: true,
    };
    uniffi::generate(options).map_err(|e| format!("cannot write bindings: {e:#}"))?;
    if language == Language::Swift {
        swift::messages_for_people(&utf8(library)?, out)?;
    }
    Ok(())
}

/// The names of all calls that the library's one native method for the JVM is to know.
///
/// # Errors
/// In words, where the library cannot be read.
pub fn calls(library: &Path) -> Result<Vec<String>, String> {
    kotlin::calls(&utf8(library)?)
}

fn utf8(path: &Path) -> Result<Utf8PathBuf, String> {
    Utf8PathBuf::from_path_buf(PathBuf::from(path))
        .map_err(|path| format!("{} is not UTF-8", path.display()))
}
