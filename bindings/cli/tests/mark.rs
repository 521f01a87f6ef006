//! The mark against data mining, judged by exiftool and by ImageMagick where they are installed.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use common::{Folder, PHOTO};
use serde_json::Value;

const TRAINING: &str = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED-AIMLTRAINING";
const ALL: &str = "http://ns.useplus.org/ldf/vocab/DMI-PROHIBITED";

/// One black pixel.
const GIF: &[u8] =
    b"GIF87a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF,\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;";

/// One photo of each format that can be marked, made here.
fn one_of_each() -> Folder {
    let folder = Folder::new();
    let photo = image::load_from_memory(PHOTO).unwrap().thumbnail(64, 64);
    for name in ["a.jpg", "b.png", "c.webp", "d.tif"] {
        photo.save(folder.path(name)).unwrap();
    }
    folder.write("e.gif", GIF);
    folder
}

fn said(folder: &Folder, name: &str) -> Value {
    let record = folder.run(&["inspect", name, "--json"]);
    record.json_lines()[0]["data_mining"].clone()
}

#[test]
fn every_format_is_marked_once() {
    let folder = one_of_each();
    for name in ["a.jpg", "b.png", "c.webp", "d.tif", "e.gif"] {
        let before = folder.read(name);
        let done = folder.run(&["mark", name, "--json"]).status(0);
        let record = done.json_lines()[0].clone();
        assert_eq!(
            (&record["value"], &record["changed"]),
            (&TRAINING.into(), &true.into())
        );
        assert_eq!(folder.read(name), before, "the input stays");
        let output = record["output"].as_str().unwrap().to_owned();
        assert!(output.contains(".marked."), "{output}");
        let again = folder
            .run(&["mark", "--in-place", &output, "--json"])
            .status(0);
        assert_eq!(again.json_lines()[0]["changed"], false);
        let more = [
            "mark",
            "--in-place",
            "--value",
            "DMI-PROHIBITED",
            &output,
            "--json",
        ];
        assert_eq!(folder.run(&more).status(0).json_lines()[0]["value"], ALL);
        let less = folder
            .run(&["mark", "--in-place", &output, "--json"])
            .status(0);
        assert_eq!(less.json_lines()[0]["value"], ALL, "nothing is weakened");
    }
    assert_eq!(said(&folder, "a.marked.jpg"), ALL);
}

#[test]
fn protecting_can_mark_and_compare_sees_what_is_lost() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    folder
        .run(&["protect", "--mark", "photo.jpg", "-o", "safe.jpg"])
        .status(0);
    assert_eq!(said(&folder, "safe.jpg"), TRAINING);
    let arguments = [
        "protect",
        "--metadata",
        "strip",
        "--mark=DMI-PROHIBITED",
        "photo.jpg",
        "-o",
        "bare.jpg",
    ];
    folder.run(&arguments).status(0);
    assert_eq!(said(&folder, "bare.jpg"), ALL);
    let lost = folder
        .run(&["compare", "safe.jpg", "photo.jpg"])
        .status(0)
        .stdout();
    assert!(lost.contains("data mining     lost: http"), "{lost}");
    folder
        .run(&["protect", "--mark=PERHAPS", "photo.jpg", "-o", "x.jpg"])
        .status(2);
}

#[test]
fn other_formats_get_a_sidecar_and_say_so() {
    let folder = Folder::new();
    folder
        .write("clip.mp4", b"\0\0\0\x18ftypmp42")
        .write("broken.png", b"\x89PNG\r\n\x1A\n\0\0");
    let refused = folder
        .run(&["mark", "clip.mp4", "broken.png"])
        .status(1)
        .stderr();
    assert!(
        refused.contains("--sidecar") && refused.contains("damaged"),
        "{refused}"
    );
    folder.run(&["mark", "--sidecar", "clip.mp4"]).status(0);
    let packet = String::from_utf8(folder.read("clip.xmp")).unwrap();
    assert!(packet.contains(TRAINING));
    folder.run(&["mark", "--sidecar", "clip.mp4"]).status(1);
    let advice = folder.run(&["mark", "--server"]).status(0).stdout();
    assert!(advice.contains("tdm-reservation: 1") && advice.contains("X-Robots-Tag"));
}

