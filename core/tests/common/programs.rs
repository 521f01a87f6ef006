//! Programs that judge photos.
#![allow(dead_code)] // Each test binary uses its own part.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Whether a program can be started; in continuous integration it must.
pub(crate) fn has(program: &str, argument: &str) -> bool {
    let found = Command::new(program).arg(argument).output().is_ok();
    let ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(
        found || !ci,
        "{program} is missing in continuous integration"
    );
    if !found {
        eprintln!("skipped: {program} is not installed");
    }
    found
}

/// What exiftool says of each file: tags by group, number of the copy and name. One run for all, since it starts slowly.
pub(crate) fn exiftool(
    folder: &Path,
    arguments: &[&str],
) -> BTreeMap<String, BTreeMap<String, String>> {
    let run = Command::new("exiftool")
        .args(["-j", "-G1:4", "-a", "-struct", "-sep", "|"])
        .args(arguments)
        .arg(folder)
        .output()
        .unwrap();
    let files: Vec<serde_json::Map<String, serde_json::Value>> =
        serde_json::from_slice(&run.stdout).unwrap_or_default();
    let name = |path: &str| {
        Path::new(path)
            .file_name()
            .unwrap()
            .to_string_lossy()
            .into_owned()
    };
    let tags = |file: &serde_json::Map<String, serde_json::Value>| {
        file.iter()
            .map(|(tag, value)| (tag.clone(), value.to_string()))
            .collect()
    };
    files
        .iter()
        .map(|file| (name(file["SourceFile"].as_str().unwrap()), tags(file)))
        .collect()
}

/// The bytes of a tag.
pub(crate) fn extract(photo: &Path, tag: &str) -> Vec<u8> {
    let run = Command::new("exiftool")
        .args(["-b", tag])
        .arg(photo)
        .output()
        .unwrap();
    run.stdout
}
