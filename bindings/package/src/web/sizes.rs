//! What a visitor loads.

use std::path::Path;
use std::process::Command;

use super::{MODULE, files};
use crate::{Result, root};

/// Compresses as servers do, and says so: paths in, a line of `plain gzip brotli` for each out.
const COMPRESS: &str = "
const { readFileSync } = require('fs');
const { brotliCompressSync, gzipSync, constants } = require('zlib');
for (const path of process.argv.slice(1)) {
  const bytes = readFileSync(path);
  const params = { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length, [constants.BROTLI_PARAM_LGWIN]: 24 };
  console.log(bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes, { params }).length);
}";

/// Sizes of a file or of several together: plain, by gzip, by brotli.
pub(super) type Sizes = [u64; 3];

/// Prints the sizes of the module, of the generator inside it, and of the rest.
pub(super) fn print(npm: &Path, page: &Path) -> Result {
    let module = of(&[&npm.join(MODULE)])?;
    let generator = of(&[&root().join("core/models/generator.onnx")])?;
    let code = [0, 1, 2].map(|i| module[i].saturating_sub(generator[i]));
    let loaded: Vec<_> = files::below(page)?
        .into_iter()
        .filter(|(name, _)| name != "standalone.html" && !name.ends_with(".txt"))
        .map(|(_, path)| path)
        .collect();
    let loaded = of(&loaded.iter().map(|path| &**path).collect::<Vec<_>>())?;
    let mut text = format!(
        "{:<34}{:>12}{:>12}{:>12}\n",
        "bytes", "plain", "gzip", "brotli"
    );
    for (name, [plain, gzip, brotli]) in [
        ("module", module),
        ("  the generator in it", generator),
        ("  its code", code),
        ("all that the page loads", loaded),
    ] {
        text += &format!("{name:<34}{plain:>12}{gzip:>12}{brotli:>12}\n");
    }
    crate::print(&text)
}

/// Sizes of files, each compressed by itself.
fn of(paths: &[&Path]) -> Result<Sizes> {
    let output = Command::new("node")
        .args(["-e", COMPRESS, "--"])
        .args(paths)
        .output()
        .map_err(|e| format!("cannot start node: {e}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let mut sum = [0; 3];
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        for (to, number) in sum.iter_mut().zip(line.split(' ')) {
            *to += number.parse::<u64>().map_err(|e| format!("{line}: {e}"))?;
        }
    }
    Ok(sum)
}
