//! What tests of other languages share: the built library, its bindings, and toolchains that may be missing.
#![allow(dead_code)] // Each test binary uses its own part.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use confounder_bindgen::Language;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// A folder for what a test makes, kept between runs.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The shared library that cargo built for this very test run.
pub(crate) fn library() -> PathBuf {
    let deps = std::env::current_exe()
        .unwrap()
        .parent()
        .unwrap()
        .to_owned();
    let name = format!(
        "{}confounder_mobile{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    let library = deps.join(name);
    assert!(library.exists(), "{} was not built", library.display());
    library
}

/// The bindings of that library.
pub(crate) fn bindings(language: Language, out: &Path) {
    confounder_bindgen::generate(&library(), language, out).unwrap();
}

/// Says that a toolchain is missing; where `CONFOUNDER_TOOLCHAINS` names its language, that fails.
pub(crate) fn skip(language: &str, what: &str) {
    let needed = std::env::var("CONFOUNDER_TOOLCHAINS").unwrap_or_default();
    let needed = needed.split_whitespace().any(|needed| needed == language);
    assert!(!needed, "{what}, which CONFOUNDER_TOOLCHAINS asks for");
    eprintln!("skipped: {what}");
}

/// Whether a program can be started.
pub(crate) fn starts(program: &Path) -> bool {
    Command::new(program).arg("-version").output().is_ok()
}

/// All files below a folder with one of these endings, sorted.
pub(crate) fn files(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in folder
            .read_dir()
            .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|e| endings.iter().any(|ending| e == *ending))
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The output of a command that must succeed.
pub(crate) fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(
        output.status.success(),
        "{command:?} failed:\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// Compares a dump of a public surface with the tracked one, so that a change shows in review. With `CONFOUNDER_BLESS` set
/// it is written anew instead.
pub(crate) fn tracked(dump: &str, path: &str) {
    let file = root().join(path);
    if std::env::var_os("CONFOUNDER_BLESS").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, dump).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap_or_default();
    let changed = dump
        .lines()
        .filter(|line| !kept.contains(line))
        .map(|line| format!("+ {line}\n"));
    let gone = kept
        .lines()
        .filter(|line| !dump.contains(line))
        .map(|line| format!("- {line}\n"));
    let changes: String = gone.chain(changed).collect();
    assert!(
        dump == kept,
        "the public surface differs from {path}:\n{changes}where that is meant, run the test with CONFOUNDER_BLESS=1 and commit it"
    );
}

/// The README's quick start in a language.
pub(crate) fn quick_start(language: &str) -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let app = readme.split_once("## In an app").unwrap().1;
    let code = app.split_once(&format!("```{language}\n")).unwrap().1;
    code.split_once("```").unwrap().0.to_owned()
}
