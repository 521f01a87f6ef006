//! The options of `confounder protect`: dry run, photos at once, limits, methods, the summary.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Folder, PHOTO};

#[test]
fn a_dry_run_writes_nothing_and_foresees_what_happens() {
    let folder = Folder::new();
    folder
        .write("in/a.jpg", PHOTO)
        .write("in/bad.png", b"not a photo")
        .write("in/taken.jpg", PHOTO);
    folder.write("out/taken.jpg", b"precious");
    let before = folder.files();
    let arguments = ["protect", "-r", "in", "-o", "out", "--json"];
    let dry = folder
        .run(&[&arguments[..], &["--dry-run"]].concat())
        .status(1);
    assert_eq!(folder.files(), before, "nothing was written");
    let mut foreseen = dry.json_lines();
    let mut happened = folder.run(&arguments).status(1).json_lines();
    for records in [&mut foreseen, &mut happened] {
        records.sort_by_key(|record| record["input"].as_str().unwrap().to_owned());
    }
    assert_eq!(foreseen.len(), 3);
    for (foreseen, happened) in foreseen.iter().zip(&happened) {
        assert_eq!(foreseen["dry_run"], true);
        for field in [
            "input", "output", "error", "width", "height", "metadata", "notes",
        ] {
            assert_eq!(foreseen[field], happened[field], "{field}");
        }
    }
    assert_eq!(foreseen[0]["format"], "jpeg");
    assert_eq!(foreseen[1]["error"]["kind"], "unsupported format");
    assert_eq!(foreseen[2]["error"]["kind"], "file exists");
}

#[test]
fn a_dry_run_speaks_to_people_too() {
    let folder = Folder::new();
    folder.write("a.jpg", PHOTO).write("b.gif", b"GIF89a");
    let done = folder
        .run(&["protect", "a.jpg", "b.gif", "--dry-run"])
        .status(1);
    let text = done.stdout();
    assert!(
        text.contains("a.jpg -> a.protected.jpg  JPEG, 512 x 848 px, would be protected"),
        "{text}"
    );
    assert!(text.contains("b.gif: would be refused: GIF"), "{text}");
    assert!(
        done.stderr().contains("1 of 2 photos would be protected"),
        "{}",
        done.stderr()
    );
    // To standard output nothing is written either, so that a terminal and --json are no hindrance.
    let done = folder
        .run_with_input(&["protect", "-", "--dry-run", "--json"], PHOTO)
        .status(0);
    assert_eq!(done.json_lines()[0]["width"], 512);
}

#[test]
fn photos_at_once_and_threads_change_no_byte() {
    let folder = Folder::new();
    for name in ["in/a.jpg", "in/b.jpg", "in/c.jpg", "in/d.jpg"] {
        folder.write(name, PHOTO);
    }
    folder
        .run(&["protect", "in/a.jpg", "-o", "one.jpg"])
        .status(0);
    let expected = folder.read("one.jpg");
    for (jobs, threads) in [("1", "1"), ("1", "3"), ("3", "1"), ("4", "2"), ("100", "2")] {
        let arguments = [
            "protect",
            "-r",
            "in",
            "-o",
            "out",
            "--force",
            "--jobs",
            jobs,
            "--threads",
            threads,
        ];
        folder.run(&arguments).status(0);
        for name in ["out/a.jpg", "out/b.jpg", "out/c.jpg", "out/d.jpg"] {
            assert!(
                folder.read(name) == expected,
                "{name} with {jobs} at once on {threads} threads"
            );
        }
    }
}

#[test]
fn large_photos_are_refused_by_megapixels() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO); // 0.434 megapixels
    folder
        .run(&["protect", "photo.jpg", "--max-pixels", "0.435"])
        .status(0);
    let arguments = [
        "protect",
        "photo.jpg",
        "--force",
        "--json",
        "--max-pixels",
        "0.434",
    ];
    let refused = folder.run(&arguments).status(1);
    assert_eq!(refused.json_lines()[0]["error"]["kind"], "limit exceeded");
    assert!(
        refused.stderr().contains("--max-pixels"),
        "{}",
        refused.stderr()
    );
}

#[test]
fn the_summary_is_on_standard_error_and_can_be_silenced() {
    let folder = Folder::new();
    folder
        .write("in/a.jpg", PHOTO)
        .write("in/b.jpg", PHOTO)
        .write("in/c.gif.png", b"GIF89a")
        .write("in/d.jpg", &PHOTO[..20_000]);
    let done = folder.run(&["protect", "-r", "in", "-o", "out"]).status(1);
    let table = done.stderr();
    for line in [
        "protected   2 of 4 photos",
        "refused     1  unsupported format",
        "failed      1  damaged photo",
        "time        ",
        "photos/s, ",
        "megapixels/s",
        "bytes       0.1 MB in, ",
        "(median)",
    ] {
        assert!(table.contains(line), "{line} is missing:\n{table}");
    }
    assert!(!done.stdout().contains("of 4"), "{}", done.stdout());
    let quiet = folder
        .run(&["protect", "-r", "in", "-o", "quiet", "--quiet"])
        .status(1);
    assert!(quiet.stderr().contains("2 of 4 photos failed") && !quiet.stderr().contains("median"));
    assert!(quiet.stdout().is_empty());
    let silent = folder
        .run(&[
            "protect", "in/a.jpg", "in/b.jpg", "-o", "silent", "--quiet", "--json",
        ])
        .status(0);
    assert_eq!(
        (silent.json_lines().len(), silent.stderr()),
        (2, String::new())
    );
    // One photo has no table.
    let one = folder.run(&["protect", "in/a.jpg"]).status(0);
    assert_eq!(one.stderr(), "");
}

