//! The Swift package: built in language mode 6, its tests run against this very library, and the files that need Apple's
//! modules type-checked against stand-ins.
#![cfg(all(target_os = "linux", feature = "codecs", feature = "bundled-generator"))]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;
#[path = "common/toolchains.rs"]
mod toolchains;

use std::path::{Path, PathBuf};

use common::{bindings, files, library, root, run, scratch};
use confounder_bindgen::Language;
use toolchains::Swift;

/// A copy of the package with what the packaging command would put there.
fn package() -> PathBuf {
    let (package, ios) = (scratch("swift").join("ios"), root().join("ios"));
    for file in files(&ios, &["swift", "modulemap", "xcprivacy"]) {
        let within = file.strip_prefix(&ios).unwrap();
        if !within.starts_with(".build") {
            copy(&file, &package.join(within));
        }
    }
    let out = scratch("swift").join("bindings");
    bindings(Language::Swift, &out);
    let ffi = package.join("Sources/ConfounderFFI");
    copy(&out.join("ConfounderFFI.h"), &ffi.join("ConfounderFFI.h"));
    let header = root().join("bindings/mobile/include/confounder_pixels.h");
    copy(&header, &ffi.join("confounder_pixels.h"));
    let swift = "ConfounderBindings.swift";
    copy(
        &out.join(swift),
        &package.join("Sources/ConfounderBindings").join(swift),
    );
    package
}

/// Only where it differs, so that what was built of it stays good.
fn copy(from: &Path, to: &Path) {
    let bytes = std::fs::read(from).unwrap();
    if std::fs::read(to).is_ok_and(|old| old == bytes) {
        return;
    }
    std::fs::create_dir_all(to.parent().unwrap()).unwrap();
    std::fs::write(to, bytes).unwrap();
}

#[test]
fn the_tests_of_the_swift_package_pass() {
    let Some(swift) = Swift::find() else { return };
    let package = package();
    let libraries = library().parent().unwrap().to_owned();
    let link = format!("-L{}", libraries.display());
    let mut tests = swift.command(
        &package,
        &[&libraries, &root()],
        &[
            ("LD_LIBRARY_PATH", libraries.to_str().unwrap()),
            ("CONFOUNDER_ROOT", root().to_str().unwrap()),
        ],
    );
    tests.args(["swift", "test", "--disable-sandbox", "-Xlinker", &link]);
    let output = run(&mut tests);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    eprintln!("{text}");
    assert!(!text.contains("warning:"), "{text}");

    apple_files(&swift, &package);
}

/// Type-checks the whole module, Apple-only files included, and parses the examples.
fn apple_files(swift: &Swift, package: &Path) {
    let modules = scratch("swift").join("stubs");
    std::fs::create_dir_all(&modules).unwrap();
    let (stubs, search) = (
        package.join("Tests/ConfounderTests/Stubs"),
        format!("-I{}", modules.display()),
    );
    let command = || {
        let mut command = swift.command(package, &[&modules], &[]);
        command.args([
            "swiftc",
            "-swift-version",
            "6",
            "-parse-as-library",
            &search,
        ]);
        command
    };
    for name in [
        "CoreGraphics",
        "CoreVideo",
        "UniformTypeIdentifiers",
        "ImageIO",
    ] {
        let out = modules.join(format!("{name}.swiftmodule"));
        let source = stubs.join(format!("{name}.swift"));
        run(command()
            .args(["-emit-module", "-module-name", name, "-o"])
            .arg(out)
            .arg(source));
    }
    let built = format!("-I{}", package.join(".build/debug/Modules").display());
    let ffi = package.join("Sources/ConfounderFFI/module.modulemap");
    let ffi = format!("-fmodule-map-file={}", ffi.display());
    let sources = files(&package.join("Sources/Confounder"), &["swift"]);
    let mut check = command();
    check
        .args([
            "-typecheck",
            "-module-name",
            "Confounder",
            &built,
            "-Xcc",
            &ffi,
        ])
        .args(sources);
    let interface = modules.join("Confounder.swiftinterface");
    check
        .args([
            "-enable-library-evolution",
            "-no-verify-emitted-module-interface",
        ])
        .arg("-emit-module-interface-path")
        .arg(&interface);
    run(&mut check);
    let dump = std::fs::read_to_string(interface).unwrap();
    // Without what names the compiler and its options.
    let dump = dump.lines().filter(|line| !line.starts_with("// swift-"));
    common::tracked(
        &(dump.collect::<Vec<_>>().join("\n") + "\n"),
        "ios/api/Confounder.swiftinterface",
    );
    run(command()
        .arg("-parse")
        .args(files(&package.join("Examples"), &["swift"])));
}
