//! The npm package and the page, each in a folder that is ready to be published or served.

mod files;
mod page;
mod sizes;

use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_bindgen_cli_support::Bindgen;

use crate::cargo::{run, target};
use crate::{Result, at, copy, licences, root};

const TARGET: &str = "wasm32-unknown-unknown";

/// The module's name in the package.
const MODULE: &str = "confounder_web_bg.wasm";

/// Writes `OUT/npm` and `OUT/page`, and says how large they are. Needs Rust's standard library for WebAssembly and npm.
pub(crate) fn package(out: &Path) -> Result {
    let source = root().join("bindings/web");
    let tools = tools(&source)?;
    let (npm, page) = (out.join("npm"), out.join("page"));
    for folder in [&npm, &page] {
        files::empty(folder)?;
    }
    bind(&module()?, &npm)?;
    for entry in files::of(&source.join("package"))? {
        copy(&entry, &npm)?;
    }
    files::edit(&npm.join("package.json"), |text| {
        Ok(text.replace("0.0.0", env!("CARGO_PKG_VERSION")))
    })?;
    for name in ["LICENSE-APACHE", "LICENSE-MIT", "bindings/web/README.md"] {
        copy(&root().join(name), &npm)?;
    }
    licences::write_for(&npm, "confounder-web", TARGET, &[])?;
    page::write(&source, &tools, &npm, &page)?;
    sizes::print(&npm, &page)
}

/// Installs what `bindings/web/package-lock.json` names. Its folder.
fn tools(source: &Path) -> Result<PathBuf> {
    let tools = source.join("node_modules");
    let lock = source.join("package-lock.json");
    let modified = |path: &Path| path.metadata().and_then(|data| data.modified());
    let installed = modified(&tools.join(".package-lock.json"));
    let locked = modified(&lock).map_err(at("read", &lock))?;
    if installed.map_or(true, |installed| installed < locked) {
        run(Command::new("npm").arg("ci").current_dir(source))?;
    }
    Ok(tools)
}

/// Compiles the library. The module, before its JavaScript is written.
fn module() -> Result<PathBuf> {
    run(Command::new("cargo").args([
        "rustc",
        "--locked",
        "-p",
        "confounder-web",
        "--lib",
        "--crate-type",
        "cdylib",
        "--profile",
        "web",
        "--target",
        TARGET,
    ]))
    .map_err(|e| format!("{e}; it needs the standard library: rustup target add {TARGET}"))?;
    Ok(target().join(TARGET).join("web/confounder_web.wasm"))
}

/// Writes the module as browsers load it, and the JavaScript that calls it. No `wasm-opt` after it: that of Debian 12 (Binaryen 108)
/// writes a table of references that no browser takes, and would save 5 % for minutes of work.
fn bind(module: &Path, out: &Path) -> Result {
    let written = Bindgen::new()
        .input_path(module)
        .web(true)
        .and_then(|bindgen| {
            bindgen
                .typescript(false)
                .omit_default_module_path(true)
                .remove_producers_section(true)
                .generate(out)
        });
    written.map_err(|e| format!("wasm-bindgen: {e}"))
}
