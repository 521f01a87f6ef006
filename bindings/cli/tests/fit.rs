//! `confounder fit`, on photos that are drawn here.

#![allow(clippy::unwrap_used)]

mod common;

use common::Folder;
use image::{Rgb, RgbImage};

const GENERATOR: &[u8] = include_bytes!("../../../tests/fixtures/generators/with_head.onnx");

/// A colour on one of four sides; `at` changes its shade.
fn draw(kind: usize, at: u32) -> Vec<u8> {
    let shade = (at * 7 % 40) as u8;
    let photo = RgbImage::from_fn(40, 40, |x, y| {
        let inside = [x < 20, x >= 20, y < 20, y >= 20][kind];
        let colour = [[190, 50, 40], [50, 170, 60], [50, 60, 180], [180, 170, 50]][kind];
        Rgb(if inside {
            colour.map(|c: u8| c + shade)
        } else {
            [110 + shade / 4; 3]
        })
    });
    let mut png = std::io::Cursor::new(Vec::new());
    photo.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// Six photos of each of four kinds, in sub-folders or not.
fn folder(in_folders: bool) -> Folder {
    let folder = Folder::new();
    folder.write("base.onnx", GENERATOR);
    for at in 0..24 {
        let (kind, name) = (at as usize % 4, format!("{at:02}.png"));
        let path = match in_folders {
            true => format!("photos/{}/{name}", ["aardvark", "bee", "cat", "dog"][kind]),
            false => format!("photos/{name}"),
        };
        folder.write(&path, &draw(kind, at));
    }
    folder
}

const FIT: [&str; 6] = [
    "fit",
    "photos",
    "-o",
    "mine.onnx",
    "--generator",
    "base.onnx",
];

fn fit<'a>(more: &[&'a str]) -> Vec<&'a str> {
    [&FIT, more].concat()
}

#[test]
fn sub_folders_are_the_groups_and_protect_takes_the_file() {
    let folder = folder(true);
    let done = folder.run(&fit(&["--json"]));
    let told = done.status(0).json_lines().remove(0);
    let labels: Vec<_> = (0..4)
        .map(|i| told["groups"][i]["label"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(labels, ["aardvark", "bee", "cat", "dog"]);
    let page = String::from_utf8(folder.read("mine.html")).unwrap();
    assert_eq!(page.matches("data:image/jpeg;base64,").count(), 24);
    assert!(
        page.contains("aardvark") && !page.contains("http"),
        "self-contained"
    );
    let model = folder.read("mine.onnx");
    assert!(
        !model.windows(3).any(|bytes| bytes == b"aardvark"),
        "no names in the file"
    );
    let shown = folder.run(&["inspect", "mine.onnx"]);
    assert!(shown.stdout().contains("groups"), "{}", shown.stdout());
    let protect = [
        "protect",
        "--generator",
        "mine.onnx",
        "photos/aardvark/00.png",
        "-o",
        "safe.png",
    ];
    folder.run(&protect).status(0);
}

#[test]
fn without_labels_kinds_are_found_and_edited_by_number() {
    let folder = folder(false);
    folder.write("photos/broken.jpg", b"\xff\xd8\xff\xe0 no photo");
    // One photo is skipped.
    let done = folder.run(&fit(&["--kinds", "4"])).status(1);
    assert!(
        done.stderr().contains("broken.jpg: skipped"),
        "{}",
        done.stderr()
    );
    assert_eq!(
        done.stdout().matches("    6 photos").count(),
        4,
        "{}",
        done.stdout()
    );
    // Files are not replaced.
    folder.run(&fit(&["--kinds", "4"])).status(2);
    let edited = folder.run(&fit(&[
        "--kinds",
        "4",
        "--merge",
        "1,2",
        "--split",
        "3",
        "--force",
        "--no-sheet",
    ]));
    assert!(
        edited.stdout().contains("group 5"),
        "{}{}",
        edited.stdout(),
        edited.stderr()
    );
    assert!(!edited.stdout().contains("group 2"), "{}", edited.stdout());
}

#[test]
fn what_cannot_be_fitted_is_said() {
    let folder = folder(false);
    let labels = folder.run(&fit(&["--labels"])).status(2);
    assert!(
        labels.stderr().contains("sub-folders"),
        "{}",
        labels.stderr()
    );
    let kinds = folder.run(&fit(&["--kinds", "25"])).status(2);
    assert!(
        kinds.stderr().contains("25 groups of 24 photos"),
        "{}",
        kinds.stderr()
    );
    assert!(
        !folder.files().iter().any(|file| file.starts_with("mine")),
        "nothing is left behind"
    );
}
