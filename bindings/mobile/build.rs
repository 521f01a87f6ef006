//! How the shared library for Android is linked: no other build needs to know.
#![allow(clippy::print_stdout)] // How cargo is spoken to.

/// Flags of the NDK's linker, lld.
const ANDROID: [&str; 3] = [
    // Newer phones have pages of 16 KiB.
    "-Wl,-z,max-page-size=16384",
    // Android's own packed form of relocations, read since 6.0: a tenth of the size.
    "-Wl,--pack-dyn-relocs=android",
    // Functions of the same machine code become one; Rust promises no function an address of its own.
    "-Wl,--icf=all",
];

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "android") {
        for flag in ANDROID {
            println!("cargo:rustc-cdylib-link-arg={flag}");
        }
    }
}
