//! `confounder protect -r`: which photos of a folder tree are protected, and where they go.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Folder, PHOTO};

fn below(folder: &Folder, prefix: &str) -> Vec<String> {
    let files = folder.files();
    files
        .into_iter()
        .filter(|name| name.starts_with(prefix))
        .collect()
}

#[test]
fn no_folder_is_made_where_every_photo_failed() {
    let folder = Folder::new();
    folder
        .write("in/deep/bad.jpg", b"not a photo")
        .write("bad.png", b"nor this");
    folder.run(&["protect", "-r", "in", "-o", "out"]).status(1);
    folder
        .run(&["protect", "bad.png", "-o", "other/new/"])
        .status(1);
    folder
        .run(&["protect", "bad.png", "-o", "third/photo.png"])
        .status(1);
    for name in ["out", "other", "third"] {
        assert!(!folder.path(name).exists(), "{name}");
    }
    // One good photo among them: its folder alone is made.
    folder.write("in/good/a.jpg", PHOTO);
    folder.run(&["protect", "-r", "in", "-o", "out"]).status(1);
    assert_eq!(below(&folder, "out/"), ["out/good/a.jpg"]);
    assert!(!folder.path("out/deep").exists());
}

#[test]
fn hidden_files_and_folders_are_passed_over() {
    let folder = Folder::new();
    folder
        .write("in/a.jpg", PHOTO)
        .write("in/._a.jpg", b"a resource fork")
        .write("in/.thumbnails/a.jpg", PHOTO);
    folder.run(&["protect", "-r", "in", "-o", "out"]).status(0);
    assert_eq!(below(&folder, "out/"), ["out/a.jpg"]);
    // But not where they are asked for by name.
    folder
        .run(&["protect", "-r", "in/.thumbnails", "-o", "asked"])
        .status(0);
    assert_eq!(below(&folder, "asked/"), ["asked/a.jpg"]);
}

#[test]
fn the_output_inside_the_input_is_not_protected_again() {
    let folder = Folder::new();
    folder.write("in/a.jpg", PHOTO).write("in/sub/b.jpg", PHOTO);
    let arguments = ["protect", "-r", "in", "-o", "in/safe", "--force"];
    folder.run(&arguments).status(0);
    folder.run(&arguments).status(0);
    assert_eq!(
        below(&folder, "in/"),
        [
            "in/a.jpg",
            "in/safe/a.jpg",
            "in/safe/sub/b.jpg",
            "in/sub/b.jpg"
        ]
    );
    // The folder itself as its output is in place, and needs --force.
    let before = folder.read("in/a.jpg");
    let refused = folder
        .run(&["protect", "-r", "in/sub", "-o", "in/sub"])
        .status(1);
    assert!(refused.stderr().contains("--force"), "{}", refused.stderr());
    folder
        .run(&["protect", "-r", "in/sub", "-o", "in/sub", "--force"])
        .status(0);
    assert_ne!(folder.read("in/sub/b.jpg"), before);
    assert_eq!(
        folder.read("in/sub/b.jpg"),
        folder.read("in/safe/sub/b.jpg")
    );
}

#[test]
fn a_photo_given_twice_is_protected_once() {
    let folder = Folder::new();
    folder.write("in/a.jpg", PHOTO).write("in/b.jpg", PHOTO);
    let done = folder
        .run(&[
            "protect",
            "-r",
            "in",
            "in/a.jpg",
            "in",
            "./in/a.jpg",
            "-o",
            "out",
            "--json",
        ])
        .status(0);
    assert_eq!(done.json_lines().len(), 2, "{}", done.stdout());
    assert_eq!(below(&folder, "out/"), ["out/a.jpg", "out/b.jpg"]);
}

#[cfg(unix)]
#[test]
fn links_to_files_are_followed_and_links_to_folders_are_not() {
    use std::os::unix::fs::symlink;
    let folder = Folder::new();
    folder
        .write("in/a.jpg", PHOTO)
        .write("elsewhere/b.jpg", PHOTO);
    symlink("../elsewhere/b.jpg", folder.path("in/link.jpg")).unwrap();
    symlink("..", folder.path("in/up")).unwrap();
    symlink("../elsewhere", folder.path("in/other")).unwrap();
    folder.run(&["protect", "-r", "in", "-o", "out"]).status(0);
    assert_eq!(below(&folder, "out/"), ["out/a.jpg", "out/link.jpg"]);
    assert!(
        folder
            .path("out/link.jpg")
            .symlink_metadata()
            .unwrap()
            .is_file(),
        "a file, no link"
    );
    // A link that leads nowhere is a photo that cannot be read, and not one that is silently left out.
    symlink("nowhere.jpg", folder.path("in/dangling.jpg")).unwrap();
    let done = folder
        .run(&["protect", "-r", "in", "-o", "again"])
        .status(1);
    assert!(
        done.stderr().contains("in/dangling.jpg"),
        "{}",
        done.stderr()
    );
    assert_eq!(below(&folder, "again/"), ["again/a.jpg", "again/link.jpg"]);
}

