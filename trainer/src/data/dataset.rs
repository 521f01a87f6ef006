//! Labelled images of one size, in memory.
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::resample::Resampler;
use crate::error::{Error, Result};

/// `N` labelled 8-bit sRGB images of one size.
///
/// ```
/// # use confounder_trainer::data::Dataset;
/// let set = Dataset {
///     name: "two".into(),
///     classes: vec!["dark".into(), "light".into()],
///     height: 1,
///     width: 2,
///     images: vec![0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255],
///     labels: vec![0, 1],
/// };
/// set.validate()?;
/// assert_eq!(set.image(1), [250, 251, 252, 253, 254, 255]);
/// # Ok::<(), confounder_trainer::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// What to call it in reports and errors, such as `cifar10 train`.
    pub name: String,
    /// The class names; a label is an index into them. 2 to 256.
    pub classes: Vec<String>,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// `[N, 3, height, width]`: the red plane, the green plane, the blue plane of each image, as in CIFAR's binary files.
    pub images: Vec<u8>,
    /// One label per image.
    pub labels: Vec<u8>,
}

impl Dataset {
    /// The number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no images.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Samples per image: `3 * height * width`.
    #[must_use]
    pub fn samples(&self) -> usize {
        3 * self.height * self.width
    }

    /// The samples of image `i`, `[3, height, width]`; empty where there is no such image.
    #[must_use]
    pub fn image(&self, i: usize) -> &[u8] {
        let samples = self.samples();
        let start = i.saturating_mul(samples);
        self.images
            .get(start..start.saturating_add(samples))
            .unwrap_or_default()
    }

    /// The images at `indices`, in that order.
    ///
    /// # Errors
    /// [`Error::Data`] naming the first index out of range.
    pub fn subset(&self, indices: &[usize]) -> Result<Self> {
        let mut subset = self.empty_like(self.height, self.width, indices.len());
        for &i in indices {
            let label = self.labels.get(i).ok_or_else(|| {
                let what = format!("there is no image {i}: the set has {}", self.len());
                Error::data(Path::new(&self.name), what)
            })?;
            subset.images.extend_from_slice(self.image(i));
            subset.labels.push(*label);
        }
        Ok(subset)
    }

    /// The images `range.start` to `range.end - 1`.
    ///
    /// # Errors
    /// [`Error::Data`] where the range reaches past the end.
    pub fn range(&self, range: std::ops::Range<usize>) -> Result<Self> {
        self.subset(&range.collect::<Vec<_>>())
    }

    /// `count` images from all over the set, evenly: a set that is sorted by class keeps its classes' shares. All where it
    /// has no more than that.
    ///
    /// # Errors
    /// None: it says so as [`Self::subset`] does, which it asks for images that are there.
    pub fn spread(&self, count: usize) -> Result<Self> {
        let (n, count) = (self.len(), count.min(self.len()));
        self.subset(&(0..count).map(|i| i * n / count).collect::<Vec<_>>())
    }

    /// The images of these classes alone; the first of them is class 0 then, the next one class 1 and so on.
    ///
    /// # Errors
    /// [`Error::Data`] naming the first class out of range, or one that is named twice.
    pub fn of_classes(&self, classes: &[usize]) -> Result<Self> {
        let name = |&class: &usize| {
            let missing = || {
                format!(
                    "there is no class {class}: the set has {}",
                    self.classes.len()
                )
            };
            let found = self.classes.get(class).cloned();
            found.ok_or_else(|| Error::data(Path::new(&self.name), missing()))
        };
        let names = classes.iter().map(name).collect::<Result<_>>()?;
        let twice = (1..classes.len()).find(|&i| classes[..i].contains(&classes[i]));
        if let Some(i) = twice {
            let what = format!("class {} is named twice", classes[i]);
            return Err(Error::data(Path::new(&self.name), what));
        }
        let number = |label: u8| classes.iter().position(|&c| c == usize::from(label));
        let taken: Vec<usize> = (0..self.len())
            .filter(|&i| number(self.labels[i]).is_some())
            .collect();
        let mut set = self.subset(&taken)?;
        set.classes = names;
        set.labels = set
            .labels
            .iter()
            .filter_map(|&l| number(l))
            .map(|n| n as u8)
            .collect();
        Ok(set)
    }

