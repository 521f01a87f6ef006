//! `cargo run -p confounder-package -- COMMAND`: builds what app teams get.
//!
//! `android` needs an NDK and cargo-ndk, `apple` a Mac with Xcode; neither was run where the rest of the project is
//! tested. The other commands, and everything that these two do before and after the platform's tools, are tested.

mod aar;
mod android;
mod api;
mod apple;
mod breakdown;
mod cargo;
mod licences;
mod metadata;
mod sbom;
mod size;
mod web;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

/// Builds what app teams get.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Puts the native libraries, the Kotlin bindings, and the licences into android/. Needs an NDK and cargo-ndk.
    Android {
        #[command(flatten)]
        features: cargo::Features,
    },
    /// Makes the AAR, its sources and its POM in a folder that Maven and Gradle read, without Gradle. Needs kotlinc and a JDK.
    Aar {
        /// The folder with a folder for each ABI.
        #[arg(
            long,
            default_value = "android/confounder/build/generated/confounder/jniLibs"
        )]
        native: PathBuf,
        /// A library of this machine that describes the surface [default: it is built]
        #[arg(long)]
        library: Option<PathBuf>,
        /// The Maven folder.
        #[arg(long, default_value = "android/build/maven")]
        out: PathBuf,
        #[command(flatten)]
        features: cargo::Features,
    },
    /// Puts the Swift bindings and the headers into ios/ and makes the XCFramework. Needs Xcode.
    Apple {
        #[command(flatten)]
        features: cargo::Features,
    },
    /// Puts the npm package and the page into a folder and prints their sizes. Needs Rust's standard library for
    /// WebAssembly (`rustup target add wasm32-unknown-unknown`) and npm.
    Web {
        /// The folder [default: target/web-package]
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Compares the public surface of the Rust library with core/public-api.txt; fails where it differs.
    Api {
        /// Tracks the surface as it is now.
        #[arg(long)]
        bless: bool,
    },
    /// Compares a library's size with the tracked one; fails where it grew by more than 2 %.
    Size {
        /// A stripped library.
        library: PathBuf,
        /// What it is called in bindings/package/sizes.json.
        name: String,
        /// Tracks the new size, and says why it changed.
        #[arg(long)]
        why: Option<String>,
    },
    /// Prints what a library's bytes are: its sections, and its code by crate. It must have its symbols (`-- -C strip=none`).
    Breakdown {
        /// The library.
        library: PathBuf,
        /// How many crates are named.
        #[arg(long, default_value_t = 20)]
        rows: usize,
    },
    /// Writes the licences of everything in a library, and a bill of materials (CycloneDX), to a folder.
    Licences {
        /// The folder.
        out: PathBuf,
        /// The platform.
        #[arg(long, default_value = "aarch64-linux-android")]
        target: String,
        #[command(flatten)]
        features: cargo::Features,
    },
}

/// What goes wrong, in words.
type Result<T = ()> = std::result::Result<T, String>;

fn main() {
    if let Some(status) = api::stand_in() {
        std::process::exit(status);
    }
    let done = match Arguments::parse().command {
        Command::Android { features } => android::package(&features),
        Command::Aar {
            native,
            library,
            out,
            features,
        } => aar::package(&native, library, &out, &features),
        Command::Apple { features } => apple::package(&features),
        Command::Web { out } => {
            web::package(&out.unwrap_or_else(|| root().join("target/web-package")))
        }
        Command::Api { bless } => api::check(bless),
        Command::Size { library, name, why } => size::check(&library, &name, why.as_deref()),
        Command::Breakdown { library, rows } => breakdown::print(&library, rows),
        Command::Licences {
            out,
            target,
            features,
        } => licences::write(&out, &target, &features),
    };
    if let Err(error) = done {
        say(&format!("error: {error}"));
        std::process::exit(1);
    }
}

/// The root of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A line for whoever runs this.
fn say(line: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// What a command was called for.
fn print(text: &str) -> Result {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|e| format!("cannot write: {e}"))
}

/// What failed with which path.
fn at(what: &str, path: &Path) -> impl Fn(std::io::Error) -> String {
    let text = format!("cannot {what} {}", path.display());
    move |error| format!("{text}: {error}")
}

/// Copies one file into a folder, which is made if need be.
fn copy(from: &Path, folder: &Path) -> Result {
    let name = from
        .file_name()
        .ok_or_else(|| format!("{} is no file", from.display()))?;
    std::fs::create_dir_all(folder).map_err(at("make", folder))?;
    std::fs::copy(from, folder.join(name)).map_err(at("copy", from))?;
    Ok(())
}