/// A folder whose path is longer than the system takes cannot be read by anyone, not even by an administrator, for whom
/// permissions do not hold.
#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_stops_nothing() {
    let folder = Folder::new();
    folder.write("in/a.jpg", PHOTO).write("in/z/b.jpg", PHOTO);
    let long = vec!["n".repeat(200); 14].join("/");
    std::fs::create_dir_all(folder.path("in/deep").join(&long)).unwrap();
    std::fs::create_dir_all(folder.path("tail").join(&long)).unwrap();
    std::fs::rename(
        folder.path("tail"),
        folder.path("in/deep").join(&long).join("tail"),
    )
    .unwrap();
    let done = folder
        .run(&["protect", "-r", "in", "-o", "out", "--json"])
        .status(1);
    let records = done.json_lines();
    let failed: Vec<_> = records
        .iter()
        .filter(|record| !record["error"].is_null())
        .collect();
    assert_eq!(failed.len(), 1, "{}", done.stdout());
    assert!(failed[0]["input"].as_str().unwrap().starts_with("in/deep/"));
    assert_eq!(failed[0]["error"]["kind"], "input/output failure");
    assert!(done.stderr().contains("cannot be searched"));
    assert_eq!(below(&folder, "out/"), ["out/a.jpg", "out/z/b.jpg"]);
    // Short enough again for the folder to be removed by path.
    std::fs::rename(
        folder.path("in/deep").join(&long).join("tail"),
        folder.path("tail"),
    )
    .unwrap();
}

#[test]
fn every_name_of_a_format_that_is_read_is_looked_for() {
    let folder = Folder::new();
    let names = [
        "a.jpg", "b.JPEG", "c.jpe", "d.jfif", "e.mpo", "f.png", "g.webp", "h.tif", "i.TIFF",
        "j.jxl",
    ];
    for name in names {
        folder.write(&format!("in/{name}"), PHOTO);
    }
    folder
        .write("in/notes.txt", b"text")
        .write("in/a.xmp", b"a sidecar");
    let done = folder
        .run(&["protect", "-r", "in", "-o", "out", "--json"])
        .status(0);
    assert_eq!(done.json_lines().len(), names.len(), "{}", done.stdout());
    let help = folder.run(&["protect", "--help"]).status(0).stdout();
    std::fs::create_dir(folder.path("empty")).unwrap();
    let nothing = folder.run(&["protect", "-r", "empty"]).status(2).stderr();
    for name in names {
        let extension = format!(".{}", name[2..].to_lowercase());
        assert!(help.contains(&extension), "{extension} is missing:\n{help}");
        assert!(nothing.contains(&extension), "{extension}: {nothing}");
    }
}

/// As a file that is named: what is not protected is said, counted, and status 1.
#[test]
fn pictures_that_are_not_read_are_named_and_counted() {
    let folder = Folder::new();
    folder
        .write("in/a.jpg", PHOTO)
        .write("in/b.gif", b"GIF89a")
        .write("in/c.BMP", b"BM")
        .write("in/sub/d.cr2", b"II*\0\x10\0\0\0CR\x02\0")
        .write("in/e.psd", b"8BPS");
    let pictures = ["in/b.gif", "in/c.BMP", "in/sub/d.cr2", "in/e.psd"];
    let done = folder.run(&["protect", "-r", "in", "-o", "out"]).status(1);
    for name in pictures {
        assert!(done.stderr().contains(name), "{name}: {}", done.stderr());
    }
    let table = done.stderr();
    assert!(table.contains("protected   1 of 5 photos"), "{table}");
    let planned = folder.run(&["protect", "-r", "in", "-o", "out", "--dry-run", "--force"]);
    for name in pictures {
        assert!(planned.stdout().contains(name), "{name}");
    }
    planned.status(1);
    assert_eq!(below(&folder, "out/"), ["out/a.jpg"]);
}
