//! The page: its sources, the package, the archive library, and the same in one file for a disk.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::{MODULE, files};
use crate::cargo::run;
use crate::{Result, copy};

/// What the first screen says.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Facts {
    does: Vec<String>,
    does_not: Vec<String>,
}

/// Writes the page to `out`.
pub(super) fn write(source: &Path, tools: &Path, npm: &Path, out: &Path) -> Result {
    for path in files::of(&source.join("page"))? {
        let name = path.file_name().unwrap_or_default();
        if name != "standalone.js" && name != "facts.json" {
            copy(&path, out)?;
        }
    }
    for path in files::of(npm)? {
        let wanted = path.extension().is_some_and(|e| e == "js" || e == "wasm");
        if wanted {
            copy(&path, &out.join("confounder"))?;
        }
    }
    let zip = tools.join("client-zip");
    copy(&zip.join("index.js"), &out.join("vendor"))?;
    std::fs::rename(
        out.join("vendor/index.js"),
        out.join("vendor/client-zip.js"),
    )
    .map_err(crate::at("rename", &out.join("vendor/index.js")))?;
    let licences = format!(
        "The page contains client-zip:\n\n{}\n{}",
        files::read(&zip.join("LICENSE.txt"))?,
        files::read(&npm.join("THIRD-PARTY-LICENCES.txt"))?
    );
    files::write(&out.join("licences.txt"), licences)?;
    let facts = files::read(&source.join("page/facts.json"))?;
    let facts: Facts = serde_json::from_str(&facts).map_err(|e| format!("facts.json: {e}"))?;
    files::edit(&out.join("index.html"), |text| {
        Ok(text
            .replace("{{does}}", &list(&facts.does))
            .replace("{{doesNot}}", &list(&facts.does_not))
            .replace("{{version}}", env!("CARGO_PKG_VERSION")))
    })?;
    service_worker(out)?;
    standalone(source, tools, npm, out)
}

/// Sentences as items of a list; `**bold**` is kept.
fn list(sentences: &[String]) -> String {
    let item = |sentence: &String| {
        let plain = sentence.replace('&', "&amp;").replace('<', "&lt;");
        // A number and its unit stay on one line.
        let plain = plain.replace(" %", "&nbsp;%").replace(" dB", "&nbsp;dB");
        let parts = plain.split("**").enumerate();
        let text: String = parts
            .map(|(i, part)| match i % 2 {
                0 => part.to_owned(),
                _ => format!("<strong>{part}</strong>"),
            })
            .collect();
        format!("<li>{text}</li>")
    };
    sentences.iter().map(item).collect()
}

/// Names all that the page needs, so that it works offline, and a version that changes with any of it.
fn service_worker(out: &Path) -> Result {
    let mut names = vec!["./".to_owned()];
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for (name, path) in files::below(out)? {
        if name == "service-worker.js" {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(crate::at("read", &path))?;
        // FNV-1a: it only has to differ from that of the version before.
        for byte in name.bytes().chain(bytes) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        names.push(name);
    }
    let names = serde_json::to_string(&names).map_err(|e| e.to_string())?;
    files::edit(&out.join("service-worker.js"), |text| {
        Ok(text
            .replace(
                "{{version}}",
                &format!("{}-{hash:016x}", env!("CARGO_PKG_VERSION")),
            )
            .replace("{{files}}", &names))
    })
}

/// The page in one file, which browsers open from a disk: scripts bundled by esbuild, the module compressed.
fn standalone(source: &Path, tools: &Path, npm: &Path, out: &Path) -> Result {
    run(Command::new("node")
        .arg(source.join("standalone.mjs"))
        .args([source, tools, npm, out, Path::new(MODULE)]))
}
