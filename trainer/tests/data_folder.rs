//! Folder trees and tars of photos.
#![allow(clippy::unwrap_used, clippy::print_stderr)]
use std::fs;
use std::path::{Path, PathBuf};

mod common;

use confounder_trainer::data::{Spec, Splits, open, open_unlabelled};
use confounder_trainer::progress::Mode;
use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};

fn spec() -> Spec {
    Spec {
        side: 8,
        progress: Mode::Silent,
        ..Spec::default()
    }
}

fn save(root: &Path, path: &str, image: impl Into<DynamicImage>) -> PathBuf {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.into().save(&path).unwrap();
    path
}

fn flat(colour: [u8; 3]) -> RgbImage {
    RgbImage::from_pixel(20, 10, Rgb(colour))
}

/// Two classes of two photos in each split.
fn tree() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (split, shade) in [("train", 10), ("val", 20)] {
        for (class, red) in [("cat", 100), ("dog", 200)] {
            let name = |i: u8, kind: &str| format!("{split}/{class}/{i}.{kind}");
            save(root.path(), &name(0, "png"), flat([red, shade, 0]));
            save(root.path(), &name(1, "PNG"), flat([red, shade, 1]));
        }
    }
    root
}

fn failure(path: &Path) -> String {
    open(path, &spec()).unwrap_err().to_string()
}

#[test]
fn classes_are_sorted_and_photos_squashed() {
    let root = tree();
    fs::write(root.path().join("train/cat/notes.txt"), "not a photo").unwrap();
    fs::write(root.path().join("train/cat/.hidden.png"), "not a photo").unwrap();
    let Splits { train, test } = open(root.path(), &spec()).unwrap();
    assert_eq!(train.classes, ["cat", "dog"]);
    assert_eq!(
        (train.labels, test.labels.clone()),
        (vec![0, 0, 1, 1], vec![0, 0, 1, 1])
    );
    let planes = [200, 20, 1].map(|sample| [sample; 64]).concat();
    assert_eq!(test.image(3), planes);
}

#[test]
fn gray_photos_become_colour_and_rotated_ones_upright() {
    let root = tree();
    save(
        root.path(),
        "train/cat/gray.png",
        GrayImage::from_pixel(9, 9, Luma([77])),
    );
    // Left half dark, right half light, marked as turned by a quarter: upright, the dark half is on top.
    let half = RgbImage::from_fn(16, 16, |x, _| Rgb([if x < 8 { 0 } else { 255 }; 3]));
    let path = save(root.path(), "train/cat/turned.jpg", half);
    let jpeg = fs::read(&path).unwrap();
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    fs::write(&path, [&jpeg[..2], exif, &jpeg[2..]].concat()).unwrap();
    let train = open(root.path(), &spec()).unwrap().train;
    assert_eq!(train.image(2), [77; 192]);
    let red = &train.image(3)[..64];
    assert!(red[..24].iter().all(|&v| v < 40), "{red:?}");
    assert!(red[40..].iter().all(|&v| v > 215), "{red:?}");
}

#[test]
fn a_tree_without_splits_keeps_a_share_of_each_class_for_testing() {
    let root = tempfile::tempdir().unwrap();
    for i in 0..20 {
        let class = if i < 10 { "a" } else { "b" };
        save(root.path(), &format!("{class}/{i}.png"), flat([i, 0, 0]));
    }
    let Splits { train, test } = open(root.path(), &spec()).unwrap();
    assert_eq!(
        (train.histogram(), test.histogram()),
        (vec![8, 8], vec![2, 2])
    );
    let reds = |set: &confounder_trainer::data::Dataset| -> Vec<u8> {
        (0..set.len()).map(|i| set.image(i)[0]).collect()
    };
    let mut all = [reds(&train), reds(&test)].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..20));
    assert_eq!(open(root.path(), &spec()).unwrap().test, test);
}

#[test]
fn a_tar_reads_as_the_tree_it_holds() {
    let root = tree();
    let folder = tempfile::tempdir().unwrap();
    let tar = folder.path().join("set.tar");
    let mut builder = tar::Builder::new(fs::File::create(&tar).unwrap());
    builder.append_dir_all("above/", root.path()).unwrap();
    builder.finish().unwrap();
    drop(builder);
    let from_tree = open(root.path(), &spec()).unwrap();
    let from_tar = open(&tar, &spec()).unwrap();
    assert_eq!(from_tar.train.sha256(), from_tree.train.sha256());
    assert_eq!(from_tar.test.sha256(), from_tree.test.sha256());
    // A folder with one tar in it stands for the tar.
    assert_eq!(open(folder.path(), &spec()).unwrap(), from_tar);

    let bytes = fs::read(&tar).unwrap();
    fs::write(&tar, &bytes[..bytes.len() / 2]).unwrap();
    let text = failure(&tar);
    assert!(
        text.contains("set.tar: ") && (text.contains("truncated") || text.contains("damaged")),
        "{text}"
    );
}

