//! What a library's bytes are: its sections, and its code by crate.

use std::collections::BTreeMap;
use std::path::Path;

use object::{Object, ObjectSection, ObjectSymbol, SectionKind};

use crate::{Result, at};

/// Rust's own crates, which are instantiated for others: their code counts for the first other crate in its name, or for `std`.
const RUST: [&str; 3] = ["alloc", "core", "std"];

/// Names for code that no crate is in the name of.
const NAMELESS: &str = "(no crate in its name)";

/// Prints how large a library's sections are, and how much of its code each crate has.
pub(crate) fn print(library: &Path, rows: usize) -> Result {
    let bytes = std::fs::read(library).map_err(at("read", library))?;
    let text = of(&bytes, rows).map_err(|why| format!("{}: {why}", library.display()))?;
    crate::print(&text)
}

fn of(bytes: &[u8], rows: usize) -> Result<String> {
    let file = object::File::parse(bytes).map_err(|e| format!("no library: {e}"))?;
    let mut sections: Vec<(&str, u64)> = file
        .sections()
        .filter_map(|section| {
            let (_, stored) = section.file_range()?;
            Some((section.name().ok()?, stored))
        })
        .collect();
    let crates = code_by_crate(&file)?;
    let code: u64 = crates.iter().map(|(_, size)| size).sum();
    let mut text = format!("{} bytes\n\n", bytes.len());
    sections.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    for (name, size) in sections.iter().filter(|(_, size)| *size >= 1 << 10) {
        text += &line(name, *size, bytes.len() as u64);
    }
    text += &format!("\ncode by crate, {code} bytes\n");
    for (name, size) in crates.iter().take(rows) {
        text += &line(name, *size, code);
    }
    if let Some(rest) = crates.get(rows..).filter(|rest| !rest.is_empty()) {
        let size = rest.iter().map(|(_, size)| size).sum();
        text += &line(&format!("{} more", rest.len()), size, code);
    }
    Ok(text)
}

fn line(name: &str, size: u64, whole: u64) -> String {
    let share = 100.0 * size as f64 / whole.max(1) as f64;
    format!("{size:>10} {share:>5.1} %  {name}\n")
}

/// Bytes of code of each crate, most first.
fn code_by_crate(file: &object::File<'_>) -> Result<Vec<(String, u64)>> {
    let mut sizes = BTreeMap::<u64, (u64, String)>::new();
    for symbol in file.symbols() {
        let section = symbol
            .section_index()
            .and_then(|i| file.section_by_index(i).ok());
        let in_code = section.is_some_and(|section| section.kind() == SectionKind::Text);
        if let (true, Ok(name)) = (in_code && symbol.size() > 0, symbol.name()) {
            // Functions of the same code are one: they have one address.
            sizes.insert(symbol.address(), (symbol.size(), owner(name)));
        }
    }
    if sizes.is_empty() {
        return Err(
            "it has no symbols with sizes; build it for ELF with `-- -C strip=none`".into(),
        );
    }
    let mut crates = BTreeMap::<String, u64>::new();
    for (size, owner) in sizes.into_values() {
        *crates.entry(owner).or_default() += size;
    }
    let mut crates: Vec<(String, u64)> = crates.into_iter().collect();
    crates.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(crates)
}

/// The crate that a function's code is of: the first in its name that is not Rust's own.
fn owner(symbol: &str) -> String {
    let name = format!("{:#}", rustc_demangle::demangle(symbol));
    let mut known = false;
    let mut parts = name.split("::").peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            break;
        }
        let start = part.rfind(|c: char| !c.is_alphanumeric() && c != '_');
        let start = start.map_or(0, |i| {
            i + part[i..].chars().next().map_or(1, char::len_utf8)
        });
        // What follows a path's first part is a module or a type, never a crate.
        if start == 0 && known {
            continue;
        }
        let name = &part[start..];
        if name.is_empty() || name.starts_with(|c: char| c.is_uppercase() || c.is_numeric()) {
            continue;
        }
        if !RUST.contains(&name) {
            return name.to_owned();
        }
        known = true;
    }
    if known { "std" } else { NAMELESS }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_counts_for_the_first_crate_that_is_not_rusts_own() {
        for (symbol, crate_name) in [
            ("tract_core::ops::cnn::Conv::eval", "tract_core"),
            ("<naga::Module as core::fmt::Debug>::fmt", "naga"),
            ("core::ptr::drop_in_place<wgpu_core::Device>", "wgpu_core"),
            ("<alloc::vec::Vec<T,A> as core::clone::Clone>::clone", "std"),
            ("<&T as core::fmt::Debug>::fmt", "std"),
            ("core::slice::sort::quicksort", "std"),
            ("memcpy", NAMELESS),
            ("_ZN10tract_core3ops4eval17h0123456789abcdefE", "tract_core"),
        ] {
            assert_eq!(owner(symbol), crate_name, "{symbol}");
        }
    }

    #[test]
    fn what_is_no_library_is_refused() {
        assert!(of(b"text", 3).is_err_and(|why| why.contains("no library")));
    }
}
