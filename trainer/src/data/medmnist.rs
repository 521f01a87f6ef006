//! MedMNIST's archives such as `bloodmnist.npz`: `train_images` `[N, H, W, 3]` or `[N, H, W]`, `train_labels` `[N, 1]`, and the same
//! for `val` and `test`. The validation images are left out.
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use super::npy::{self, Bytes};
use super::{Dataset, Spec, Splits};
use crate::error::{Error, Result};

/// BloodMNIST's classes, in the order of its labels.
const BLOOD: [&str; 8] = [
    "basophil",
    "eosinophil",
    "erythroblast",
    "immature granulocyte",
    "lymphocyte",
    "monocyte",
    "neutrophil",
    "platelet",
];

/// Reads an archive.
///
/// # Errors
/// [`Error::Data`] naming the archive, and the record and value at fault.
pub(super) fn read(path: &Path, spec: &Spec) -> Result<Splits> {
    let broken = |e: zip::result::ZipError| Error::data(path, format!("damaged archive: {e}"));
    let file = BufReader::new(File::open(path).map_err(Error::io(path))?);
    let mut archive = ZipArchive::new(file).map_err(broken)?;
    let mut left = spec.max_bytes;
    let mut array = |name: &str| -> Result<Bytes> {
        let fail = |what: String| Error::data(path, format!("{name}: {what}"));
        let entry = archive.by_name(&format!("{name}.npy")).map_err(broken)?;
        let mut bytes = Vec::new();
        let mut limited = entry.take(left.saturating_add(1));
        limited
            .read_to_end(&mut bytes)
            .map_err(|e| fail(format!("damaged: {e}")))?;
        if bytes.len() as u64 > left {
            return Err(fail(format!(
                "takes more than the {left} bytes that are left"
            )));
        }
        left -= bytes.len() as u64;
        npy::read(&bytes).map_err(fail)
    };
    let mut parts = Vec::new();
    for split in ["train", "test"] {
        let images = array(&format!("{split}_images"))?;
        let labels = array(&format!("{split}_labels"))?;
        parts.push((split, images, labels));
    }
    let classes = class_names(path, &parts);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut sets = Vec::new();
    for (split, images, labels) in parts {
        sets.push(dataset(
            path,
            format!("{stem} {split}"),
            images,
            labels,
            &classes,
        )?);
    }
    match <[Dataset; 2]>::try_from(sets) {
        Ok([train, test]) => Ok(Splits { train, test }),
        Err(_) => Err(Error::data(path, "it lacks a split")),
    }
}

fn class_names(path: &Path, parts: &[(&str, Bytes, Bytes)]) -> Vec<String> {
    let labels = parts.iter().flat_map(|(_, _, labels)| &labels.data);
    let classes = labels.max().map_or(0, |&most| usize::from(most) + 1);
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    if stem.starts_with("bloodmnist") && classes == BLOOD.len() {
        return BLOOD.map(String::from).to_vec();
    }
    (0..classes).map(|class| class.to_string()).collect()
}

fn dataset(
    path: &Path,
    name: String,
    images: Bytes,
    labels: Bytes,
    classes: &[String],
) -> Result<Dataset> {
    let (n, height, width, channels) = match images.shape[..] {
        [n, h, w, 3] => (n, h, w, 3),
        [n, h, w] => (n, h, w, 1),
        _ => {
            let what = format!("{name}: images of extents {:?}", images.shape);
            return Err(Error::data(path, what));
        }
    };
    if labels.data.len() != n {
        let what = format!("{name}: {} labels for {n} images", labels.data.len());
        return Err(Error::data(path, what));
    }
    let plane = height * width;
    let mut planar = Vec::with_capacity(3 * n * plane);
    for image in images.data.chunks_exact((channels * plane).max(1)) {
        for channel in 0..3 {
            let from = channel.min(channels - 1);
            planar.extend((0..plane).map(|i| image[i * channels + from]));
        }
    }
    Ok(Dataset {
        name,
        classes: classes.to_vec(),
        height,
        width,
        images: planar,
        labels: labels.data,
    })
}
