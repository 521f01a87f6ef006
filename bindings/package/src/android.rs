//! The native part of the AAR, its Kotlin bindings, and its licences. Gradle does the rest.

use std::process::Command;

use confounder_bindgen::Language;

use crate::cargo::{Features, host_library, run};
use crate::{Result, licences, root, size};

/// Name of each ABI for Android, and its target for Rust.
const ABIS: [(&str, &str); 2] = [
    ("arm64-v8a", "aarch64-linux-android"),
    ("x86_64", "x86_64-linux-android"),
];

/// The oldest Android that the library runs on: 8.0.
const API: &str = "26";

pub(crate) fn package(features: &Features) -> Result {
    let generated = root().join("android/confounder/build/generated/confounder");
    confounder_bindgen::generate(
        &host_library()?,
        Language::Kotlin,
        &generated.join("kotlin"),
    )?;
    let libraries = generated.join("jniLibs");
    for (abi, target) in ABIS {
        let mut ndk = Command::new("cargo");
        ndk.args(["ndk", "-t", abi, "-P", API, "-o"])
            .arg(&libraries);
        // One kind of library alone, or cargo would not optimise across crates.
        ndk.args(["rustc", "--lib", "--crate-type", "cdylib"]);
        ndk.args(["--profile", "mobile", "-p", "confounder-mobile"]);
        run(ndk.args(features.arguments()))?;
        licences::write(&generated.join("licences").join(abi), target, features)?;
    }
    let name = format!("aarch64-linux-android{}", size::suffix(features));
    size::check(
        &libraries.join("arm64-v8a/libconfounder_mobile.so"),
        &name,
        None,
    )
}
