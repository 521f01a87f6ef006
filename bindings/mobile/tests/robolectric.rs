//! The Kotlin library on Android's own framework classes and Skia: Robolectric, on the JVM, against this very library.
#![cfg(all(unix, feature = "codecs", feature = "bundled-generator"))]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;
#[path = "common/kotlin.rs"]
mod kotlin;
#[path = "common/maven.rs"]
mod maven;
#[path = "common/toolchains.rs"]
mod toolchains;

use std::process::Command;

use common::{files, library, root, run, scratch, skip};
use toolchains::Kotlin;

#[test]
fn the_kotlin_library_works_on_androids_framework() {
    let Some(kotlin) = Kotlin::find() else { return };
    let Some(jars) = maven::robolectric(&scratch("robolectric")) else {
        return skip("robolectric", "Robolectric's jars cannot be had from Maven");
    };
    let out = scratch("robolectric");
    let main = out.join("confounder.jar");
    kotlin::library(&kotlin, &out.join("bindings"), &main);

    let folder = root().join("android/confounder/src/robolectric");
    let (tests, sources) = (
        out.join("tests.jar"),
        files(&folder.join("kotlin"), &["kt"]),
    );
    let friend = format!("-Xfriend-paths={}", main.display());
    // The framework goes last: annotations name its classes before the sandbox is there.
    let classes: Vec<_> = std::iter::once(&*main)
        .chain(jars.classes.iter().map(|jar| &**jar))
        .collect();
    let mut with_framework = classes.clone();
    with_framework.push(&kotlin.android);
    kotlin.compile(&sources, &with_framework, &[&friend], &tests);
    let graphics = kotlin::jnigraphics(&folder.join("c/jnigraphics.c"), &out.join("native"));

    let libraries = library().parent().unwrap().to_owned();
    let names = sources.iter().filter_map(|path| path.file_stem()?.to_str());
    let names = names
        .filter(|name| name.ends_with("Test"))
        .map(|name| format!("dev.confounder.{name}"));
    let mut java = Command::new("java");
    java.env("LD_LIBRARY_PATH", graphics).arg("-Xmx2g");
    for package in ["io", "lang", "net", "nio"] {
        java.args([
            "--add-opens",
            &format!("java.base/java.{package}=ALL-UNNAMED"),
        ]);
    }
    java.arg("-Drobolectric.offline=true");
    java.arg(format!(
        "-Drobolectric.dependency.dir={}",
        jars.framework.display()
    ));
    java.arg(format!("-Djava.library.path={}", libraries.display()));
    java.arg(format!("-Dconfounder.root={}", root().display()));
    let mut path: Vec<_> = std::iter::once(&*tests)
        .chain(classes)
        .map(|jar| jar.to_str().unwrap())
        .collect();
    path.extend([&*kotlin.jars, kotlin.android.to_str().unwrap()]);
    java.arg("-cp").arg(path.join(":"));
    let output = run(java.arg("org.junit.runner.JUnitCore").args(names));
    let text = String::from_utf8(output.stdout).unwrap();
    eprintln!("{text}");
    assert!(text.contains("OK ("), "{text}");
}
