//! `confounder protect` as a user meets it.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Folder, PHOTO};

#[test]
fn writes_beside_the_input_and_never_overwrites() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    let done = folder.run(&["protect", "photo.jpg"]).status(0);
    assert!(
        done.stdout()
            .contains("photo.jpg -> photo.protected.jpg  512 x 848 px"),
        "{}",
        done.stdout()
    );
    assert_eq!(folder.files(), ["photo.jpg", "photo.protected.jpg"]);
    assert_eq!(folder.read("photo.jpg"), PHOTO);
    let first = folder.read("photo.protected.jpg");

    folder.write("photo.protected.jpg", b"precious");
    let refused = folder.run(&["protect", "photo.jpg"]).status(1);
    assert!(refused.stderr().contains("--force"), "{}", refused.stderr());
    assert_eq!(folder.read("photo.protected.jpg"), b"precious");

    folder.run(&["protect", "photo.jpg", "--force"]).status(0);
    assert_eq!(
        folder.read("photo.protected.jpg"),
        first,
        "the same photo gives the same bytes"
    );
}

#[test]
fn the_input_itself_can_be_replaced_with_force_only() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    folder
        .run(&["protect", "photo.jpg", "-o", "photo.jpg"])
        .status(1);
    assert_eq!(folder.read("photo.jpg"), PHOTO);
    folder
        .run(&["protect", "photo.jpg", "-o", "photo.jpg", "--force"])
        .status(0);
    assert_ne!(folder.read("photo.jpg"), PHOTO);
    assert_eq!(folder.files(), ["photo.jpg"]);
}

#[test]
fn streams_equal_files_on_any_number_of_threads() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    folder
        .run(&["protect", "photo.jpg", "-o", "file.jpg"])
        .status(0);
    let expected = folder.read("file.jpg");
    for threads in ["1", "2", "4"] {
        let done = folder
            .run_with_input(&["protect", "-", "--threads", threads], PHOTO)
            .status(0);
        assert_eq!(done.stdout_bytes(), expected, "{threads} threads");
    }
    folder
        .run_with_input(&["protect", "-", "-o", "piped.jpg"], PHOTO)
        .status(0);
    assert_eq!(folder.read("piped.jpg"), expected);
}

#[test]
fn folders_keep_their_structure_and_one_bad_file_stops_nothing() {
    let folder = Folder::new();
    folder
        .write("in/a.jpg", PHOTO)
        .write("in/deep/b.JPG", PHOTO)
        .write("in/deep/bad.png", b"not a photo");
    folder
        .write("in/notes.txt", b"ignored")
        .write("in/c.protected.jpg", b"made by an earlier run");

    assert!(
        folder
            .run(&["protect", "in"])
            .status(2)
            .stderr()
            .contains("-r")
    );
    let done = folder
        .run(&["protect", "-r", "in", "-o", "out", "--json"])
        .status(1);
    let mut records = done.json_lines();
    records.sort_by_key(|record| record["input"].as_str().unwrap().to_owned());
    let inputs: Vec<&str> = records
        .iter()
        .map(|record| record["input"].as_str().unwrap())
        .collect();
    assert_eq!(inputs, ["in/a.jpg", "in/deep/b.JPG", "in/deep/bad.png"]);
    assert_eq!(records[2]["error"]["kind"], "unsupported format");
    assert!(records[2]["output"].is_null());
    assert!(
        done.stderr().contains("in/deep/bad.png") && done.stderr().contains("2 of 3"),
        "{}",
        done.stderr()
    );

    let written: Vec<String> = folder
        .files()
        .into_iter()
        .filter(|name| name.starts_with("out/"))
        .collect();
    assert_eq!(written, ["out/a.jpg", "out/deep/b.JPG"]);
    assert_eq!(folder.read("out/a.jpg"), folder.read("out/deep/b.JPG"));
}

