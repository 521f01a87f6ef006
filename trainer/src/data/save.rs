//! Writing data sets back to disk.

use std::{fs, path::Path};

use super::Dataset;
use crate::{
    error::{Error, Result},
    files::write_whole,
};

/// Writes CIFAR-10's binary records: a label byte, then the red, green and blue planes of 32 x 32 samples.
///
/// # Errors
/// [`Error::Data`] where the images are not 32 x 32; [`Error::Io`].
pub fn write_records(path: &Path, data: &Dataset) -> Result<()> {
    if (data.height, data.width) != (32, 32) {
        let what = format!(
            "CIFAR-10 records hold 32 x 32 images, not {} x {}",
            data.width, data.height
        );
        return Err(Error::data(path, what));
    }
    let records: Vec<u8> = data
        .labels
        .iter()
        .zip(data.images.chunks(data.samples()))
        .flat_map(|(&label, image)| std::iter::once(label).chain(image.iter().copied()))
        .collect();
    write_whole(path, &records)
}

/// Writes a folder tree `class/NNNNN.png`.
///
/// # Errors
/// [`Error::Io`]; [`Error::Data`] where a picture cannot be encoded.
pub fn write_tree(folder: &Path, data: &Dataset) -> Result<()> {
    for (i, &label) in data.labels.iter().enumerate() {
        let class = folder.join(&data.classes[usize::from(label)]);
        fs::create_dir_all(&class).map_err(Error::io(&class))?;
        let path = class.join(format!("{i:05}.png"));
        let (planes, pixels) = (data.image(i), data.height * data.width);
        let picture = image::RgbImage::from_fn(data.width as u32, data.height as u32, |x, y| {
            let at = y as usize * data.width + x as usize;
            image::Rgb([planes[at], planes[pixels + at], planes[2 * pixels + at]])
        });
        picture
            .save(&path)
            .map_err(|e| Error::data(&path, e.to_string()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn set(side: usize) -> Dataset {
        Dataset {
            name: "test".into(),
            classes: vec!["a".into(), "b".into()],
            height: side,
            width: side,
            images: (0..2 * 3 * side * side).map(|i| (i % 251) as u8).collect(),
            labels: vec![1, 0],
        }
    }

    #[test]
    fn records_have_the_genuine_length_and_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.bin");
        write_records(&path, &set(32)).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes.len(), 2 * 3073);
        assert_eq!((bytes[0], bytes[3073]), (1, 0));
        assert_eq!(&bytes[1..3073], set(32).image(0));
        assert!(write_records(&path, &set(16)).is_err());
    }

    #[test]
    fn a_tree_holds_the_same_pixels() {
        let folder = tempfile::tempdir().unwrap();
        write_tree(folder.path(), &set(8)).unwrap();
        let picture = image::open(folder.path().join("b/00000.png"))
            .unwrap()
            .to_rgb8();
        assert_eq!(picture.get_pixel(3, 2).0, [19, 64 + 19, 128 + 19]);
    }
}
