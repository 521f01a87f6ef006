//! The `confounder.*` entries of a generator file.

use std::collections::HashMap;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, ErrorKind, Result, invalid_generator as invalid};
use crate::fit::{FitRecord, HeadNames};
use crate::grid::Grid;
use crate::onnx::StringStringEntryProto;

/// The contract this crate knows.
const CONTRACT: u32 = 1;

/// The checked metadata of a generator.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) epsilon: f32,
    pub(super) grid: Grid,
    pub(super) multiple: usize,
    pub(super) chroma: bool,
    pub(super) training: Value,
    pub(super) scores: Value,
    pub(super) head: Option<HeadNames>,
    pub(super) fit: Option<FitRecord>,
}

impl Metadata {
    pub(super) fn read(entries: &[StringStringEntryProto]) -> Result<Self> {
        let entries = Entries::collect(entries)?;
        check_contract(entries.text("contract")?)?;
        let metadata = Self {
            name: entries.text("name")?.to_owned(),
            version: entries.text("version")?.to_owned(),
            epsilon: entries.number(
                "epsilon",
                |&e: &f32| e > 0.0 && e <= 0.25,
                "above 0 and at most 0.25",
            )?,
            grid: entries.text("grid")?.parse()?,
            multiple: entries.number("multiple", |n| (1..=256).contains(n), "1 to 256")?,
            chroma: entries.number("chroma", |_| true, "true or false")?,
            training: entries.json("training")?,
            scores: entries.json("scores")?,
            head: entries.optional("head")?,
            fit: entries.optional("fit")?,
        };
        if metadata.name.is_empty() || metadata.name.chars().count() > 100 {
            return Err(invalid("confounder.name must have 1 to 100 characters"));
        }
        if !is_semver(&metadata.version) {
            return Err(invalid(format!(
                "confounder.version is {:?}; it must be a semver as 1.2.3",
                metadata.version
            )));
        }
        match metadata.grid {
            Grid::ShortSide(side) | Grid::Square(side)
                if !side.is_multiple_of(metadata.multiple) =>
            {
                Err(invalid(format!(
                    "confounder.grid {} is no multiple of confounder.multiple {}",
                    metadata.grid, metadata.multiple
                )))
            }
            _ => Ok(metadata),
        }
    }
}

fn check_contract(text: &str) -> Result<()> {
    match text.parse::<u32>() {
        Ok(CONTRACT) => Ok(()),
        Ok(newer) if newer > CONTRACT => Err(Error::new(
            ErrorKind::GeneratorTooNew,
            format!(
                "the generator follows contract {newer}, this version knows {CONTRACT}; update Confounder"
            ),
        )),
        _ => Err(invalid(format!(
            "confounder.contract is {text:?}; it must be {CONTRACT}"
        ))),
    }
}

struct Entries<'a>(HashMap<&'a str, &'a str>);

impl<'a> Entries<'a> {
    fn collect(entries: &'a [StringStringEntryProto]) -> Result<Self> {
        let mut map = HashMap::new();
        for entry in entries {
            let Some(key) = entry.key.strip_prefix("confounder.") else {
                continue;
            };
            if map.insert(key, entry.value.as_str()).is_some() {
                return Err(invalid(format!("confounder.{key} is given twice")));
            }
        }
        Ok(Self(map))
    }

    fn text(&self, key: &str) -> Result<&'a str> {
        self.0.get(key).copied().ok_or_else(|| {
            invalid(format!(
                "confounder.{key} is missing; the file is no Confounder generator of contract v1"
            ))
        })
    }

    fn number<T: FromStr>(&self, key: &str, good: impl Fn(&T) -> bool, range: &str) -> Result<T> {
        let text = self.text(key)?;
        let number = text.parse().ok().filter(good);
        number.ok_or_else(|| invalid(format!("confounder.{key} is {text:?}; it must be {range}")))
    }

    /// An entry in JSON that a file may lack.
    fn optional<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>> {
        let read = |text: &&str| {
            serde_json::from_str(text).map_err(|e| {
                invalid(format!("confounder.{key} is not as contract v1 has it")).with_source(e)
            })
        };
        self.0.get(key).map(read).transpose()
    }

    fn json(&self, key: &str) -> Result<Value> {
        let value: Value = serde_json::from_str(self.text(key)?)
            .map_err(|e| invalid(format!("confounder.{key} is no JSON")).with_source(e))?;
        if value.is_object() {
            Ok(value)
        } else {
            Err(invalid(format!("confounder.{key} must be a JSON object")))
        }
    }
}

/// Three numbers, then optionally `-` and `+` with letters, digits, dots and dashes.
fn is_semver(text: &str) -> bool {
    let (core, rest) = match text.find(['-', '+']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let numbers: Vec<&str> = core.split('.').collect();
    let number = |part: &&str| {
        part.bytes().all(|b| b.is_ascii_digit())
            && part.parse::<u64>().is_ok()
            && (part.len() == 1 || !part.starts_with('0'))
    };
    let word = |b: u8| b.is_ascii_alphanumeric() || b".-+".contains(&b);
    numbers.len() == 3 && numbers.iter().all(number) && rest.len() != 1 && rest.bytes().all(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_semver() {
        for good in ["0.1.0", "10.20.30", "1.0.0-rc.1", "1.0.0+build-5"] {
            assert!(is_semver(good), "{good}");
        }
        for bad in [
            "", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.x", "1.2.3-", "1.-2.3", "1.2.3 ",
        ] {
            assert!(!is_semver(bad), "{bad}");
        }
    }
}
