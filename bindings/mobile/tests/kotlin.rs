//! The Kotlin library: compiled against Android's framework, and its tests run on the JVM against this very library.
#![cfg(all(unix, feature = "codecs", feature = "bundled-generator"))]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;
#[path = "common/jar.rs"]
mod jar;
#[path = "common/kotlin.rs"]
mod kotlin;
#[path = "common/toolchains.rs"]
mod toolchains;

use std::path::PathBuf;
use std::process::Command;

use common::{files, library, root, run, scratch};
use toolchains::Kotlin;

/// What is compiled, in its order.
struct Built {
    /// The bindings and the library over them, in one jar.
    main: PathBuf,
    tests: PathBuf,
    stand_ins: PathBuf,
}

fn build(kotlin: &Kotlin) -> Built {
    let (out, android) = (scratch("kotlin"), root().join("android"));
    let [library, tests] = ["confounder", "tests"].map(|name| out.join(format!("{name}.jar")));
    kotlin::library(kotlin, &out.join("bindings-src"), &library);

    let stand_ins = out.join("stand-ins");
    std::fs::create_dir_all(&stand_ins).unwrap();
    let java = files(&android.join("confounder/src/test/java"), &["java"]);
    let class_path = kotlin.android.to_str().unwrap();
    run(Command::new("javac")
        .args(["-cp", class_path, "-d"])
        .arg(&stand_ins)
        .args(java));
    let test = files(&android.join("confounder/src/test/kotlin"), &["kt"]);
    // Tests see what is internal to the library, as Gradle's do.
    let friend = format!("-Xfriend-paths={}", library.display());
    let jars = [&*stand_ins, &library, &kotlin.android];
    kotlin.compile(&test, &jars, &[&friend], &tests);
    Built {
        main: library,
        tests,
        stand_ins,
    }
}

/// A JVM with everything in its paths.
fn java(kotlin: &Kotlin, built: &Built, flags: &[&str]) -> Command {
    let libraries = library().parent().unwrap().to_owned();
    let jars = [&*built.stand_ins, &built.tests, &built.main];
    let mut java = Command::new("java");
    let source = root().join("android/confounder/src/test/c/jnigraphics.c");
    let graphics = kotlin::jnigraphics(&source, &scratch("kotlin").join("native"));
    java.env("LD_LIBRARY_PATH", graphics)
        .arg("-Xmx1g")
        .args(flags);
    java.arg("-cp").arg(kotlin.class_path(&jars));
    java.arg(format!("-Djava.library.path={}", libraries.display()));
    java.arg(format!("-Dconfounder.root={}", root().display()));
    java
}

/// The tests of one or all classes; their output.
fn junit(kotlin: &Kotlin, built: &Built, flags: &[&str], only: &str) -> String {
    let mut java = java(kotlin, built, flags);
    let tests = files(&root().join("android/confounder/src/test/kotlin"), &["kt"]);
    let classes = tests.iter().filter_map(|path| path.file_stem()?.to_str());
    let classes = classes.filter(|name| name.ends_with("Test") && name.contains(only));
    let classes = classes.map(|name| format!("dev.confounder.{name}"));
    let output = run(java.arg("org.junit.runner.JUnitCore").args(classes));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("OK ("), "{text}");
    text
}

fn surface(built: &Built) {
    common::tracked(
        &jar::dump(&built.main),
        "android/confounder/api/confounder.api",
    );
}

#[test]
fn the_tests_of_the_kotlin_library_pass() {
    let Some(kotlin) = Kotlin::find() else { return };
    let built = build(&kotlin);
    eprintln!("{}", junit(&kotlin, &built, &[], ""));

    // Once more with the JVM's own checks of native methods.
    let checked = junit(&kotlin, &built, &["-Xcheck:jni"], "Bitmap");
    assert!(!checked.contains("WARNING"), "{checked}");

    surface(&built);
    let start = java(&kotlin, &built, &[])
        .arg("dev.confounder.StartKt")
        .output()
        .unwrap();
    eprintln!("{}", String::from_utf8_lossy(&start.stdout));
    assert!(start.status.success());

    // What cannot run here at least compiles.
    let android = root().join("android");
    let main = &built.main;
    let out = scratch("kotlin");
    let camerax = out.join("camerax");
    std::fs::create_dir_all(&camerax).unwrap();
    let stand_ins = files(&android.join("camera/src/test/java"), &["java"]);
    run(Command::new("javac")
        .arg("-d")
        .arg(&camerax)
        .args(stand_ins));
    let camera = files(&android.join("camera/src/main/kotlin"), &["kt"]);
    let jars = [&*camerax, main, &kotlin.android];
    kotlin.compile(
        &camera,
        &jars,
        &["-Xexplicit-api=strict"],
        &out.join("camera.jar"),
    );
    let readme = out.join("readme");
    std::fs::create_dir_all(&readme).unwrap();
    let code = format!(
        "import android.content.Context\nimport android.graphics.Bitmap\nimport android.net.Uri\nimport dev.confounder.Confounder\n\
         suspend fun quickStart(context: Context, bitmap: Bitmap, source: Uri, sink: Uri) {{\n{}}}\n",
        common::quick_start("kotlin")
    );
    let quick_start = readme.join("QuickStart.kt");
    std::fs::write(&quick_start, code).unwrap();
    kotlin.compile(&[quick_start], &jars[1..], &[], &out.join("readme.jar"));
    let sample = files(&android.join("sample/src/main/kotlin"), &["kt"]);
    kotlin.compile(&sample, &jars[1..], &[], &out.join("sample.jar"));
}
