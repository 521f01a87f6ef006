//! One training set out of several: each source's classes are given codes, which sources may share.
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Dataset, Spec, Splits, open, open_unlabelled};
use crate::error::{Error, Result};

/// A data set that takes part in a mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Where it lies, relative to the folder of all sources; in any format that [`open`] reads.
    pub path: String,
    /// Which of its classes take part, numbered anew in this order; without it all do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<usize>>,
    /// The code of each of its classes that take part. Without it classes get the codes 0, 1, 2 and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes: Option<Vec<u8>>,
    /// Take its images for unlabelled, and sort them into so many kinds by what a network sees in them (0: use its labels).
    /// Photos may then lie in any folders below the path.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub kinds: usize,
    /// How many of its training images take part, in a seeded random order (0: all).
    #[serde(default)]
    pub images: usize,
    /// How often each of them comes in an epoch: small sources are seen more often.
    #[serde(default = "once")]
    pub repeat: usize,
}

fn once() -> usize {
    1
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// Labels both sets by so many kinds of images that it finds in the training set, given a seed.
pub type Sort = fn(Splits, usize, u64) -> Result<Splits>;

impl Source {
    /// Its training images in the order in which they take part, at their own size.
    ///
    /// # Errors
    /// As [`open`], and as `sort` where its images are unlabelled; [`Error::Data`] for a class that it has not.
    pub fn open(&self, base: &Path, spec: &Spec, seed: u64, sort: Sort) -> Result<Splits> {
        let path = base.join(&self.path);
        let splits = match self.kinds {
            0 => open(&path, spec)?,
            kinds => sort(open_unlabelled(&path, spec)?, kinds, seed)?,
        };
        let splits = match &self.classes {
            None => splits,
            Some(classes) => Splits {
                train: splits.train.of_classes(classes)?,
                test: splits.test.of_classes(classes)?,
            },
        };
        let train = splits.train.shuffled(seed)?;
        Ok(Splits { train, ..splits })
    }

    fn code(&self, class: usize) -> usize {
        match &self.codes {
            Some(codes) => codes.get(class).map_or(usize::MAX, |&code| code.into()),
            None => class,
        }
    }

    fn check(&self, classes: usize) -> Result<()> {
        let fail = |text: String| Err(Error::Recipe(text));
        if let Some(codes) = &self.codes
            && codes.len() != classes
        {
            let text = format!(
                "source {} has {classes} classes and {} codes; give one code for each class",
                self.path,
                codes.len()
            );
            return fail(text);
        }
        if self.repeat == 0 {
            return fail(format!("source {}: repeat = 0; give at least 1", self.path));
        }
        Ok(())
    }
}

/// All sources as one set of `spec.side` pixels, squashed or stretched to it. Its classes are the codes, named after all
/// that share them.
///
/// # Errors
/// As [`Source::open`], also where a source has fewer images than are asked for; [`Error::Recipe`] for codes that do not fit
/// a source's classes, or a code that no class has.
pub fn mix(base: &Path, sources: &[Source], spec: &Spec, seed: u64, sort: Sort) -> Result<Splits> {
    let mut names: Vec<Vec<String>> = Vec::new();
    let mut mixed = Splits {
        train: empty("sources train", spec.side),
        test: empty("sources test", spec.side),
    };
    for source in sources {
        let splits = source.open(base, spec, seed, sort)?;
        source.check(splits.train.classes.len())?;
        for (class, name) in splits.train.classes.iter().enumerate() {
            let code = source.code(class);
            if names.len() <= code {
                names.resize(code + 1, Vec::new());
            }
            names[code].push(name.clone());
        }
        let train = match source.images {
            0 => splits.train,
            n => splits.train.range(0..n)?,
        };
        for (to, from, times) in [
            (&mut mixed.train, train, source.repeat),
            (&mut mixed.test, splits.test, 1),
        ] {
            let sized = sized(from, spec.side)?;
            for _ in 0..times {
                to.images.extend_from_slice(&sized.images);
                let codes = sized.labels.iter().map(|&l| source.code(l.into()) as u8);
                to.labels.extend(codes);
            }
        }
    }
    if let Some(code) = names.iter().position(Vec::is_empty) {
        let text = format!("no source has a class of code {code}; codes must be 0, 1, 2 and so on");
        return Err(Error::Recipe(text));
    }
    let classes: Vec<String> = names.iter().map(|of| of.join(", ")).collect();
    mixed.train.classes.clone_from(&classes);
    mixed.test.classes = classes;
    Ok(mixed)
}

fn sized(data: Dataset, side: usize) -> Result<Dataset> {
    if [data.height, data.width] == [side, side] {
        return Ok(data);
    }
    data.resized(side, side)
}

fn empty(name: &str, side: usize) -> Dataset {
    Dataset {
        name: name.into(),
        classes: Vec::new(),
        height: side,
        width: side,
        images: Vec::new(),
        labels: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::data::write_tree;

    fn set(classes: &[&str], side: usize, level: u8) -> Dataset {
        let n = 10 * classes.len();
        Dataset {
            name: "set".into(),
            classes: classes.iter().map(|&c| c.into()).collect(),
            height: side,
            width: side,
            images: (0..n * 3 * side * side)
                .map(|i| level + (i % 7) as u8)
                .collect(),
            labels: (0..n).map(|i| (i % classes.len()) as u8).collect(),
        }
    }

    fn source(path: &str, codes: Option<Vec<u8>>) -> Source {
        Source {
            path: path.into(),
            classes: None,
            codes,
            kinds: 0,
            images: 0,
            repeat: 1,
        }
    }

    /// Image 0 is of kind 0, image 1 of kind 1 and so on.
    fn by_number(splits: Splits, kinds: usize, _: u64) -> Result<Splits> {
        let labelled = |data: Dataset| Dataset {
            classes: (0..kinds).map(|i| format!("kind {i}")).collect(),
            labels: (0..data.len()).map(|i| (i % kinds) as u8).collect(),
            ..data
        };
        Ok(Splits {
            train: labelled(splits.train),
            test: labelled(splits.test),
        })
    }

    fn two() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        write_tree(&folder.path().join("a"), &set(&["cat", "dog"], 8, 10)).unwrap();
        write_tree(&folder.path().join("b"), &set(&["moon", "sun"], 16, 200)).unwrap();
        folder
    }

    fn spec() -> Spec {
        Spec {
            side: 8,
            progress: crate::progress::Mode::Silent,
            ..Spec::default()
        }
    }

    #[test]
    fn sources_share_codes_and_get_one_size() {
        let folder = two();
        let sources = [source("a", None), source("b", Some(vec![1, 2]))];
        let mixed = mix(folder.path(), &sources, &spec(), 1, by_number).unwrap();
        assert_eq!(mixed.train.classes, ["cat", "dog, moon", "sun"]);
        assert_eq!(mixed.train.histogram(), [8, 16, 8]);
        mixed.train.validate().unwrap();
        mixed.test.validate().unwrap();
    }

    #[test]
    fn classes_can_be_left_out_of_a_source() {
        let folder = two();
        write_tree(
            &folder.path().join("c"),
            &set(&["ant", "bee", "fly"], 8, 60),
        )
        .unwrap();
        let mut sources = [source("a", None), source("c", Some(vec![1, 2]))];
        sources[1].classes = Some(vec![2, 0]);
        let mixed = mix(folder.path(), &sources, &spec(), 1, by_number).unwrap();
        assert_eq!(mixed.train.classes, ["cat", "dog, fly", "ant"]);
        assert_eq!(mixed.train.histogram(), [8, 16, 8]);
        sources[1].classes = Some(vec![2, 3]);
        let error = mix(folder.path(), &sources, &spec(), 1, by_number).unwrap_err();
        assert!(error.to_string().contains("there is no class 3"), "{error}");
    }

    #[test]
    fn a_source_can_be_cut_and_repeated() {
        let folder = two();
        let mut sources = [source("a", None), source("b", None)];
        sources[0].images = 4;
        sources[0].repeat = 5;
        let mixed = mix(folder.path(), &sources, &spec(), 1, by_number).unwrap();
        assert_eq!(mixed.train.len(), 4 * 5 + 16);
        assert_eq!(mixed.train.image(0), mixed.train.image(4));
    }

    #[test]
    fn an_unlabelled_source_is_sorted_into_kinds_whatever_its_folders_are() {
        let folder = two();
        write_tree(&folder.path().join("a/deep"), &set(&["one", "two"], 8, 90)).unwrap();
        let mut sources = [source("a", Some(vec![2, 0, 1])), source("b", None)];
        sources[0].kinds = 3;
        let mixed = mix(folder.path(), &sources, &spec(), 1, by_number).unwrap();
        assert_eq!(
            mixed.train.classes,
            ["kind 1, moon", "kind 2, sun", "kind 0"]
        );
        assert_eq!(mixed.train.len() + mixed.test.len(), 40 + 20);
        sources[0].codes = Some(vec![0, 1]);
        let error = mix(folder.path(), &sources, &spec(), 1, by_number).unwrap_err();
        assert!(
            error.to_string().contains("3 classes and 2 codes"),
            "{error}"
        );
    }

    #[test]
    fn codes_that_do_not_fit_are_refused() {
        let folder = two();
        let fails = |sources: &[Source]| {
            let error = mix(folder.path(), sources, &spec(), 1, by_number).unwrap_err();
            error.to_string()
        };
        let text = fails(&[source("a", Some(vec![0, 1, 2]))]);
        assert!(text.contains("2 classes and 3 codes"), "{text}");
        let text = fails(&[source("a", Some(vec![0, 2]))]);
        assert!(text.contains("code 1"), "{text}");
        let mut many = source("a", None);
        many.images = 17;
        assert!(fails(&[many]).contains("there is no image 16"));
        let mut none = source("a", None);
        none.repeat = 0;
        assert!(fails(&[none]).contains("repeat = 0"));
    }
}
