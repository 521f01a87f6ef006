//! The licences of what is linked in.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use crate::cargo::Features;
use crate::metadata::{Package, packages};
use crate::{Result, at, sbom};

/// Writes `THIRD-PARTY-LICENCES.txt` and `sbom.cdx.json`.
pub(crate) fn write(out: &Path, target: &str, features: &Features) -> Result {
    write_for(out, "confounder-mobile", target, &features.arguments())
}

/// The same for another library than that of phones.
pub(crate) fn write_for(out: &Path, library: &str, target: &str, features: &[String]) -> Result {
    let packages = packages(library, target, features)?;
    std::fs::create_dir_all(out).map_err(at("make", out))?;
    let notices = out.join("THIRD-PARTY-LICENCES.txt");
    std::fs::write(&notices, text(&packages)?).map_err(at("write", &notices))?;
    let bill = out.join("sbom.cdx.json");
    std::fs::write(&bill, sbom::write(&packages)?).map_err(at("write", &bill))
}

/// Every text once, under the names of the crates that it is of.
fn text(packages: &[Package]) -> Result<String> {
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut list = String::from("This library contains the following crates.\n\n");
    for package in packages.iter().filter(|package| package.source.is_some()) {
        let licence = package.license.as_deref().unwrap_or("see below");
        let title = format!("{} {}", package.name, package.version);
        // Writing to a string cannot fail.
        let source = package.repository.as_deref().unwrap_or("on crates.io");
        let _ = writeln!(list, "{title}: {licence}, {source}");
        let found = files(package)?;
        if found.is_empty() && package.license.is_none() {
            return Err(format!("{title} names no licence and has no file of one"));
        }
        for text in found {
            texts.entry(text).or_default().push(title.clone());
        }
    }
    for (text, titles) in texts {
        let _ = write!(
            list,
            "\n{}\n{}\n\n{}\n",
            "=".repeat(78),
            titles.join(", "),
            text.trim()
        );
    }
    Ok(list)
}

/// The licence files of a crate: those whose names say so.
fn files(package: &Package) -> Result<Vec<String>> {
    let Some(folder) = package.manifest_path.parent() else {
        return Ok(Vec::new());
    };
    let says = |name: &str| {
        let name = name.to_ascii_lowercase();
        [
            "license",
            "licence",
            "copying",
            "notice",
            "copyright",
            "unlicense",
        ]
        .iter()
        .any(|start| name.starts_with(start))
    };
    let mut paths: Vec<_> = package
        .license_file
        .iter()
        .map(|file| folder.join(file))
        .collect();
    for entry in folder.read_dir().map_err(at("list", folder))? {
        let entry = entry.map_err(at("list", folder))?;
        if says(&entry.file_name().to_string_lossy()) && entry.path().is_file() {
            paths.push(entry.path());
        }
    }
    paths.sort();
    paths.dedup();
    paths
        .iter()
        .map(|path| std::fs::read_to_string(path).map_err(at("read", path)))
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_files_name_what_is_linked_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let features = Features {
            codecs: false,
            gpu: false,
        };
        write(folder.path(), "aarch64-linux-android", &features).unwrap();
        let notices =
            std::fs::read_to_string(folder.path().join("THIRD-PARTY-LICENCES.txt")).unwrap();
        let bill = std::fs::read_to_string(folder.path().join("sbom.cdx.json")).unwrap();
        let bill: serde_json::Value = serde_json::from_str(&bill).unwrap();
        let names: Vec<_> = bill["components"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| c["name"].as_str().unwrap())
            .collect();
        for name in ["tract-core", "uniffi_core", "jni", "rayon"] {
            assert!(
                names.contains(&name) && notices.contains(&format!("\n{name} ")),
                "{name}"
            );
        }
        for name in ["criterion", "clap", "image", "wgpu", "uniffi_macros"] {
            assert!(
                !names.contains(&name),
                "{name} is not linked into this library"
            );
        }
        assert!(notices.contains("Apache License") && notices.contains("MPL-2.0, https://"));
    }
}
