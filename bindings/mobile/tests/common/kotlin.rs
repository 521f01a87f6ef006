//! Building the Kotlin library and what its tests need.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::Command;

use confounder_bindgen::Language;

use super::common::{bindings, files, root, run};
use super::toolchains::Kotlin;

/// Compiles the library to a jar: the bindings, which are written to `sources`, and what is over them.
pub(crate) fn library(kotlin: &Kotlin, sources: &Path, jar: &Path) {
    bindings(Language::Kotlin, sources);
    let mut main = files(sources, &["kt"]);
    main.extend(files(
        &root().join("android/confounder/src/main/kotlin"),
        &["kt"],
    ));
    kotlin.compile(&main, &[&kotlin.android], &["-Xexplicit-api=strict"], jar);
}

/// Where the JDK is.
pub(crate) fn java_home() -> PathBuf {
    let home = run(Command::new("java").args(["-XshowSettings:properties", "-version"]));
    let settings = String::from_utf8(home.stderr).unwrap();
    let home = settings
        .lines()
        .find_map(|line| line.trim().strip_prefix("java.home = "));
    PathBuf::from(home.unwrap())
}

/// Compiles a stand-in for libjnigraphics into a folder, which is returned.
pub(crate) fn jnigraphics(source: &Path, out: &Path) -> PathBuf {
    let include = java_home().join("include");
    std::fs::create_dir_all(out).unwrap();
    let platform = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-Wall", "-Werror", "-I"])
        .arg(&include);
    compiler.arg("-I").arg(include.join(platform)).arg(source);
    run(compiler.arg("-o").arg(out.join("libjnigraphics.so")));
    out.to_owned()
}
