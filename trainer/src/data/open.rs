//! Recognises what kind of data set lies at a path, and reads it.
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Dataset, archive, cifar10, folder, listing, medmnist, sheets, svhn, tree};
use crate::error::{Error, Result};
use crate::progress::Mode;

/// A data set as it is trained and tested on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Splits {
    /// The images to train on.
    pub train: Dataset,
    /// The images to test on.
    pub test: Dataset,
}

/// How to read a data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spec {
    /// The side in pixels to which photos are squashed, 1 to 4096. CIFAR-10 is always 32.
    pub side: usize,
    /// Where a tree has no `train` and `val` (or `test`) folders: the share of each class kept for testing, above 0, below 1.
    pub holdout: f64,
    /// The most memory in bytes that the decoded images may take.
    pub max_bytes: u64,
    /// How progress is shown.
    #[serde(skip)]
    pub progress: Mode,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            side: 224,
            holdout: 0.2,
            max_bytes: 16 << 30,
            progress: Mode::Auto,
        }
    }
}

impl Spec {
    fn validate(&self) -> Result<()> {
        if !(1..=4096).contains(&self.side) {
            let text = format!("side = {} is outside 1 to 4096", self.side);
            return Err(Error::Recipe(text));
        }
        if !(self.holdout > 0.0 && self.holdout < 1.0) {
            let text = format!("holdout = {} must lie between 0 and 1", self.holdout);
            return Err(Error::Recipe(text));
        }
        Ok(())
    }
}

/// What was recognised.
enum Kind {
    Cifar(PathBuf),
    Sheets(PathBuf),
    Tar(PathBuf),
    Tree(PathBuf),
    Svhn(PathBuf, [PathBuf; 2]),
    MedMnist(PathBuf),
}

/// Reads the data set at `path`, which may be
///
/// - a folder with CIFAR-10's binary version, or one above it, or the genuine `cifar-10-binary.tar.gz`;
/// - a folder with CIFAR-10 as lossless WebP sheets (see [`sheets`]);
/// - a folder tree `class/image.*`, with or without `train/` and `val/` (or `test/`) above the classes;
/// - a folder of photos with CSV files of labels, as ISIC publishes them, named after train, val or test;
/// - a `.tar` of either, or a folder with one `.tar` in it;
/// - a folder with SVHN's `train_32x32.mat` and `test_32x32.mat`, or another set in that layout;
/// - a MedMNIST archive such as `bloodmnist.npz`, or a folder with one in it.
///
/// # Errors
/// [`Error::Data`] or [`Error::Io`] naming the file, the record and the value at fault; [`Error::Recipe`] for a `spec` out of range.
pub fn open(path: &Path, spec: &Spec) -> Result<Splits> {
    spec.validate()?;
    let splits = match recognise(path)? {
        Kind::Cifar(path) => cifar10::read(&path)?,
        Kind::Sheets(path) => sheets::read(&path, spec.progress)?,
        Kind::Tar(path) => {
            let (tables, photos) = (archive::tables(&path)?, archive::list(&path)?);
            tree::load(&path, labelled(&path, &tables, photos)?, spec)?
        }
        Kind::Tree(path) => {
            let (tables, photos) = (folder::tables(&path)?, folder::list(&path)?);
            tree::load(&path, labelled(&path, &tables, photos)?, spec)?
        }
        Kind::Svhn(folder, files) => svhn::read(&folder, &files, spec)?,
        Kind::MedMnist(path) => medmnist::read(&path, spec)?,
    };
    for set in [&splits.train, &splits.test] {
        set.validate()?;
    }
    Ok(splits)
}

/// Reads the images at `path`, which may be all that [`open`] reads, or photos in any folders below it (up to four deep) or
/// in a tar. Their labels are dropped: all are of the one class `photos`. Where every photo lies below a folder named train, val
/// or test these are the splits; otherwise a share is kept for testing.
///
/// # Errors
/// As [`open`].
pub fn open_unlabelled(path: &Path, spec: &Spec) -> Result<Splits> {
    spec.validate()?;
    let splits = match recognise(path)? {
        Kind::Tar(path) => tree::load_unlabelled(&path, archive::list(&path)?, spec)?,
        Kind::Tree(path) => tree::load_unlabelled(&path, folder::list(&path)?, spec)?,
        _ => open(path, spec)?,
    };
    let unlabelled = |data: Dataset| Dataset {
        classes: vec!["photos".into()],
        labels: vec![0; data.len()],
        ..data
    };
    Ok(Splits {
        train: unlabelled(splits.train),
        test: unlabelled(splits.test),
    })
}

/// Photos sorted by tables of labels, where there are any.
fn labelled(
    path: &Path,
    tables: &[listing::Table],
    photos: Vec<tree::Listed>,
) -> Result<Vec<tree::Listed>> {
    if !tables.iter().any(listing::is_labels) {
        return Ok(photos);
    }
    listing::sort(path, tables, photos)
}

fn recognise(path: &Path) -> Result<Kind> {
    let meta = std::fs::metadata(path).map_err(Error::io(path))?;
    if meta.is_file() {
        return recognise_file(path);
    }
    if let Some(found) = cifar10::find(path) {
        return Ok(Kind::Cifar(found));
    }
    if sheets::is_here(path) {
        return Ok(Kind::Sheets(path.to_path_buf()));
    }
    if path.join("data_batch_1").is_file() || path.join("cifar-10-batches-py").is_dir() {
        let what = "this is CIFAR-10's Python version, whose pickles are not read because a pickle can run code; \
                    use the binary version (cifar-10-binary.tar.gz)";
        return Err(Error::data(path, what));
    }
    if let Some(files) = svhn::find(path) {
        return Ok(Kind::Svhn(path.to_path_buf(), files));
    }
    if let [archive] = &folder::with_extension(path, "npz")?[..] {
        return Ok(Kind::MedMnist(archive.clone()));
    }
    match &folder::with_extension(path, "tar")?[..] {
        [tar] => Ok(Kind::Tar(tar.clone())),
        [] => Ok(Kind::Tree(path.to_path_buf())),
        several => {
            let what = format!("holds {} .tar files; name one of them", several.len());
            Err(Error::data(path, what))
        }
    }
}

fn recognise_file(path: &Path) -> Result<Kind> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name.ends_with(".tar.gz") || name.ends_with(".tgz") {
        return Ok(Kind::Cifar(path.to_path_buf()));
    }
    if name.ends_with(".npz") {
        return Ok(Kind::MedMnist(path.to_path_buf()));
    }
    if name.ends_with(".tar") {
        return Ok(Kind::Tar(path.to_path_buf()));
    }
    let what = "not a data set: give a folder, a .tar of class folders, a MedMNIST .npz, or cifar-10-binary.tar.gz";
    Err(Error::data(path, what))
}
