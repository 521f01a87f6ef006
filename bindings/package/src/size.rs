//! Sizes of libraries, tracked so that growth shows in review.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cargo::Features;
use crate::{Result, at, say};

/// How much a library may grow without a word, in percent.
const GROWTH: u64 = 2;

/// One tracked library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    bytes: u64,
    /// Why it is not what it was before.
    why: String,
}

type Sizes = BTreeMap<String, Entry>;

pub(crate) fn check(library: &Path, name: &str, why: Option<&str>) -> Result {
    let file = tracked();
    let bytes = std::fs::metadata(library)
        .map_err(at("read", library))?
        .len();
    let text = std::fs::read_to_string(&file).map_err(at("read", &file))?;
    let mut sizes: Sizes = serde_json::from_str(&text).map_err(|e| format!("sizes.json: {e}"))?;
    if let Some(why) = why {
        sizes.insert(
            name.into(),
            Entry {
                bytes,
                why: why.into(),
            },
        );
        let text = serde_json::to_string_pretty(&sizes).map_err(|e| e.to_string())?;
        return std::fs::write(&file, text + "\n").map_err(at("write", &file));
    }
    say(&compare(&sizes, name, bytes)?);
    Ok(())
}

/// A line on the change; an error where it is growth without a reason.
fn compare(sizes: &Sizes, name: &str, bytes: u64) -> Result<String> {
    let Some(entry) = sizes.get(name) else {
        return Err(format!(
            "{name} has no size yet: it is {bytes} bytes; track it with --why"
        ));
    };
    let growth = bytes as f64 / entry.bytes as f64 - 1.0;
    let line = format!("{name}: {bytes} bytes, {:+.1} %", 100.0 * growth);
    if bytes * 100 > entry.bytes * (100 + GROWTH) {
        return Err(format!(
            "{line} against {} tracked; say why with --why",
            entry.bytes
        ));
    }
    Ok(line)
}

/// What the name of a library with these features ends in.
pub(crate) fn suffix(features: &Features) -> String {
    let (codecs, gpu) = (features.codecs, features.gpu);
    [(codecs, "+codecs"), (gpu, "+gpu")]
        .into_iter()
        .filter(|(on, _)| *on)
        .map(|(_, name)| name)
        .collect()
}

fn tracked() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sizes.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_needs_a_reason() {
        let entry = Entry {
            bytes: 1_000_000,
            why: "first".into(),
        };
        let sizes = Sizes::from([("a".into(), entry)]);
        assert!(compare(&sizes, "a", 1_020_000).is_ok_and(|line| line.ends_with("+2.0 %")));
        assert!(compare(&sizes, "a", 500_000).is_ok());
        assert!(compare(&sizes, "a", 1_020_001).is_err_and(|error| error.contains("--why")));
        assert!(compare(&sizes, "b", 1).is_err());
    }

    #[test]
    fn the_tracked_file_can_be_read() {
        let text = std::fs::read_to_string(tracked()).expect("sizes.json");
        let sizes: Sizes = serde_json::from_str(&text).expect("sizes");
        assert!(
            sizes
                .values()
                .all(|entry| entry.bytes > 0 && !entry.why.is_empty())
        );
    }
}