#[test]
fn a_class_missing_in_one_split_is_named() {
    let root = tree();
    fs::remove_dir_all(root.path().join("val/dog")).unwrap();
    assert!(failure(root.path()).contains("class dog is in train but missing (or empty) in val"));
    fs::rename(root.path().join("train/dog"), root.path().join("val/dog")).unwrap();
    assert!(
        failure(root.path())
            .contains("class dog is in val (or test) but missing (or empty) in train")
    );
}

#[test]
fn an_empty_class_folder_is_named() {
    let root = tree();
    fs::create_dir(root.path().join("train/eel")).unwrap();
    let text = failure(root.path());
    assert!(text.contains("train/eel: an empty class"), "{text}");
}

#[test]
fn an_undecodable_photo_is_named() {
    let root = tree();
    fs::write(root.path().join("val/cat/7.jpg"), b"\xff\xd8\xff\xe0 cut").unwrap();
    let text = failure(root.path());
    assert!(text.contains("val/cat/7.jpg: cannot be decoded"), "{text}");
}

#[test]
fn photos_outside_of_class_folders_and_foreign_folders_are_refused() {
    let root = tree();
    save(root.path(), "stray.png", flat([0; 3]));
    assert!(failure(root.path()).contains("stray.png lies in no class folder"));

    let root = tree();
    save(root.path(), "bird/0.png", flat([0; 3]));
    assert!(failure(root.path()).contains("bird lies outside the train and val"));

    let empty = tempfile::tempdir().unwrap();
    assert!(failure(empty.path()).contains("no data set here"));
    let file = empty.path().join("set.txt");
    fs::write(&file, b"").unwrap();
    assert!(failure(&file).contains("not a data set"));
    assert!(failure(&empty.path().join("absent")).contains("absent"));
}

#[test]
fn sizes_and_memory_are_limited() {
    let root = tree();
    let with = |change: fn(&mut Spec)| {
        let mut spec = spec();
        change(&mut spec);
        open(root.path(), &spec).unwrap_err().to_string()
    };
    assert!(
        with(|s| s.max_bytes = 1535).contains("8 photos at 8x8 take 1536 bytes, the limit is 1535")
    );
    assert!(with(|s| s.side = 0).contains("side = 0"));
    assert!(with(|s| s.holdout = 1.0).contains("holdout = 1"));
}

#[test]
fn real_photos_from_a_tar() {
    let Some(root) = common::data::shared("imagenette_224") else {
        return;
    };
    let spec = Spec { side: 96, ..spec() };
    let Splits { train, test } = open(&root, &spec).unwrap();
    assert_eq!(
        (train.histogram(), test.histogram()),
        (vec![180; 10], vec![60; 10])
    );
    assert_eq!(train.classes[0], "n01440764");
    let mean = train.images.iter().map(|&v| u64::from(v)).sum::<u64>() / train.images.len() as u64;
    assert!((100..140).contains(&mean), "{mean}");
}

#[test]
fn unlabelled_photos_may_lie_anywhere() {
    let root = tempfile::tempdir().unwrap();
    for i in 0..5 {
        save(root.path(), &format!("{i}.png"), flat([i, 0, 0]));
        save(root.path(), &format!("trip/day 2/{i}.png"), flat([i, 9, 0]));
    }
    let Splits { train, test } = open_unlabelled(root.path(), &spec()).unwrap();
    assert_eq!((train.len(), test.len()), (8, 2));
    assert_eq!(train.classes, ["photos"]);
    assert_eq!(train.labels, [0; 8]);

    let Splits { train, test } = open_unlabelled(tree().path(), &spec()).unwrap();
    assert_eq!((train.len(), test.len()), (4, 4));
    assert_eq!(test.image(0)[64], 20, "a photo of the folder val");

    save(root.path(), "train/steam.png", flat([7, 7, 7]));
    let Splits { train, test } = open_unlabelled(root.path(), &spec()).unwrap();
    assert_eq!((train.len(), test.len()), (9, 2), "a folder of trains");

    let none = tempfile::tempdir().unwrap();
    let error = open_unlabelled(none.path(), &spec()).unwrap_err();
    assert!(error.to_string().contains("no photos here"), "{error}");
}
