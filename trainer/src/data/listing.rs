//! Labels in CSV files beside the photos, as ISIC publishes them: a column of image names, then one column per class with
//! 0 or 1. An image with no 1 belongs to the class `none`.
use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::tree::Listed;
use crate::error::{Error, Result};

/// A CSV file's path and text.
pub(super) type Table = (PathBuf, Vec<u8>);

/// Whether a table's name says which split it is of; others have nothing to do with labels.
pub(super) fn is_labels((path, _): &Table) -> bool {
    split(path).is_some()
}

/// Split and class of each image name.
type Classes = HashMap<String, (&'static str, String)>;

/// Gives the photos named in the tables the paths `split/class/file` that a tree of class folders would have; others, such
/// as masks, are left out.
///
/// # Errors
/// [`Error::Data`] for a table that cannot be read, a name without a photo, or one that is listed twice.
pub(super) fn sort(root: &Path, tables: &[Table], photos: Vec<Listed>) -> Result<Vec<Listed>> {
    let mut classes = Classes::new();
    let test = tables.iter().any(|(path, _)| split(path) == Some("test"));
    for (path, text) in tables {
        match split(path) {
            // Validation images are left out where there is a test set.
            Some("val") if test => {}
            Some(split) => table(path, text, split, &mut classes)?,
            None => {}
        }
    }
    let mut sorted = Vec::new();
    for photo in photos {
        let stem = photo.relative.file_stem().unwrap_or_default();
        let Some((split, class)) = classes.remove(&*stem.to_string_lossy()) else {
            continue;
        };
        let file = photo.relative.file_name().unwrap_or_default();
        sorted.push(Listed {
            relative: Path::new(split).join(class).join(file),
            source: photo.source,
        });
    }
    match classes.keys().min() {
        Some(name) => Err(Error::data(root, format!("there is no photo named {name}"))),
        None => Ok(sorted),
    }
}

fn split(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let known = ["train", "val", "test"];
    known.into_iter().find(|split| name.contains(split))
}

fn table(path: &Path, text: &[u8], split: &'static str, classes: &mut Classes) -> Result<()> {
    let broken = |e: csv::Error| Error::data(path, format!("not a table: {e}"));
    let mut reader = csv::Reader::from_reader(text);
    let names: Vec<String> = reader
        .headers()
        .map_err(broken)?
        .iter()
        .skip(1)
        .map(|name| name.trim().to_owned())
        .collect();
    if names.is_empty() {
        return Err(Error::data(path, "it has no column of labels"));
    }
    for (i, record) in reader.records().enumerate() {
        let record = record.map_err(broken)?;
        let fail = |what: String| Err(Error::record(path, i as u64, what));
        let mut class = None;
        for (name, value) in names.iter().zip(record.iter().skip(1)) {
            match value.trim().parse::<f64>() {
                Ok(0.0) => {}
                Ok(1.0) if class.is_none() => class = Some(name.clone()),
                Ok(1.0) => return fail("it belongs to two classes".into()),
                _ => return fail(format!("{name} is {value:?}, not 0 or 1")),
            }
        }
        let image = record.get(0).unwrap_or_default().trim().to_owned();
        let entry = (split, class.unwrap_or_else(|| "none".into()));
        if classes.insert(image.clone(), entry).is_some() {
            return fail(format!("{image} is listed twice"));
        }
    }
    Ok(())
}
