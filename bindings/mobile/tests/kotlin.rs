//! The Kotlin library: compiled against Android's framework, and its tests run on the JVM against this very library.
#![cfg(all(unix, feature = "codecs", feature = "bundled-generator"))]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;
#[path = "common/toolchains.rs"]
mod toolchains;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::{bindings, files, library, root, run, scratch};
use confounder_bindgen::Language;
use toolchains::Kotlin;

/// What is compiled, in its order.
struct Built {
    /// The bindings and the library over them.
    main: [PathBuf; 2],
    tests: PathBuf,
    stand_ins: PathBuf,
}

fn build(kotlin: &Kotlin) -> Built {
    let (out, android) = (scratch("kotlin"), root().join("android"));
    let sources = out.join("bindings-src");
    bindings(Language::Kotlin, &sources);
    let [bindings, library, tests] =
        ["bindings", "confounder", "tests"].map(|name| out.join(format!("{name}.jar")));
    kotlin.compile(&files(&sources, &["kt"]), &[], &[], &bindings);

    let main = android.join("confounder/src/main/kotlin");
    let strict = ["-Xexplicit-api=strict", "-Xfriend-paths"];
    kotlin.compile(
        &files(&main, &["kt"]),
        &[&bindings, &kotlin.android],
        &strict[..1],
        &library,
    );

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
    let jars = [&*stand_ins, &library, &bindings, &kotlin.android];
    kotlin.compile(&test, &jars, &[&friend], &tests);
    Built {
        main: [bindings, library],
        tests,
        stand_ins,
    }
}

/// The stand-in for libjnigraphics; the folder that it is in.
fn jnigraphics() -> PathBuf {
    let home = run(Command::new("java").args(["-XshowSettings:properties", "-version"]));
    let settings = String::from_utf8(home.stderr).unwrap();
    let home = settings
        .lines()
        .find_map(|line| line.trim().strip_prefix("java.home = "))
        .unwrap();
    let include = Path::new(home).join("include");
    let out = scratch("kotlin").join("native");
    std::fs::create_dir_all(&out).unwrap();
    let source = root().join("android/confounder/src/test/c/jnigraphics.c");
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
    out
}

/// The tests of one or all classes; their output.
fn junit(kotlin: &Kotlin, built: &Built, flags: &[&str], only: &str) -> String {
    let libraries = library().parent().unwrap().to_owned();
    let [bindings, main] = &built.main;
    let jars = [&*built.stand_ins, &built.tests, main, bindings];
    let mut java = Command::new("java");
    java.env("LD_LIBRARY_PATH", jnigraphics())
        .arg("-Xmx1g")
        .args(flags);
    java.arg("-cp").arg(kotlin.class_path(&jars));
    java.arg(format!("-Djna.library.path={}", libraries.display()));
    java.arg(format!("-Djava.library.path={}", libraries.display()));
    java.arg(format!("-Dconfounder.root={}", root().display()));
    let tests = files(&root().join("android/confounder/src/test/kotlin"), &["kt"]);
    let classes = tests.iter().filter_map(|path| path.file_stem()?.to_str());
    let classes = classes.filter(|name| name.ends_with("Test") && name.contains(only));
    let classes = classes.map(|name| format!("dev.confounder.{name}"));
    let output = run(java.arg("org.junit.runner.JUnitCore").args(classes));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("OK ("), "{text}");
    text
}

/// What apps see of a jar, class by class; not what UniFFI needs for itself.
fn dump(jar: &Path) -> String {
    let list = run(Command::new("jar").arg("tf").arg(jar));
    let list = String::from_utf8(list.stdout).unwrap();
    let hidden = [
        "Uniffi",
        "FfiConverter",
        "RustBuffer",
        "ForeignBytes",
        "Disposable",
        "NoHandle",
        "InternalException",
    ];
    let mut classes: Vec<_> = list
        .lines()
        .filter_map(|entry| entry.strip_suffix(".class"))
        .collect();
    classes.retain(|class| !hidden.iter().any(|hidden| class.contains(hidden)));
    // Numbered classes are those of lambdas and coroutines.
    classes.retain(|class| {
        !class
            .rsplit('$')
            .next()
            .unwrap()
            .starts_with(|c: char| c.is_ascii_digit())
    });
    classes.sort_unstable();
    let text = run(Command::new("javap")
        .args(["-public", "-cp"])
        .arg(jar)
        .args(classes));
    let text = String::from_utf8(text.stdout).unwrap();
    let blocks = text
        .split("Compiled from ")
        .filter_map(|block| block.split_once('\n'));
    let seen = blocks
        .map(|(_, class)| class)
        .filter(|class| class.starts_with("public"));
    let internal = |line: &&str| {
        !hidden.iter().any(|hidden| line.contains(hidden)) && !line.contains("uniffi")
    };
    let lines = |class: &str| {
        class
            .lines()
            .filter(internal)
            .collect::<Vec<_>>()
            .join("\n")
    };
    seen.map(|class| lines(class) + "\n").collect()
}

fn surface(built: &Built) {
    let [bindings, main] = &built.main;
    common::tracked(&dump(bindings), "android/bindings/api/bindings.api");
    common::tracked(&dump(main), "android/confounder/api/confounder.api");
}

#[test]
fn the_tests_of_the_kotlin_library_pass() {
    let Some(kotlin) = Kotlin::find() else { return };
    let built = build(&kotlin);
    eprintln!("{}", junit(&kotlin, &built, &[], ""));

    // Once more with the JVM's own checks of native methods. JNA does not pass them; ours must.
    let checked = junit(&kotlin, &built, &["-Xcheck:jni"], "Bitmap");
    let mut lines = checked.lines().peekable();
    while let Some(line) = lines.next() {
        let ours = lines
            .peek()
            .is_some_and(|next| next.contains("dev.confounder.NativePixels"));
        assert!(!(line.contains("WARNING") && ours), "{checked}");
    }

    surface(&built);

    // What cannot run here at least compiles.
    let android = root().join("android");
    let [bindings, main] = &built.main;
    let out = scratch("kotlin");
    let camerax = out.join("camerax");
    std::fs::create_dir_all(&camerax).unwrap();
    let stand_ins = files(&android.join("camera/src/test/java"), &["java"]);
    run(Command::new("javac")
        .arg("-d")
        .arg(&camerax)
        .args(stand_ins));
    let camera = files(&android.join("camera/src/main/kotlin"), &["kt"]);
    let jars = [&*camerax, main, bindings, &kotlin.android];
    kotlin.compile(
        &camera,
        &jars,
        &["-Xexplicit-api=strict"],
        &out.join("camera.jar"),
    );
    let sample = files(&android.join("sample/src/main/kotlin"), &["kt"]);
    kotlin.compile(&sample, &jars[1..], &[], &out.join("sample.jar"));
}
