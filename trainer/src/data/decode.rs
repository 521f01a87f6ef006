//! Decodes one photo, upright, within limits.
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use image::{DynamicImage, ImageDecoder, ImageReader, Limits};

use crate::error::{Error, Result};

/// The most bytes of one photo's file.
const MAX_FILE: u64 = 256 << 20;
/// The most memory that decoding one photo may take.
const MAX_ALLOC: u64 = 1 << 30;
/// The longest side of one photo.
const MAX_SIDE: u32 = 32_768;

/// Where a photo's bytes lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// A file of its own.
    File(PathBuf),
    /// Part of an archive.
    Range {
        /// The archive.
        archive: PathBuf,
        /// The name inside it, for errors.
        name: String,
        /// The first byte.
        offset: u64,
        /// The number of bytes.
        size: u64,
    },
}

impl Source {
    /// What errors call it.
    fn path(&self) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Range { archive, name, .. } => archive.join(name),
        }
    }

    /// Decodes the photo, turns it upright and squashes it to `[3, side, side]`.
    pub(super) fn planes(&self, side: usize) -> Result<Vec<u8>> {
        let photo = match self {
            Self::File(path) => file(path)?,
            Self::Range {
                archive,
                offset,
                size,
                ..
            } => {
                let bytes = read_range(archive, *offset, *size)?;
                photo(&self.path(), Cursor::new(bytes))?
            }
        };
        Ok(planar(&squash(photo, side as u32).into_rgb8()))
    }
}

/// Decodes a file and turns it upright.
pub(super) fn file(path: &Path) -> Result<DynamicImage> {
    let file = File::open(path).map_err(Error::io(path))?;
    let size = file.metadata().map_err(Error::io(path))?.len();
    check_size(path, size)?;
    photo(path, BufReader::new(file))
}

fn photo(path: &Path, bytes: impl BufRead + Seek) -> Result<DynamicImage> {
    let broken = |e: image::ImageError| Error::data(path, format!("cannot be decoded: {e}"));
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_ALLOC);
    let mut reader = ImageReader::new(bytes)
        .with_guessed_format()
        .map_err(Error::io(path))?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let orientation = decoder.orientation().map_err(broken)?;
    let mut photo = DynamicImage::from_decoder(decoder).map_err(broken)?;
    photo.apply_orientation(orientation);
    Ok(photo)
}

fn squash(photo: DynamicImage, side: u32) -> DynamicImage {
    if photo.width() == side && photo.height() == side {
        return photo;
    }
    photo.resize_exact(side, side, image::imageops::FilterType::Triangle)
}

fn planar(photo: &image::RgbImage) -> Vec<u8> {
    let pixels = photo.as_raw();
    (0..3)
        .flat_map(|channel| pixels.iter().skip(channel).step_by(3).copied())
        .collect()
}

fn read_range(archive: &Path, offset: u64, size: u64) -> Result<Vec<u8>> {
    check_size(archive, size)?;
    let mut file = File::open(archive).map_err(Error::io(archive))?;
    file.seek(SeekFrom::Start(offset))
        .map_err(Error::io(archive))?;
    let mut bytes = vec![0; size as usize];
    file.read_exact(&mut bytes).map_err(Error::io(archive))?;
    Ok(bytes)
}

fn check_size(path: &Path, size: u64) -> Result<()> {
    if size <= MAX_FILE {
        return Ok(());
    }
    let what = format!("a photo of {size} bytes; the limit is {MAX_FILE}");
    Err(Error::data(path, what))
}
