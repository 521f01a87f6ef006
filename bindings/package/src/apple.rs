//! The Swift bindings and the XCFramework.

use std::path::{Path, PathBuf};
use std::process::Command;

use confounder_bindgen::Language;

use crate::cargo::{Features, host_library, run, target};
use crate::{Result, at, copy, licences, root, say};

/// Every slice of the XCFramework: its name, and the targets that are joined into one library.
const SLICES: [(&str, &[&str]); 3] = [
    ("ios", &["aarch64-apple-ios"]),
    ("simulator", &["aarch64-apple-ios-sim", "x86_64-apple-ios"]),
    ("macos", &["aarch64-apple-darwin", "x86_64-apple-darwin"]),
];

const LIBRARY: &str = "libconfounder_mobile.a";

pub(crate) fn package(features: &Features) -> Result {
    let out = root().join("ios/.build/package");
    let headers = sources(&host_library()?, &out)?;
    let mut create = Command::new("xcodebuild");
    create.arg("-create-xcframework");
    for (slice, targets) in SLICES {
        create
            .arg("-library")
            .arg(join(slice, targets, features, &out)?);
        create.arg("-headers").arg(&headers);
    }
    let framework = out.join("ConfounderFFI.xcframework");
    if framework.exists() {
        std::fs::remove_dir_all(&framework).map_err(at("remove", &framework))?;
    }
    run(create.arg("-output").arg(&framework))?;
    licences::write(&out.join("licences"), "aarch64-apple-ios", features)?;
    run(Command::new("ditto")
        .args(["-c", "-k", "--keepParent"])
        .arg(&framework)
        .arg(out.join("ConfounderFFI.zip")))?;
    say(
        "the checksum for Package.swift: swift package compute-checksum ios/.build/package/ConfounderFFI.zip",
    );
    Ok(())
}

/// Writes the bindings into the package, and the headers into a folder of their own within the one that is returned: two
/// frameworks of one app must not both have a module map at the top.
pub(crate) fn sources(library: &Path, out: &Path) -> Result<PathBuf> {
    let (generated, ios) = (out.join("bindings"), root().join("ios"));
    confounder_bindgen::generate(library, Language::Swift, &generated)?;
    let ffi = ios.join("Sources/ConfounderFFI");
    copy(
        &generated.join("ConfounderBindings.swift"),
        &ios.join("Sources/ConfounderBindings"),
    )?;
    let headers = out.join("Headers");
    let pixels = root().join("bindings/mobile/include/confounder_pixels.h");
    for header in [&generated.join("ConfounderFFI.h"), &pixels] {
        copy(header, &ffi)?;
        copy(header, &headers.join("ConfounderFFI"))?;
    }
    let map = std::fs::read_to_string(ffi.join("module.modulemap")).map_err(at("read", &ffi))?;
    // The framework brings the library; the linker need not look for one.
    let map: String = map
        .lines()
        .filter(|line| !line.trim().starts_with("link "))
        .flat_map(|l| [l, "\n"])
        .collect();
    let to = headers.join("ConfounderFFI/module.modulemap");
    std::fs::write(&to, map).map_err(at("write", &to))?;
    Ok(headers)
}

/// Builds a slice.
fn join(slice: &str, targets: &[&str], features: &Features, out: &Path) -> Result<PathBuf> {
    let mut built = Vec::new();
    for triple in targets {
        let mut build = Command::new("cargo");
        build
            .env("IPHONEOS_DEPLOYMENT_TARGET", "15.0")
            .env("MACOSX_DEPLOYMENT_TARGET", "12.0");
        build.args([
            "rustc",
            "--lib",
            "--crate-type",
            "staticlib",
            "--profile",
            "mobile",
            "--target",
            triple,
        ]);
        run(build
            .args(["-p", "confounder-mobile"])
            .args(features.arguments()))?;
        built.push(target().join(triple).join("mobile").join(LIBRARY));
    }
    let folder = out.join(slice);
    std::fs::create_dir_all(&folder).map_err(at("make", &folder))?;
    let library = folder.join(LIBRARY);
    run(Command::new("lipo")
        .arg("-create")
        .args(built)
        .arg("-output")
        .arg(&library))?;
    Ok(library)
}