#[test]
fn json_has_the_promised_shape() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    let records = folder
        .run(&["protect", "photo.jpg", "--json"])
        .status(0)
        .json_lines();
    let [record] = records.as_slice() else {
        panic!("one line per photo")
    };
    assert_eq!(record["input"], "photo.jpg");
    assert_eq!(record["output"], "photo.protected.jpg");
    assert_eq!(record["engine"], "cpu");
    for stage in ["decode", "grid", "generator", "blend", "encode"] {
        assert!(
            record["timings_ms"][stage].as_f64().unwrap() > 0.0,
            "{stage}: {record}"
        );
    }
    assert!(record["psnr_db"].as_f64().unwrap() > 20.0);
    let exif = record["metadata"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["name"] == "EXIF")
        .unwrap();
    assert_eq!(
        (&exif["action"], &exif["bytes"]),
        (&"kept".into(), &528.into())
    );
}

#[test]
fn strength_scales_the_change_and_zero_changes_nothing() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    let psnr = |strength: &str| {
        let arguments = [
            "protect",
            "photo.jpg",
            "--json",
            "--force",
            "--strength",
            strength,
        ];
        folder.run(&arguments).status(0).json_lines()[0]["psnr_db"].as_f64()
    };
    assert_eq!(psnr("0"), None);
    assert!(psnr("0.5").unwrap() > psnr("1.5").unwrap() + 3.0);
}

#[test]
fn wrong_usage_is_status_2() {
    let folder = Folder::new();
    folder
        .write("a.jpg", PHOTO)
        .write("b.jpg", PHOTO)
        .write("other/a.jpg", PHOTO);
    for arguments in [
        &["protect"][..],
        &["protect", "a.jpg", "--strength", "7"],
        &["protect", "a.jpg", "--quality", "0"],
        &["protect", "a.jpg", "--threads", "0"],
        &["protect", "a.jpg", "b.jpg", "-o", "-"],
        &["protect", "a.jpg", "b.jpg", "-o", "other/a.jpg"],
        &["protect", "a.jpg", "other/a.jpg", "-o", "out"],
        &["protect", "-", "--json"],
        &["protect", "-", "-"],
        &["protect", "-r", "other/empty", "-o"],
        &["frobnicate"],
    ] {
        let done = folder.run(arguments).status(2);
        assert!(!done.stderr().is_empty(), "{arguments:?}");
    }
    assert_eq!(
        folder.files(),
        ["a.jpg", "b.jpg", "other/a.jpg"],
        "nothing was written"
    );
}

#[test]
fn a_bad_generator_is_status_3() {
    let folder = Folder::new();
    folder
        .write("a.jpg", PHOTO)
        .write("bad.onnx", b"not a model");
    assert!(
        folder
            .run(&["protect", "a.jpg", "--generator", "bad.onnx"])
            .status(3)
            .stderr()
            .contains("bad.onnx")
    );
    assert!(
        folder
            .run(&["protect", "a.jpg", "--generator", "none.onnx"])
            .status(3)
            .stderr()
            .contains("none.onnx")
    );
    assert_eq!(folder.files(), ["a.jpg", "bad.onnx"]);
}

#[test]
fn a_missing_photo_is_status_1() {
    let folder = Folder::new();
    let done = folder.run(&["protect", "none.jpg"]).status(1);
    assert!(done.stderr().contains("none.jpg"), "{}", done.stderr());
    assert!(folder.files().is_empty());
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_no_half_written_file() {
    use std::process::{Command, Stdio};
    let folder = Folder::new();
    let names: Vec<String> = (0..400).map(|i| format!("in/{i:03}.jpg")).collect();
    for name in &names {
        folder.write(name, PHOTO);
    }
    let mut command = folder.command(&["protect", "-r", "in", "-o", "out", "--threads", "1"]);
    let child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !folder.files().iter().any(|name| name.starts_with("out/")) {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    let status = { child }.wait().unwrap();
    assert_eq!(status.code(), Some(130));
    folder
        .write("reference.jpg", PHOTO)
        .run(&["protect", "reference.jpg"])
        .status(0);
    let whole = folder.read("reference.protected.jpg");
    let written: Vec<String> = folder
        .files()
        .into_iter()
        .filter(|name| name.starts_with("out/"))
        .collect();
    assert!(
        !written.is_empty() && written.len() < names.len(),
        "{} written",
        written.len()
    );
    for name in written {
        assert!(folder.read(&name) == whole, "{name} is not a whole photo");
    }
}
