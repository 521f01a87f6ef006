//! Values that a command line changes in a TOML file.

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// What the TOML file `name` holds, with `section.key=value` overrides.
///
/// # Errors
/// [`Error::Recipe`] for text that is not TOML, an override of another form, an unknown field or a value of the wrong type.
pub(crate) fn overridden<T: DeserializeOwned>(
    name: &str,
    text: &str,
    overrides: &[String],
) -> Result<T> {
    let fail = |e: toml::de::Error| Error::Recipe(format!("{name}: {e}"));
    let mut table: toml::Table = text.parse().map_err(fail)?;
    overrides
        .iter()
        .try_for_each(|item| apply(&mut table, item))?;
    table.try_into().map_err(fail)
}

/// Sets `a.b.c=value` in a table, where a number stands for an item of a list, from 0; the value is TOML, or a plain string.
fn apply(table: &mut toml::Table, item: &str) -> Result<()> {
    let (key, value) = item.split_once('=').ok_or_else(|| {
        Error::Recipe(format!(
            "override {item:?} is not of the form section.key=value"
        ))
    })?;
    let parsed: toml::Table = format!("x = {value}")
        .parse()
        .or_else(|_| format!("x = {value:?}").parse())
        .map_err(|e| Error::Recipe(format!("override {item:?}: {e}")))?;
    let mut path: Vec<&str> = key.split('.').collect();
    let last = path.pop().unwrap_or_default();
    let not = |section: &str, what: &str| {
        Error::Recipe(format!("override {item:?}: {section} is not {what}"))
    };
    let mut at = table;
    let mut path = path.into_iter().peekable();
    while let Some(section) = path.next() {
        let mut value = at
            .entry(section)
            .or_insert_with(|| toml::Value::Table(toml::Table::new()));
        while let toml::Value::Array(list) = value {
            let number = path.next().unwrap_or_default();
            let there = number.parse().ok().and_then(|i: usize| list.get_mut(i));
            value = there.ok_or_else(|| not(number, &format!("an item of {section}")))?;
        }
        at = value
            .as_table_mut()
            .ok_or_else(|| not(section, "a section"))?;
    }
    if let Some(value) = parsed.get("x") {
        at.insert(last.to_owned(), value.clone());
    }
    Ok(())
}
