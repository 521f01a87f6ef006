//! CIFAR-10 as lossless WebP sheets: 100x100 tiles of 32x32 pixels each, 60,000 labels in `labels.u8`.
//!
//! Image `i` of a batch is the tile in row `i / 100`, column `i % 100`. The labels are those of the five training batches,
//! then of the test batch. [`prepare`] turns the sheets into CIFAR-10's genuine binary files.
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::cifar10::{self, BATCHES, FOLDER, RECORD, RECORDS, SIDE};
use super::{Dataset, Splits, hex};
use crate::error::{Error, Result};
use crate::files::write_whole;
use crate::progress::{Mode, Progress};

const PER_ROW: usize = 100;
const SHEET: usize = PER_ROW * SIDE;
const LABELS: &str = "labels.u8";
const META: &str = "batches.meta.txt";
/// Optional: lines with `.../NAME.bin` and `sha256=HEX`.
const SUMS: &str = "expected_bin_md5.txt";

/// Whether `folder` holds sheets.
pub(super) fn is_here(folder: &Path) -> bool {
    folder.join(LABELS).is_file() && sheet(folder, BATCHES[0]).is_file()
}

/// What [`prepare`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The folder with the binary files.
    pub folder: PathBuf,
    /// The batches written just now.
    pub written: usize,
    /// The batches that were there already, whole and right.
    pub kept: usize,
}

/// Writes the sheets in `from` as genuine binary files into `to/cifar-10-batches-bin`.
///
/// A batch that is there already is kept if its labels (and its SHA-256, where `from` states it) are right. Every file is
/// written under a temporary name and then renamed, so that an interrupted run leaves no partial file.
///
/// # Errors
/// [`Error::Data`] naming the file at fault; [`Error::Io`].
pub fn prepare(from: &Path, to: &Path, mode: Mode) -> Result<Prepared> {
    let (labels, meta) = labels_and_meta(from)?;
    let sums = fs::read_to_string(from.join(SUMS)).unwrap_or_default();
    let folder = to.join(FOLDER);
    fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
    let mut progress = Progress::with_mode("CIFAR-10 sheets", BATCHES.len() as u64, mode);
    let mut written = 0;
    for (batch, labels) in BATCHES.iter().zip(labels.chunks_exact(RECORDS)) {
        let path = folder.join(format!("{batch}.bin"));
        let sum = sum_of(&sums, batch);
        if !is_right(&path, labels, sum) {
            let bytes = records(&tiles(&sheet(from, batch))?, labels);
            check_sum(&path, &bytes, sum)?;
            write_whole(&path, &bytes)?;
            written += 1;
        }
        progress.step(1, *batch);
    }
    write_whole(&folder.join(META), &meta)?;
    let kept = BATCHES.len() - written;
    progress.finish(format!("{written} written, {kept} kept"));
    Ok(Prepared {
        folder,
        written,
        kept,
    })
}

/// Reads the sheets straight into memory.
///
/// # Errors
/// As [`prepare`].
pub fn read(folder: &Path, mode: Mode) -> Result<Splits> {
    let (labels, meta) = labels_and_meta(folder)?;
    let classes = cifar10::class_names(&folder.join(META), &meta)?;
    log::info!("decoding sheets; `confounder-trainer data prepare` makes this faster");
    let progress = Progress::with_mode("CIFAR-10 sheets", BATCHES.len() as u64, mode);
    let decoded: Vec<Vec<u8>> = BATCHES
        .par_iter()
        .map(|batch| tiles(&sheet(folder, batch)))
        .collect::<Result<_>>()?;
    progress.finish("decoded");
    let set = |split: &str, batches: std::ops::Range<usize>| Dataset {
        name: format!("cifar10 {split}"),
        classes: classes.clone(),
        height: SIDE,
        width: SIDE,
        images: decoded[batches.clone()].concat(),
        labels: labels[batches.start * RECORDS..batches.end * RECORDS].to_vec(),
    };
    Ok(Splits {
        train: set("train", 0..5),
        test: set("test", 5..6),
    })
}

fn sheet(folder: &Path, batch: &str) -> PathBuf {
    folder.join(format!("{batch}.webp"))
}

fn labels_and_meta(folder: &Path) -> Result<(Vec<u8>, Vec<u8>)> {
    let path = folder.join(LABELS);
    let labels = fs::read(&path).map_err(Error::io(&path))?;
    let expected = BATCHES.len() * RECORDS;
    if labels.len() != expected {
        let what = format!("{} labels; {expected} expected", labels.len());
        return Err(Error::data(&path, what));
    }
    if let Some(i) = labels.iter().position(|&label| label > 9) {
        let what = format!("label {} is not below 10", labels[i]);
        return Err(Error::record(&path, i as u64, what));
    }
    let path = folder.join(META);
    let meta = fs::read(&path).map_err(Error::io(&path))?;
    cifar10::class_names(&path, &meta)?;
    Ok((labels, meta))
}

/// Decodes a sheet and cuts it into planar tiles, `[10000, 3, 32, 32]`.
fn tiles(path: &Path) -> Result<Vec<u8>> {
    let sheet = super::decode::file(path)?.into_rgb8();
    if sheet.dimensions() != (SHEET as u32, SHEET as u32) {
        let (width, height) = sheet.dimensions();
        let what = format!("a sheet of {width}x{height}; {SHEET}x{SHEET} expected");
        return Err(Error::data(path, what));
    }
    let pixels = sheet.into_raw();
    let mut planes = vec![0; RECORDS * (RECORD - 1)];
    for (i, tile) in planes.chunks_exact_mut(RECORD - 1).enumerate() {
        let (top, left) = (i / PER_ROW * SIDE, i % PER_ROW * SIDE);
        for y in 0..SIDE {
            let row = &pixels[((top + y) * SHEET + left) * 3..][..3 * SIDE];
            for (x, pixel) in row.chunks_exact(3).enumerate() {
                for (channel, &sample) in pixel.iter().enumerate() {
                    tile[(channel * SIDE + y) * SIDE + x] = sample;
                }
            }
        }
    }
    Ok(planes)
}

fn records(tiles: &[u8], labels: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(labels.len() * RECORD);
    for (tile, &label) in tiles.chunks_exact(RECORD - 1).zip(labels) {
        bytes.push(label);
        bytes.extend_from_slice(tile);
    }
    bytes
}

fn sum_of<'a>(sums: &'a str, batch: &str) -> Option<&'a str> {
    let file = format!("/{batch}.bin");
    let line = sums.lines().find(|line| line.contains(&file))?;
    line.split_whitespace()
        .find_map(|word| word.strip_prefix("sha256="))
}

/// Whether the batch at `path` is whole, has these labels, and (where known) this SHA-256.
fn is_right(path: &Path, labels: &[u8], sum: Option<&str>) -> bool {
    let Ok(bytes) = fs::read(path) else {
        return false;
    };
    let found = bytes.iter().step_by(RECORD);
    bytes.len() == labels.len() * RECORD
        && found.eq(labels)
        && sum.is_none_or(|sum| hex(&Sha256::digest(&bytes)) == sum)
}

fn check_sum(path: &Path, bytes: &[u8], sum: Option<&str>) -> Result<()> {
    let found = hex(&Sha256::digest(bytes));
    match sum {
        Some(sum) if sum != found => {
            let what = format!(
                "would have SHA-256 {found}, but {SUMS} says {sum}; the sheet or its labels are damaged"
            );
            Err(Error::data(path, what))
        }
        _ => Ok(()),
    }
}
