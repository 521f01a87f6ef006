//! SVHN's cropped digits: `train_32x32.mat` and `test_32x32.mat`, each with `X` (32 x 32 x 3 x N) and `y` (1 to 10).
//!
//! Other sets in the same layout are read too and keep their own name: `NAME_train_32x32.mat`, with class names in
//! `classes.txt` (number, then name) where it lies beside them.
use std::fs;
use std::path::{Path, PathBuf};

use super::mat::{self, Array, Numbers};
use super::{Dataset, Spec, Splits};
use crate::error::{Error, Result};

const SIDE: usize = 32;
const CLASSES: usize = 10;
const SUFFIXES: [&str; 2] = ["train_32x32.mat", "test_32x32.mat"];

/// The two files in `folder`.
pub(super) fn find(folder: &Path) -> Option<[PathBuf; 2]> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let file = |suffix: &str| {
        let name = names.iter().find(|name| name.ends_with(suffix))?;
        Some(folder.join(name))
    };
    Some([file(SUFFIXES[0])?, file(SUFFIXES[1])?])
}

/// Reads both files.
///
/// # Errors
/// [`Error::Data`] naming file, record and value.
pub(super) fn read(folder: &Path, files: &[PathBuf; 2], spec: &Spec) -> Result<Splits> {
    let name = files[0].file_name().unwrap_or_default().to_string_lossy();
    let name = match name.trim_end_matches(SUFFIXES[0]).trim_end_matches('_') {
        "" => "svhn".to_owned(),
        other => format!("{other} (in SVHN's format)"),
    };
    let classes = class_names(&folder.join("classes.txt"));
    Ok(Splits {
        train: split(&files[0], format!("{name} train"), &classes, spec)?,
        test: split(&files[1], format!("{name} test"), &classes, spec)?,
    })
}

/// Class 10 of SVHN is the digit 0; here it is the last class, with its own name.
fn class_names(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let named: Vec<String> = text
        .lines()
        .filter_map(|line| Some(line.rsplit_once('\t')?.1.trim().to_owned()))
        .collect();
    if named.len() == CLASSES {
        return named;
    }
    (1..=CLASSES)
        .map(|digit| (digit % 10).to_string())
        .collect()
}

fn split(path: &Path, name: String, classes: &[String], spec: &Spec) -> Result<Dataset> {
    let bytes = fs::read(path).map_err(Error::io(path))?;
    let mut arrays = mat::read(path, &bytes, spec.max_bytes)?;
    let mut take = |name: &str| {
        let missing = || Error::data(path, format!("it has no array {name}"));
        arrays.remove(name).ok_or_else(missing)
    };
    let (x, y) = (take("X")?, take("y")?);
    let images = planes(path, &x)?;
    let n = images.len() / (3 * SIDE * SIDE);
    Ok(Dataset {
        name,
        classes: classes.to_vec(),
        height: SIDE,
        width: SIDE,
        images,
        labels: labels(path, &y, n)?,
    })
}

/// `[row, column, channel, image]`, first index fastest, to `[N, 3, 32, 32]`.
fn planes(path: &Path, x: &Array) -> Result<Vec<u8>> {
    let (Numbers::Bytes(bytes), [SIDE, SIDE, 3, n]) = (&x.data, &x.shape[..]) else {
        let what = format!(
            "X has extents {:?}; bytes of 32 x 32 x 3 x N are read",
            x.shape
        );
        return Err(Error::data(path, what));
    };
    let mut images = Vec::with_capacity(bytes.len());
    for image in bytes.chunks_exact(3 * SIDE * SIDE).take(*n) {
        for plane in image.chunks_exact(SIDE * SIDE) {
            images.extend((0..SIDE * SIDE).map(|i| plane[i % SIDE * SIDE + i / SIDE]));
        }
    }
    Ok(images)
}

fn labels(path: &Path, y: &Array, n: usize) -> Result<Vec<u8>> {
    let numbers: Vec<f64> = match &y.data {
        Numbers::Bytes(bytes) => bytes.iter().map(|&b| f64::from(b)).collect(),
        Numbers::Floats(floats) => floats.clone(),
    };
    if numbers.len() != n {
        let what = format!("{} labels for {n} images", numbers.len());
        return Err(Error::data(path, what));
    }
    let one = |(i, &label): (usize, &f64)| {
        let whole = (1..=CLASSES as u8).find(|&class| f64::from(class) == label);
        let wrong = || Error::record(path, i as u64, format!("label {label} is not 1 to 10"));
        whole.map(|class| class - 1).ok_or_else(wrong)
    };
    numbers.iter().enumerate().map(one).collect()
}