#[test]
fn records_tell_the_bytes() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    let record = &folder
        .run(&["protect", "photo.jpg", "--json"])
        .status(0)
        .json_lines()[0];
    assert_eq!(record["input_bytes"], PHOTO.len());
    assert_eq!(
        record["output_bytes"],
        folder.read("photo.protected.jpg").len()
    );
}

#[test]
fn options_that_exclude_each_other_or_are_out_of_range_are_status_2() {
    let folder = Folder::new();
    folder.write("a.jpg", PHOTO);
    for arguments in [
        &["--private", "--metadata", "keep"][..],
        &["--metadata", "everything"],
        &["--jpeg", "lossless"],
        &["--jpeg", "coefficients", "--quality", "80"],
        &["--jobs", "0"],
        &["--max-pixels", "0"],
        &["--max-pixels", "50000000"],
    ] {
        let done = folder
            .run(&[&["protect", "a.jpg"], arguments].concat())
            .status(2);
        assert!(!done.stderr().is_empty(), "{arguments:?}");
    }
    assert_eq!(folder.files(), ["a.jpg"]);
}

/// The record of one photo protected with the given arguments.
fn record(folder: &Folder, arguments: &[&str]) -> serde_json::Value {
    let arguments = [&["protect", "--json", "--force"], arguments].concat();
    folder.run(&arguments).status(0).json_lines().remove(0)
}

/// The error kind of one photo that is refused with the given arguments.
fn refusal(folder: &Folder, arguments: &[&str]) -> String {
    let arguments = [&["protect", "--json", "--force"], arguments].concat();
    let record = folder.run(&arguments).status(1).json_lines().remove(0);
    record["error"]["kind"].as_str().unwrap().to_owned()
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

#[test]
fn metadata_choices_reach_the_file() {
    let folder = Folder::new();
    folder.write("a.jpg", PHOTO);
    for (arguments, camera, rights) in [
        (&["--metadata", "keep"][..], true, true),
        (&["--metadata", "private"], true, false),
        (&["--private"], true, false),
        (&["--metadata", "strip"], false, false),
    ] {
        record(&folder, &[&["a.jpg"], arguments].concat());
        let output = folder.read("a.protected.jpg");
        assert_eq!(contains(&output, b"FUJIFILM"), camera, "{arguments:?}");
        assert_eq!(contains(&output, b"xmpRights"), rights, "{arguments:?}");
    }
}

#[test]
fn jpeg_choices_reach_the_file() {
    let folder = Folder::new();
    folder.write("a.jpg", PHOTO);
    for (choice, done) in [
        ("auto", "coefficients"),
        ("coefficients", "coefficients"),
        ("pixels", "pixels"),
    ] {
        assert_eq!(record(&folder, &["a.jpg", "--jpeg", choice])["jpeg"], done);
    }
    assert_eq!(
        record(&folder, &["a.jpg", "--quality", "80"])["jpeg"],
        "pixels"
    );
}

#[test]
fn what_is_refused_is_done_where_that_is_asked_for() {
    let folder = Folder::new();
    folder.write("a.jpg", PHOTO);
    record(&folder, &["a.jpg", "-o", "once.jpg"]);
    assert_eq!(refusal(&folder, &["once.jpg"]), "already protected");
    record(&folder, &["once.jpg", "--repeat"]);

    let gray = image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(6 * x + y) as u8]));
    gray.save(folder.path("gray.png")).unwrap();
    assert_eq!(refusal(&folder, &["gray.png"]), "unsupported format");
    record(&folder, &["gray.png", "--tint-gray"]);
    let tinted = image::open(folder.path("gray.protected.png")).unwrap();
    assert!(tinted.color().has_color());

    let credentials = b"\xFF\xEB\x00\x1AJP\0\x01\0\0\0\x01\0\0\0\x20jumb....c2pa";
    folder.write(
        "signed.jpg",
        &[&PHOTO[..2], &credentials[..], &PHOTO[2..]].concat(),
    );
    assert_eq!(refusal(&folder, &["signed.jpg"]), "protected metadata");
    record(&folder, &["signed.jpg", "--remove-credentials"]);
    assert!(!contains(&folder.read("signed.protected.jpg"), b"c2pa"));
}
