//! What UniFFI's Swift says of errors is for developers; this makes it what people read.

use std::path::Path;

use camino::Utf8Path;

use crate::kotlin;

const FILE: &str = "ConfounderBindings.swift";

/// As UniFFI writes it: the value as Swift's debugger shows it.
const FOR_DEVELOPERS: &str = "String(reflecting: self)";

/// Puts the reason into `errorDescription`.
pub(super) fn messages_for_people(library: &Utf8Path, out: &Path) -> Result<(), String> {
    let file = out.join(FILE);
    let text = std::fs::read_to_string(&file)
        .map_err(|e| format!("cannot read {}: {e}", file.display()))?;
    if !text.contains(FOR_DEVELOPERS) {
        return Err(format!(
            "{FILE} describes no error; see bindgen/src/swift.rs"
        ));
    }
    let cases: Vec<_> = kotlin::errors(library)?
        .iter()
        .map(|case| format!("let .{case}(reason)"))
        .collect();
    let people = format!(
        "switch self {{\n        case {}: reason\n        }}",
        cases.join(", ")
    );
    std::fs::write(&file, text.replacen(FOR_DEVELOPERS, &people, 1))
        .map_err(|e| format!("cannot write {}: {e}", file.display()))
}
