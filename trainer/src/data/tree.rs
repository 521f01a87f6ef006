//! Sorts listed photos into splits and classes, and decodes them side by side.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::decode::Source;
use super::{Dataset, Spec, Splits, batches};
use crate::error::{Error, Result};
use crate::progress::Progress;

/// A photo and its path below the root of the tree.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) relative: PathBuf,
    pub(super) source: Source,
}

/// The photos of each class.
type Classes = BTreeMap<String, Vec<Source>>;

/// Whether the name ends as one of the formats that are read.
pub(super) fn is_photo(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        let known = ["jpg", "jpeg", "png", "webp"];
        known
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Reads all listed photos.
pub(super) fn load(root: &Path, listed: Vec<Listed>, spec: &Spec) -> Result<Splits> {
    if listed.is_empty() {
        let what = "no data set here: neither CIFAR-10 nor a tree class/image.jpg|png|webp";
        return Err(Error::data(root, what));
    }
    let (train, test) = split(root, listed, spec.holdout)?;
    same_classes(root, &train, &test)?;
    decode_both(root, train, test, spec)
}

/// Reads all listed photos as one class, whatever folders they lie in. Folders named after splits are such only where every
/// photo lies below one and none is left empty: a photographer may well have a folder of trains.
pub(super) fn load_unlabelled(root: &Path, mut listed: Vec<Listed>, spec: &Spec) -> Result<Splits> {
    if listed.is_empty() {
        let what = "no photos here: no .jpg, .jpeg, .png or .webp";
        return Err(Error::data(root, what));
    }
    let splits: Vec<Option<Part>> = listed
        .iter()
        .map(|photo| part_of(&photo.relative))
        .collect();
    let by_folders = [Some(Part::Train), Some(Part::Test)]
        .iter()
        .all(|part| splits.contains(part))
        && !splits.contains(&None);
    for (photo, part) in listed.iter_mut().zip(splits) {
        let folder = match part.filter(|_| by_folders) {
            Some(Part::Train) => "train/photos",
            Some(Part::Test) => "test/photos",
            None => "photos",
        };
        let file = photo.relative.file_name().unwrap_or_default();
        photo.relative = Path::new(folder).join(file);
    }
    let (train, test) = split(root, listed, spec.holdout)?;
    decode_both(root, train, test, spec)
}

fn decode_both(root: &Path, train: Classes, test: Classes, spec: &Spec) -> Result<Splits> {
    check_memory(root, &[&train, &test], spec)?;
    let name = root.file_stem().unwrap_or_default().to_string_lossy();
    Ok(Splits {
        train: decode(format!("{name} train"), train, spec)?,
        test: decode(format!("{name} test"), test, spec)?,
    })
}

/// Which split a folder's name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Train,
    Test,
}

impl Part {
    fn named(folder: &std::ffi::OsStr) -> Option<Self> {
        match folder.to_str()? {
            "train" => Some(Self::Train),
            "val" | "validation" | "test" => Some(Self::Test),
            _ => None,
        }
    }
}

/// The split that the innermost folder of such a name stands for.
fn part_of(photo: &Path) -> Option<Part> {
    photo.iter().rev().skip(1).find_map(Part::named)
}

/// Sorts by the folder names `[split/]class/`; without splits, keeps a share of each class for testing.
fn split(root: &Path, listed: Vec<Listed>, holdout: f64) -> Result<(Classes, Classes)> {
    let (mut train, mut test, mut whole) = (Classes::new(), Classes::new(), Classes::new());
    for Listed { relative, source } in listed {
        let mut folders = relative.iter().rev().skip(1);
        let Some(class) = folders.next() else {
            let what = format!("{} lies in no class folder", relative.display());
            return Err(Error::data(root, what));
        };
        let into = match folders.next().and_then(Part::named) {
            Some(Part::Train) => &mut train,
            Some(Part::Test) => &mut test,
            None => &mut whole,
        };
        let class = class.to_string_lossy().into_owned();
        into.entry(class).or_default().push(source);
    }
    match (whole.is_empty(), train.is_empty() && test.is_empty()) {
        (true, _) => Ok((train, test)),
        (false, true) => hold_out(root, whole, holdout),
        (false, false) => {
            let class = whole.keys().next().cloned().unwrap_or_default();
            let what =
                format!("class folder {class} lies outside the train and val (or test) folders");
            Err(Error::data(root, what))
        }
    }
}