    /// These images, then those of another set of the same size and classes.
    ///
    /// # Errors
    /// [`Error::Data`] where sizes or classes differ.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        let shape = |set: &Self| (set.height, set.width, set.classes.clone());
        if shape(self) != shape(other) {
            let what = format!("{} has another size or other classes", other.name);
            return Err(Error::data(Path::new(&self.name), what));
        }
        let mut all = self.clone();
        all.images.extend_from_slice(&other.images);
        all.labels.extend_from_slice(&other.labels);
        Ok(all)
    }

    /// The same images in a random order.
    ///
    /// # Errors
    /// As [`Dataset::subset`].
    pub fn shuffled(&self, seed: u64) -> Result<Self> {
        let order = super::epoch_order(self.len(), seed, 0);
        self.subset(&order.iter().map(|&i| i as usize).collect::<Vec<_>>())
    }

    /// All images at another size, squashed or stretched with a triangle filter (area-like when shrinking).
    ///
    /// # Errors
    /// [`Error::Data`] where a side is 0.
    pub fn resized(&self, height: usize, width: usize) -> Result<Self> {
        if height == 0 || width == 0 {
            let what = format!("cannot resize to {height}x{width}; each side must be 1 or more");
            return Err(Error::data(Path::new(&self.name), what));
        }
        let rows = Resampler::new(self.height, 0.0, self.height as f32, height);
        let columns = Resampler::new(self.width, 0.0, self.width as f32, width);
        let images = (0..self.len())
            .into_par_iter()
            .flat_map_iter(|i| {
                let mut planes = vec![0.0; 3 * height * width];
                super::resample::resample(self.image(i), &rows, &columns, &mut planes);
                planes.into_iter().map(|v| (v * 255.0).round() as u8)
            })
            .collect();
        Ok(Self {
            images,
            labels: self.labels.clone(),
            ..self.empty_like(height, width, 0)
        })
    }

    /// The images per class.
    #[must_use]
    pub fn histogram(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for &label in &self.labels {
            if let Some(count) = counts.get_mut(usize::from(label)) {
                *count += 1;
            }
        }
        counts
    }

    /// The SHA-256 of dimensions, classes, labels and images, in lower-case hexadecimal: what a report says it was trained on.
    #[must_use]
    pub fn sha256(&self) -> String {
        let mut hasher = Sha256::new();
        for n in [self.len(), self.height, self.width, self.classes.len()] {
            hasher.update((n as u64).to_le_bytes());
        }
        for class in &self.classes {
            hasher.update((class.len() as u64).to_le_bytes());
            hasher.update(class.as_bytes());
        }
        hasher.update(&self.labels);
        hasher.update(&self.images);
        super::hex(&hasher.finalize())
    }

    /// Checks that sizes agree, that labels are in range, and that every class has an image.
    ///
    /// # Errors
    /// [`Error::Data`] naming the record and the value at fault.
    pub fn validate(&self) -> Result<()> {
        let fail = |what: String| Err(Error::data(Path::new(&self.name), what));
        let (n, classes) = (self.len(), self.classes.len());
        if !(2..=256).contains(&classes) {
            return fail(format!("{classes} classes; 2 to 256 are possible"));
        }
        if self.samples() == 0 || self.images.len() != n * self.samples() {
            return fail(format!(
                "{} bytes of pixels; {n} images of 3x{}x{} need {}",
                self.images.len(),
                self.height,
                self.width,
                n * self.samples()
            ));
        }
        if let Some(i) = self.labels.iter().position(|&l| usize::from(l) >= classes) {
            let what = format!(
                "label {} is not below the {classes} classes",
                self.labels[i]
            );
            return Err(Error::record(Path::new(&self.name), i as u64, what));
        }
        if let Some(empty) = self.histogram().iter().position(|&count| count == 0) {
            let class = &self.classes[empty];
            return fail(format!("class {empty} ({class}) has no image"));
        }
        Ok(())
    }

    fn empty_like(&self, height: usize, width: usize, capacity: usize) -> Self {
        Self {
            name: self.name.clone(),
            classes: self.classes.clone(),
            height,
            width,
            images: Vec::with_capacity(capacity * 3 * height * width),
            labels: Vec::with_capacity(capacity),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn three() -> Dataset {
        Dataset {
            name: "three".into(),
            classes: vec!["a".into(), "b".into()],
            height: 1,
            width: 1,
            images: vec![1, 2, 3, 4, 5, 6, 7, 8, 9],
            labels: vec![0, 1, 1],
        }
    }

    fn message(set: &Dataset) -> String {
        set.validate().unwrap_err().to_string()
    }

    #[test]
    fn classes_taken_are_numbered_anew_and_each_once() {
        let taken = three().of_classes(&[1]).unwrap();
        assert_eq!(
            (taken.classes, taken.labels),
            (vec!["b".into()], vec![0, 0])
        );
        assert_eq!(taken.images, [4, 5, 6, 7, 8, 9]);
        assert_eq!(three().of_classes(&[1, 0]).unwrap().labels, [1, 0, 0]);
        let error = |classes: &[usize]| three().of_classes(classes).unwrap_err().to_string();
        assert_eq!(error(&[0, 2]), "three: there is no class 2: the set has 2");
        assert_eq!(error(&[1, 1]), "three: class 1 is named twice");
    }

    #[test]
    fn faults_are_named_with_record_and_value() {
        assert!(three().validate().is_ok());
        let mut set = three();
        set.labels[2] = 7;
        assert_eq!(
            message(&set),
            "three, record 2: label 7 is not below the 2 classes"
        );
        let mut set = three();
        set.labels[0] = 1;
        assert_eq!(message(&set), "three: class 0 (a) has no image");
        let mut set = three();
        set.images.pop();
        assert_eq!(
            message(&set),
            "three: 8 bytes of pixels; 3 images of 3x1x1 need 9"
        );
        let mut set = three();
        set.classes.truncate(1);
        assert_eq!(message(&set), "three: 1 classes; 2 to 256 are possible");
    }

    #[test]
    fn a_subset_keeps_the_order_asked_for() {
        let subset = three().subset(&[2, 0]).unwrap();
        assert_eq!(
            (subset.images, subset.labels),
            (vec![7, 8, 9, 1, 2, 3], vec![1, 0])
        );
        assert_eq!(three().range(1..3).unwrap().labels, [1, 1]);
        assert_eq!(three().spread(2).unwrap().images, [1, 2, 3, 4, 5, 6]);
        let six = three().joined(&three()).unwrap();
        assert_eq!(six.spread(3).unwrap(), six.subset(&[0, 2, 4]).unwrap());
        assert_eq!(three().spread(9).unwrap(), three());
        let text = three().subset(&[3]).unwrap_err().to_string();
        assert_eq!(text, "three: there is no image 3: the set has 3");
    }

    #[test]
    fn sets_of_one_kind_are_joined() {
        let both = three().joined(&three()).unwrap();
        assert_eq!(both.labels, [0, 1, 1, 0, 1, 1]);
        assert_eq!(both.image(4), three().image(1));
        let mut other = three();
        other.classes[0] = "c".into();
        assert!(three().joined(&other).is_err());
    }

    #[test]
    fn the_hash_sees_pixels_labels_classes_and_shape() {
        let mut hashes = vec![three().sha256()];
        let mut set = three();
        set.images[8] = 10;
        hashes.push(set.sha256());
        let mut set = three();
        set.labels = vec![1, 0, 1];
        hashes.push(set.sha256());
        let mut set = three();
        set.classes[0] = "c".into();
        hashes.push(set.sha256());
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), 4);
        assert_eq!(three().sha256(), three().sha256());
    }

    #[test]
    fn resizing_keeps_flat_colours_and_labels() {
        let mut set = three();
        set.height = 2;
        set.width = 2;
        set.images = set.images.iter().flat_map(|&v| [v * 20; 4]).collect();
        let small = set.resized(1, 3).unwrap();
        assert_eq!((small.height, small.width, small.len()), (1, 3, 3));
        assert_eq!(small.image(1), [80, 80, 80, 100, 100, 100, 120, 120, 120]);
        assert_eq!(small.labels, set.labels);
        assert!(set.resized(0, 3).is_err());
    }
}
