//! The public surface of the crate `confounder`, tracked so that a breaking change shows in review.
//!
//! It is read from rustdoc's JSON, which is not stable yet: rustdoc is started by way of this very program, which allows it
//! that. The crate `public-api` reads the JSON of Rust 1.95 and its neighbours; other toolchains are told so.

use std::path::{Path, PathBuf};
use std::process::Command;

use public_api::Builder;

use crate::{Result, at, cargo, root, say};

/// Set where this program stands in for rustdoc.
const STAND_IN: &str = "CONFOUNDER_STANDS_IN_FOR_RUSTDOC";

/// Runs rustdoc, if that is what this program was started for; its exit status then.
pub(crate) fn stand_in() -> Option<i32> {
    std::env::var_os(STAND_IN)?;
    let ended = Command::new("rustdoc")
        .args(std::env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    Some(ended.ok().and_then(|status| status.code()).unwrap_or(1))
}

/// Compares the surface with the tracked one, or, with `bless`, tracks it.
pub(crate) fn check(bless: bool) -> Result {
    let now = surface(&documented()?)?;
    let file = tracked();
    if bless {
        return std::fs::write(&file, now).map_err(at("write", &file));
    }
    let before = std::fs::read_to_string(&file).map_err(at("read", &file))?;
    let changes = difference(&before, &now);
    if changes.is_empty() {
        say("the public surface is the tracked one");
        return Ok(());
    }
    Err(format!(
        "the public surface is not that of {}; --bless tracks it:\n{}",
        file.display(),
        changes.join("\n")
    ))
}

fn tracked() -> PathBuf {
    root().join("core/public-api.txt")
}

/// The crate's documentation as JSON, with the features of the whole workspace.
fn documented() -> Result<PathBuf> {
    let this = std::env::current_exe().map_err(|e| format!("cannot find this program: {e}"))?;
    cargo::run(
        Command::new("cargo")
            .args(["doc", "--workspace", "--no-deps"])
            .env("RUSTDOC", this)
            .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json")
            .env(STAND_IN, "1"),
    )?;
    Ok(cargo::target().join("doc/confounder.json"))
}

/// One line for each public item, sorted.
fn surface(json: &Path) -> Result<String> {
    let items = Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|e| {
            format!(
                "{}: {e}; Rust 1.95 writes what is understood",
                json.display()
            )
        })?;
    Ok(items.items().map(|item| format!("{item}\n")).collect())
}

/// The lines that went and that came.
fn difference(before: &str, now: &str) -> Vec<String> {
    let missing = |from: &str, of: &str, sign: char| -> Vec<String> {
        let there: std::collections::HashSet<&str> = of.lines().collect();
        from.lines()
            .filter(|line| !there.contains(line))
            .map(|line| format!("{sign} {line}"))
            .collect()
    };
    [missing(before, now, '-'), missing(now, before, '+')].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_and_came_is_named() {
        let changes = difference("pub fn a()\npub fn b()\n", "pub fn b()\npub fn c()\n");
        assert_eq!(changes, ["- pub fn a()", "+ pub fn c()"]);
        assert!(difference("pub fn a()\n", "pub fn a()\n").is_empty());
    }

    #[test]
    fn a_file_that_is_no_documentation_is_named() {
        let nothing = surface(Path::new("/nowhere/confounder.json"));
        assert!(nothing.is_err_and(|text| text.contains("/nowhere/confounder.json")));
    }
}