/// Moves a share of each class to the test set; which photos is fixed by their number alone.
fn hold_out(root: &Path, whole: Classes, holdout: f64) -> Result<(Classes, Classes)> {
    let (mut train, mut test) = (Classes::new(), Classes::new());
    for (class, photos) in whole {
        if photos.len() < 2 {
            let what = "a class of one photo; two or more are needed to train and to test";
            return Err(Error::data(root.join(class), what));
        }
        let share = (photos.len() as f64 * holdout).round() as usize;
        let share = share.clamp(1, photos.len() - 1);
        let order = batches::epoch_order(photos.len(), 0, 0);
        let mut kept = vec![true; photos.len()];
        for &i in &order[..share] {
            kept[i as usize] = false;
        }
        let (a, b): (Vec<_>, Vec<_>) = photos.into_iter().zip(kept).partition(|(_, kept)| *kept);
        let sources = |pairs: Vec<(Source, bool)>| pairs.into_iter().map(|(source, _)| source);
        train.insert(class.clone(), sources(a).collect());
        test.insert(class, sources(b).collect());
    }
    Ok((train, test))
}

fn same_classes(root: &Path, train: &Classes, test: &Classes) -> Result<()> {
    let missing =
        |a: &Classes, b: &Classes| a.keys().find(|class| !b.contains_key(*class)).cloned();
    let fail = |class: String, present: &str, absent: &str| {
        let what = format!("class {class} is in {present} but missing (or empty) in {absent}");
        Err(Error::data(root, what))
    };
    if let Some(class) = missing(train, test) {
        return fail(class, "train", "val (or test)");
    }
    match missing(test, train) {
        Some(class) => fail(class, "val (or test)", "train"),
        None if !(2..=256).contains(&train.len()) => {
            let what = format!("{} class folders; 2 to 256 are possible", train.len());
            Err(Error::data(root, what))
        }
        None => Ok(()),
    }
}

fn check_memory(root: &Path, splits: &[&Classes], spec: &Spec) -> Result<()> {
    let photos: usize = splits.iter().flat_map(|s| s.values()).map(Vec::len).sum();
    let bytes = photos as u64 * 3 * (spec.side * spec.side) as u64;
    if bytes <= spec.max_bytes {
        return Ok(());
    }
    let what = format!(
        "{photos} photos at {side}x{side} take {bytes} bytes, the limit is {}; lower side or raise max_bytes",
        spec.max_bytes,
        side = spec.side
    );
    Err(Error::data(root, what))
}

fn decode(name: String, classes: Classes, spec: &Spec) -> Result<Dataset> {
    let sources: Vec<(u8, &Source)> = classes
        .values()
        .zip(0..=u8::MAX)
        .flat_map(|(photos, label)| photos.iter().map(move |photo| (label, photo)))
        .collect();
    let total = sources.len() as u64;
    let progress = Mutex::new(Progress::with_mode(
        format!("decoding {name}"),
        total,
        spec.progress,
    ));
    let samples = 3 * spec.side * spec.side;
    let mut images = vec![0; sources.len() * samples];
    images
        .par_chunks_exact_mut(samples)
        .zip(&sources)
        .try_for_each(|(image, (_, source))| {
            image.copy_from_slice(&source.planes(spec.side)?);
            let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
            progress.step(1, "");
            Ok(())
        })?;
    let progress = progress.into_inner();
    progress.unwrap_or_else(PoisonError::into_inner).finish("");
    Ok(Dataset {
        name,
        height: spec.side,
        width: spec.side,
        images,
        labels: sources.iter().map(|(label, _)| *label).collect(),
        classes: classes.into_keys().collect(),
    })
}
