//! Personal keys: `confounder key` and `protect --key`.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Folder, PHOTO};

/// By how much each sample of the photo changed.
fn change(folder: &Folder, name: &str) -> Vec<i32> {
    let before = image::load_from_memory(PHOTO).unwrap().into_rgb8();
    let after = image::load_from_memory(&folder.read(name))
        .unwrap()
        .into_rgb8();
    let pairs = before.as_raw().iter().zip(after.as_raw());
    pairs.map(|(&a, &b)| i32::from(b) - i32::from(a)).collect()
}

fn likeness(a: &[i32], b: &[i32]) -> f64 {
    let product =
        |a: &[i32], b: &[i32]| -> f64 { a.iter().zip(b).map(|(x, y)| f64::from(x * y)).sum() };
    product(a, b) / (product(a, a) * product(b, b)).sqrt()
}

#[test]
fn a_key_gives_its_own_pattern_again_and_again() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    folder.run(&["key", "mine"]).status(0);
    folder.run(&["key", "yours"]).status(0);
    assert_eq!(folder.read("mine").len(), 32);
    assert_ne!(folder.read("mine"), folder.read("yours"));
    for (key, to) in [("mine", "a.jpg"), ("mine", "b.jpg"), ("yours", "c.jpg")] {
        let how = [
            "protect",
            "photo.jpg",
            "--jpeg",
            "pixels",
            "--key",
            key,
            "-o",
            to,
        ];
        folder.run(&how).status(0);
    }
    assert_eq!(folder.read("a.jpg"), folder.read("b.jpg"));
    let (mine, yours) = (change(&folder, "a.jpg"), change(&folder, "c.jpg"));
    let alike = likeness(&mine, &yours);
    assert!(alike < 0.95, "two keys gave the same pattern: {alike}");
}

#[test]
fn a_key_is_never_replaced_and_is_kept_from_others() {
    let folder = Folder::new();
    folder.write("mine", b"precious bytes, 16+");
    let failed = folder.run(&["key", "mine"]).status(1);
    assert!(failed.stderr().contains("mine"), "{}", failed.stderr());
    assert_eq!(folder.read("mine"), b"precious bytes, 16+");
    folder.run(&["key", "new"]).status(0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path("new")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600);
    }
}

#[test]
fn a_key_that_is_too_short_or_missing_is_named() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO).write("short", b"secret");
    let failed = folder
        .run(&["protect", "photo.jpg", "--key", "short"])
        .status(2);
    assert!(
        failed.stderr().contains("16 to 1024 bytes, not 6"),
        "{}",
        failed.stderr()
    );
    folder
        .run(&["protect", "photo.jpg", "--key", "none"])
        .status(1);
    let both = [
        "protect",
        "photo.jpg",
        "--key",
        "short",
        "--generator",
        "g.onnx",
    ];
    folder.run(&both).status(2);
    assert_eq!(folder.files(), ["photo.jpg", "short"]);
}
