//! What is linked into a library, as cargo tells it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::{Result, root};

/// One crate that is part of the library.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) license: Option<String>,
    pub(crate) license_file: Option<PathBuf>,
    pub(crate) repository: Option<String>,
    pub(crate) source: Option<String>,
    pub(crate) manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// The crates in the library for one platform, by name and version: those that it depends on, directly or not, but for
/// testing and those that run at build time.
pub(crate) fn packages(library: &str, target: &str, features: &[String]) -> Result<Vec<Package>> {
    // `cargo tree` knows which features this one library has; `cargo metadata`, of the whole workspace, knows licences.
    let tree = cargo(
        Command::new("cargo")
            .args(["tree", "--locked", "-p", library, "--target", target])
            .args([
                "-e",
                "normal,no-proc-macro",
                "--prefix",
                "none",
                "--format",
                "{p}",
            ])
            .args(features),
    )?;
    let linked: BTreeSet<_> = tree
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?, words.next()?.strip_prefix('v')?))
        })
        .collect();
    let metadata =
        cargo(Command::new("cargo").args(["metadata", "--format-version", "1", "--locked"]))?;
    let metadata: Metadata =
        serde_json::from_str(&metadata).map_err(|e| format!("cargo metadata: {e}"))?;
    let mut packages = metadata.packages;
    packages.retain(|package| linked.contains(&(&*package.name, &*package.version)));
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(packages)
}

/// What a command of cargo says.
fn cargo(command: &mut Command) -> Result<String> {
    let output = command
        .current_dir(root())
        .output()
        .map_err(|e| format!("cannot start cargo: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    String::from_utf8(output.stdout).map_err(|e| format!("{command:?}: {e}"))
}