#[test]
fn nothing_else_of_a_hundred_photos_changes() {
    if Command::new("exiftool").arg("-ver").output().is_err() {
        return eprintln!("skipped: exiftool is not on this machine");
    }
    let photos = shared_photos();
    if photos.is_empty() {
        return eprintln!("skipped: no shared photos here");
    }
    let folder = Folder::new();
    let mut names = Vec::new();
    for (i, photo) in photos.iter().enumerate() {
        let name = format!("{i:03}.{}", photo.extension().unwrap().to_string_lossy());
        std::fs::create_dir_all(folder.path("before")).unwrap();
        std::fs::create_dir_all(folder.path("after")).unwrap();
        std::fs::copy(photo, folder.path(&format!("before/{name}"))).unwrap();
        std::fs::copy(photo, folder.path(&format!("after/{name}"))).unwrap();
        names.push(format!("after/{name}"));
    }
    let mut arguments = vec!["mark", "--in-place", "--json"];
    arguments.extend(names.iter().map(String::as_str));
    let done = folder.run(&arguments);
    let (before, after) = (tags(&folder, "before"), tags(&folder, "after"));
    let mut marked = 0;
    for record in done.json_lines() {
        let name = Path::new(record["input"].as_str().unwrap())
            .file_name()
            .unwrap();
        let name = name.to_string_lossy().into_owned();
        let (old, new) = (&before[&name], &after[&name]);
        if record["error"].is_string() {
            let same =
                folder.read(&format!("before/{name}")) == folder.read(&format!("after/{name}"));
            assert!(same, "{record}: a refused photo stays as it is");
            continue;
        }
        marked += 1;
        assert_eq!(new["XMP-plus:DataMining"], record["value"], "{record}");
        for (tag, value) in old {
            let now = new.get(tag).unwrap_or(&Value::Null);
            assert!(
                now == value || moves(tag, old),
                "{name}: {tag} was {value} and is {now}"
            );
        }
    }
    let same = same_pixels(&folder, &names);
    eprintln!(
        "{marked} of {} photos marked; {same} pictures compared by ImageMagick",
        names.len()
    );
    assert!(marked >= 100, "{marked} of {}", names.len());
}

/// What a longer file moves, how the format calls a file with a packet, and warnings about damage that was there before.
fn moves(tag: &str, old: &BTreeMap<String, Value>) -> bool {
    let name = tag.split(':').next_back().unwrap_or_default();
    let places = ["Offset", "Start"];
    let kinds = [
        "FileType",
        "MIMEType",
        "FileTypeExtension",
        "WebP_Flags",
        "GIFVersion",
        "MPImageLength",
    ];
    tag.starts_with("ExifTool:")
        || old.contains_key("ExifTool:Warning")
        || tag == "XMP-x:XMPToolkit"
        || places.iter().any(|word| name.contains(word))
        || kinds.contains(&name)
}

/// All tags that exiftool reads, by file and by group and name, as they are stored.
fn tags(folder: &Folder, of: &str) -> BTreeMap<String, BTreeMap<String, Value>> {
    let arguments = [
        "-j",
        "-n",
        "-G1",
        "-a",
        "-struct",
        "-api",
        "requestall=0",
        "--System:all",
        "--Composite:all",
        "-r",
    ];
    let done = Command::new("exiftool")
        .args(arguments)
        .arg(folder.path(of))
        .output()
        .unwrap();
    let files: Vec<BTreeMap<String, Value>> = serde_json::from_slice(&done.stdout).unwrap();
    let name = |file: &BTreeMap<String, Value>| {
        let path = Path::new(file["SourceFile"].as_str().unwrap()).to_owned();
        path.file_name().unwrap().to_string_lossy().into_owned()
    };
    let named = files.into_iter().map(|mut file| {
        let name = name(&file);
        file.remove("SourceFile");
        (name, file)
    });
    named.collect()
}

/// How many pictures ImageMagick reads, after all of them were found equal before and after.
fn same_pixels(folder: &Folder, names: &[String]) -> usize {
    let signature = |path: PathBuf| {
        let done = Command::new("identify")
            .args(["-quiet", "-format", "%#"])
            .arg(path)
            .output()
            .ok()?;
        (done.status.success() && !done.stdout.is_empty()).then_some(done.stdout)
    };
    let mut compared = 0;
    for name in names {
        if let Some(before) = signature(folder.path(&name.replace("after/", "before/"))) {
            assert_eq!(signature(folder.path(name)), Some(before), "{name}");
            compared += 1;
        }
    }
    compared
}

/// Photos of the shared set in every format, but for a few large ones.
fn shared_photos() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/photos");
    let mut photos = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            let known = path.extension().is_some_and(|extension| {
                let extension = extension.to_string_lossy().to_lowercase();
                ["jpg", "jpeg", "png", "webp", "tif", "tiff", "jxl", "gif"].contains(&&*extension)
            });
            if path.is_dir() {
                folders.push(path);
            } else if known && path.metadata().unwrap().len() < 12 << 20 {
                photos.push(path);
            }
        }
    }
    photos.sort();
    photos
}
