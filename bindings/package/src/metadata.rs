//! What is linked into a library, as cargo tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;

use serde::Deserialize;

use crate::cargo::Features;
use crate::{Result, root};

/// One crate that is part of the library.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Package {
    id: String,
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
    resolve: Resolve,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// None for what is linked, else `dev` or `build`.
    kind: Option<String>,
}

/// The crates in the library for one platform, by name and version: those that it depends on, directly or not, but for
/// building and testing. Crates that only make code at build time may be among them.
pub(crate) fn packages(target: &str, features: &Features) -> Result<Vec<Package>> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root().join("bindings/mobile")).args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
    ]);
    cargo
        .args(["--filter-platform", target])
        .args(features.arguments());
    let output = cargo
        .output()
        .map_err(|e| format!("cannot start cargo: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).map_err(|e| format!("cargo metadata: {e}"))?;
    let nodes: BTreeMap<_, _> = metadata
        .resolve
        .nodes
        .iter()
        .map(|node| (&node.id, node))
        .collect();
    let start = metadata
        .packages
        .iter()
        .find(|package| package.name == "confounder-mobile");
    let mut waiting: Vec<_> = start.map(|package| &package.id).into_iter().collect();
    let mut linked = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if !linked.insert(id) {
            continue;
        }
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let kept = dependencies
            .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind.is_none()));
        waiting.extend(kept.map(|dependency| &dependency.pkg));
    }
    let mut packages = metadata.packages.clone();
    packages.retain(|package| linked.contains(&package.id));
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    Ok(packages)
}
