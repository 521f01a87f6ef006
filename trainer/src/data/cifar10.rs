//! CIFAR-10's genuine binary version: a folder of `.bin` files, or `cifar-10-binary.tar.gz` with that folder inside.
//!
//! A record is 3,073 bytes: the label, then the red, the green and the blue plane of a 32x32 image; 10,000 records a file.
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::{Dataset, Splits};
use crate::error::{Error, Result};

/// Bytes of a record.
pub const RECORD: usize = 1 + 3 * SIDE * SIDE;
/// Records of a file.
pub const RECORDS: usize = 10_000;
/// Rows and columns of an image.
pub const SIDE: usize = 32;
/// The folder's name, also inside the archive.
pub const FOLDER: &str = "cifar-10-batches-bin";
/// The archive's name.
pub const ARCHIVE: &str = "cifar-10-binary.tar.gz";
/// The six batches, training first, without extension.
pub const BATCHES: [&str; 6] = [
    "data_batch_1",
    "data_batch_2",
    "data_batch_3",
    "data_batch_4",
    "data_batch_5",
    "test_batch",
];
const CLASSES: usize = 10;
const META: &str = "batches.meta.txt";

/// Where the binary version lies at or below `folder`: the folder itself, the one inside, or the archive inside.
pub(super) fn find(folder: &Path) -> Option<PathBuf> {
    let has_batch = |folder: &Path| {
        let mut names = BATCHES.iter().map(|batch| format!("{batch}.bin"));
        names.any(|name| folder.join(name).is_file())
    };
    let inside = folder.join(FOLDER);
    let archive = folder.join(ARCHIVE);
    if has_batch(folder) {
        return Some(folder.to_path_buf());
    }
    if has_batch(&inside) {
        return Some(inside);
    }
    archive.is_file().then_some(archive)
}

/// Reads the folder or the archive.
///
/// # Errors
/// [`Error::Data`] naming file, record and value for a missing or truncated file, one of the wrong size, or a label above 9.
pub fn read(path: &Path) -> Result<Splits> {
    let mut files = if path.is_dir() {
        Files::Folder
    } else {
        Files::Archive(unpack(path)?)
    };
    let meta = files.take(path, META)?;
    let classes = class_names(&path.join(META), &meta)?;
    let mut split = |split: &str, batches: &[&str]| {
        let mut set = Dataset {
            name: format!("cifar10 {split}"),
            classes: classes.clone(),
            height: SIDE,
            width: SIDE,
            images: Vec::with_capacity(batches.len() * RECORDS * (RECORD - 1)),
            labels: Vec::with_capacity(batches.len() * RECORDS),
        };
        for batch in batches {
            let name = format!("{batch}.bin");
            let bytes = files.take(path, &name)?;
            append(&path.join(name), &bytes, RECORDS, &mut set)?;
        }
        Ok(set)
    };
    Ok(Splits {
        train: split("train", &BATCHES[..5])?,
        test: split("test", &BATCHES[5..])?,
    })
}

/// Where the batches come from.
enum Files {
    Folder,
    Archive(BTreeMap<String, Vec<u8>>),
}

impl Files {
    fn take(&mut self, path: &Path, name: &str) -> Result<Vec<u8>> {
        match self {
            Self::Folder => {
                let file = path.join(name);
                fs::read(&file).map_err(Error::io(&file))
            }
            Self::Archive(files) => files
                .remove(name)
                .ok_or_else(|| Error::data(path, format!("{FOLDER}/{name} is missing in it"))),
        }
    }
}

