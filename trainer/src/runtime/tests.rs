#![allow(clippy::unwrap_used)]
use std::io::Write;
use std::path::Path;

use super::wheel::Wheel;
use super::*;

/// A search that finds nothing: no variable, an empty cache, no Python.
fn search(cache: &Path) -> Search {
    Search {
        named: None,
        cache: Some(cache.to_path_buf()),
        device: Device::Cpu,
        wheel: Some(wheel()),
        pythons: vec!["no-such-python-on-this-machine".into()],
    }
}

fn wheel() -> &'static Wheel {
    Wheel::named(Device::Cpu, "linux", "x86_64").unwrap()
}

#[test]
fn the_named_file_comes_first_and_must_exist() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libonnxruntime.so");
    let mut search = search(folder.path());
    search.named = Some(library.clone().into());
    let text = search
        .locate_or_fetch(Mode::Silent)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("ORT_DYLIB_PATH") && text.contains("libonnxruntime.so"),
        "{text}"
    );

    std::fs::write(&library, b"x").unwrap();
    let found = search.locate_or_fetch(Mode::Silent).unwrap();
    assert_eq!((found.path, found.origin), (library, Origin::Environment));
}

#[test]
fn the_cache_is_used_and_an_empty_file_in_it_is_not() {
    let root = tempfile::tempdir().unwrap();
    let folder = cache::folder(root.path(), wheel());
    std::fs::create_dir_all(&folder).unwrap();
    let library = folder.join(wheel().library());
    std::fs::write(&library, b"").unwrap();
    assert!(search(root.path()).locate_or_fetch(Mode::Silent).is_err());

    std::fs::write(&library, b"x").unwrap();
    let found = search(root.path()).locate_or_fetch(Mode::Silent).unwrap();
    assert_eq!((found.path, found.origin), (library, Origin::Cache));
    assert_eq!(found.version.as_deref(), Some(VERSION));
}

#[test]
fn without_python_the_error_says_what_to_install_or_set() {
    let root = tempfile::tempdir().unwrap();
    let text = search(root.path())
        .locate_or_fetch(Mode::Silent)
        .unwrap_err()
        .to_string();
    for part in [
        "no-such-python",
        "is not installed",
        "pip install onnxruntime==1.28.0",
        "ORT_DYLIB_PATH",
    ] {
        assert!(text.contains(part), "{part} is missing in: {text}");
    }
}

#[test]
fn a_machine_without_a_pinned_wheel_is_told_what_to_set() {
    let root = tempfile::tempdir().unwrap();
    let mut search = search(root.path());
    search.wheel = None;
    let text = search
        .locate_or_fetch(Mode::Silent)
        .unwrap_err()
        .to_string();
    assert!(
        text.contains(std::env::consts::ARCH) && text.contains("ORT_DYLIB_PATH"),
        "{text}"
    );
}

#[test]
fn another_wheel_than_the_pinned_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("onnxruntime.whl");
    write_wheel(&path, wheel().member, b"not the real one");
    let text = wheel().check(&path).unwrap_err().to_string();
    assert!(
        text.contains(wheel().sha256) && text.contains("onnxruntime.whl"),
        "{text}"
    );
}

#[test]
fn the_library_is_unpacked_out_of_a_wheel_and_its_absence_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("onnxruntime.whl");
    write_wheel(&path, wheel().member, b"library bytes");
    let mut bytes = Vec::new();
    wheel().unpack(&path, wheel().member, &mut bytes).unwrap();
    assert_eq!(bytes, b"library bytes");

    write_wheel(&path, "onnxruntime/other", b"library bytes");
    let text = wheel()
        .unpack(&path, wheel().member, &mut bytes)
        .unwrap_err()
        .to_string();
    assert!(text.contains(wheel().member), "{text}");
}

/// A Python that "downloads" a wheel which is not the pinned one: the whole path, up to the refusal.
#[cfg(unix)]
#[test]
fn a_download_with_a_wrong_hash_leaves_nothing_in_the_cache() {
    use std::os::unix::fs::PermissionsExt;
    let root = tempfile::tempdir().unwrap();
    let python = root.path().join("python");
    let script = "#!/bin/sh\nwhile [ \"$1\" != -d ]; do shift; done\nprintf wrong > \"$2/onnxruntime-x.whl\"\n";
    std::fs::write(&python, script).unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut search = search(&root.path().join("cache"));
    search.pythons = vec![python.into()];
    let text = search
        .locate_or_fetch(Mode::Silent)
        .unwrap_err()
        .to_string();
    assert!(text.contains("SHA-256"), "{text}");
    let folder = cache::folder(&root.path().join("cache"), wheel());
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
}

fn write_wheel(path: &Path, member: &str, bytes: &[u8]) {
    let mut writer = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    writer
        .start_file(member, zip::write::SimpleFileOptions::default())
        .unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap();
}