/// Reads the eight small files out of the genuine archive.
fn unpack(path: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let broken = |e: std::io::Error| Error::data(path, format!("damaged archive: {e}"));
    let file = BufReader::new(File::open(path).map_err(Error::io(path))?);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
    let mut files = BTreeMap::new();
    for entry in archive.entries().map_err(broken)? {
        let entry = entry.map_err(broken)?;
        let name = entry.path().map_err(broken)?.into_owned();
        let wanted = name.extension().is_some_and(|e| e == "bin" || e == "txt");
        let Some(name) = name.file_name().filter(|_| wanted) else {
            continue;
        };
        let name = name.to_string_lossy().into_owned();
        // One byte more than a batch has is enough to see that it is too long.
        let limit = (RECORD * RECORDS + 1) as u64;
        let mut bytes = Vec::new();
        entry.take(limit).read_to_end(&mut bytes).map_err(broken)?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// The ten lines of `batches.meta.txt`.
pub(super) fn class_names(path: &Path, bytes: &[u8]) -> Result<Vec<String>> {
    let text = String::from_utf8_lossy(bytes);
    let names: Vec<String> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    if names.len() == CLASSES {
        return Ok(names);
    }
    let what = format!("{} class names; CIFAR-10 has {CLASSES}", names.len());
    Err(Error::data(path, what))
}

/// Checks a batch of `records` records and appends it to `set`.
fn append(path: &Path, bytes: &[u8], records: usize, set: &mut Dataset) -> Result<()> {
    check_size(path, bytes.len(), records)?;
    for (i, record) in bytes.chunks_exact(RECORD).enumerate() {
        if usize::from(record[0]) >= CLASSES {
            let what = format!("label {} is not below {CLASSES}", record[0]);
            return Err(Error::record(path, i as u64, what));
        }
        set.labels.push(record[0]);
        set.images.extend_from_slice(&record[1..]);
    }
    Ok(())
}

fn check_size(path: &Path, found: usize, records: usize) -> Result<()> {
    let expected = records * RECORD;
    if found < expected {
        let whole = found / RECORD;
        let what = format!(
            "truncated: {found} bytes end in this record; {records} records of {RECORD} bytes are {expected}; get the file anew"
        );
        return Err(Error::record(path, whole as u64, what));
    }
    if found > expected {
        let what = format!(
            "too long: more than {expected} bytes ({records} records of {RECORD}); get the file anew"
        );
        return Err(Error::data(path, what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn set() -> Dataset {
        Dataset {
            name: "t".into(),
            classes: Vec::new(),
            height: SIDE,
            width: SIDE,
            images: Vec::new(),
            labels: Vec::new(),
        }
    }

    fn records(labels: &[u8]) -> Vec<u8> {
        let record = |label: &u8| [vec![*label], vec![label * 10; RECORD - 1]].concat();
        labels.iter().flat_map(record).collect()
    }

    #[test]
    fn records_are_split_into_labels_and_planes() {
        let mut set = set();
        append(Path::new("b.bin"), &records(&[3, 9]), 2, &mut set).unwrap();
        assert_eq!(set.labels, [3, 9]);
        assert_eq!(set.image(1), vec![90; RECORD - 1]);
    }

    #[test]
    fn a_truncated_file_names_the_record_where_it_ends() {
        let bytes = &records(&[1, 2, 3])[..2 * RECORD + 7];
        let text = append(Path::new("b.bin"), bytes, 3, &mut set())
            .unwrap_err()
            .to_string();
        assert!(
            text.starts_with("b.bin, record 2: truncated: 6153 bytes"),
            "{text}"
        );
    }

    #[test]
    fn a_file_that_is_too_long_is_refused() {
        let text = append(Path::new("b.bin"), &records(&[1, 2]), 1, &mut set()).unwrap_err();
        assert!(text.to_string().starts_with("b.bin: too long"), "{text}");
    }

    #[test]
    fn a_label_out_of_range_names_record_and_value() {
        let text = append(Path::new("b.bin"), &records(&[1, 10]), 2, &mut set()).unwrap_err();
        assert_eq!(
            text.to_string(),
            "b.bin, record 1: label 10 is not below 10"
        );
    }

    #[test]
    fn a_class_list_of_the_wrong_length_is_refused() {
        let text = class_names(Path::new("m.txt"), b"a\nb\n\n").unwrap_err();
        assert_eq!(text.to_string(), "m.txt: 2 class names; CIFAR-10 has 10");
    }
}
