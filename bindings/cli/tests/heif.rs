//! HEIC and AVIF by the system's libheif; skipped where there is none.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use common::{Folder, PHOTO};

/// 512 x 848 px as stored, to be shown turned by 90 degrees; EXIF (orientation 6 all the same), XMP, Display P3.
const TURNED: &[u8] = include_bytes!("../../heif/tests/fixtures/turned.heic");

/// 512 x 848 px, upright; EXIF, XMP, sRGB by code points.
const PLAIN: &[u8] = include_bytes!("../../heif/tests/fixtures/plain.avif");

/// A folder with both, or `None` on a machine without libheif.
fn photos() -> Option<Folder> {
    let folder = Folder::new();
    folder.write("a.heic", TURNED).write("b.avif", PLAIN);
    let done = folder.run(&["inspect", "a.heic"]);
    if done.code() == Some(1) && done.stderr().contains("it was not found") {
        eprintln!("skipped: libheif is not on this machine");
        return None;
    }
    Some(folder)
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

#[test]
fn heic_and_avif_become_jpegs_with_their_metadata() {
    let Some(folder) = photos() else { return };
    for (name, output, size) in [
        ("a.heic", "a.protected.jpg", (848, 512)),
        ("b.avif", "b.protected.jpg", (512, 848)),
    ] {
        let done = folder.run(&["protect", name, "--json"]).status(0);
        let record = &done.json_lines()[0];
        assert_eq!(record["output"], output);
        assert_eq!(record["jpeg"], "coefficients", "{record}");
        assert!(record["psnr_db"].as_f64().unwrap() > 30.0);
        let format = if name == "a.heic" { "HEIC" } else { "AVIF" };
        assert_eq!(record["notes"][0], format!("{format} in, JPEG out"));
        let bytes = folder.read(output);
        assert!(contains(&bytes, b"HEIC test") && contains(&bytes, b"xmp.did:FAB34A8B"));
        assert_eq!(contains(&bytes, b"ICC_PROFILE\0"), name == "a.heic");
        let photo = image::open(folder.path(output)).unwrap();
        assert_eq!((photo.width(), photo.height()), size, "upright");
        let shown = &folder
            .run(&["inspect", output, "--json"])
            .status(0)
            .json_lines()[0];
        assert_eq!(shown["orientation"], 1);
        assert_eq!(shown["jpeg"]["sampling"], serde_json::json!([1, 1]));
        assert!((91..=93).contains(&shown["jpeg"]["quality"].as_u64().unwrap()));
    }
    // The pixels are those of the photo that both were made of.
    let original = image::load_from_memory(PHOTO).unwrap().into_rgb8();
    let turned = image::open(folder.path("a.protected.jpg"))
        .unwrap()
        .rotate270();
    let difference: u64 = original
        .iter()
        .zip(turned.into_rgb8().iter())
        .map(|(a, b)| u64::from(a.abs_diff(*b)))
        .sum();
    let mean = difference as f64 / original.len() as f64;
    assert!(mean < 16.0, "mean difference {mean}");
}

#[test]
fn folders_with_heic_and_jpeg_of_one_name_lose_neither() {
    let Some(folder) = photos() else { return };
    folder
        .write("in/a.HEIC", TURNED)
        .write("in/a.jpg", PHOTO)
        .write("in/b.avif", PLAIN);
    folder.run(&["protect", "-r", "in", "-o", "out"]).status(0);
    for name in ["a.HEIC.jpg", "a.jpg", "b.jpg"] {
        assert!(folder.path("out").join(name).exists(), "{name}");
    }
    let planned = folder.run(&["protect", "-r", "in", "--dry-run"]).status(0);
    let text = planned.stdout();
    assert!(
        text.contains("HEIC in, JPEG out") && text.contains("848 x 512 px"),
        "{text}"
    );
}

#[test]
fn the_metadata_policy_is_that_of_every_photo() {
    let Some(folder) = photos() else { return };
    folder
        .run(&[
            "protect",
            "a.heic",
            "-o",
            "strip.jpg",
            "--metadata",
            "strip",
        ])
        .status(0);
    let bytes = folder.read("strip.jpg");
    assert!(!contains(&bytes, b"HEIC test") && !contains(&bytes, b"xmp.did"));
    assert!(contains(&bytes, b"ICC_PROFILE\0"));
    // Credentials, in the box that C2PA has for such files.
    let uuid =
        b"\0\0\0\x1Cuuid\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81mani";
    folder.write("signed.heic", &[TURNED, uuid].concat());
    let refused = folder.run(&["protect", "signed.heic", "--json"]).status(1);
    assert_eq!(
        refused.json_lines()[0]["error"]["kind"],
        "protected metadata"
    );
    folder
        .run(&["protect", "signed.heic", "--remove-credentials"])
        .status(0);
    assert!(!contains(&folder.read("signed.protected.jpg"), b"jumb"));
}

#[test]
fn a_heic_comes_out_where_that_is_asked_for() {
    let Some(folder) = photos() else { return };
    let done = folder.run(&["protect", "a.heic", "--format", "heic"]);
    if done.stderr().contains("no encoder") {
        eprintln!("skipped: libheif has no encoder on this machine");
        return;
    }
    let line = done.status(0).stdout();
    assert!(
        line.contains("a.protected.heic") && line.contains("HEIC in, HEIC out"),
        "{line}"
    );
    let bytes = folder.read("a.protected.heic");
    assert_eq!(bytes.get(4..12), Some(&b"ftypheic"[..]));
    assert!(contains(&bytes, b"HEIC test") && contains(&bytes, b"xmp.did:FAB34A8B"));
    let shown = &folder
        .run(&["inspect", "a.protected.heic", "--json"])
        .status(0)
        .json_lines()[0];
    assert_eq!(
        (&shown["width"], &shown["height"]),
        (&848.into(), &512.into())
    );
    assert_eq!(shown["profile"], "Display P3");
    // It says that it was protected.
    let again = folder
        .run(&["protect", "a.protected.heic", "--json"])
        .status(1);
    assert_eq!(again.json_lines()[0]["error"]["kind"], "already protected");
    // A JPEG gets no such name.
    let refused = folder.run(&["protect", "a.heic", "-o", "x.heic"]).status(1);
    assert!(
        refused.stderr().contains("--format heic"),
        "{}",
        refused.stderr()
    );
}

#[test]
fn limits_hold_before_pixels_are_decoded() {
    let Some(folder) = photos() else { return };
    let refused = folder
        .run(&["protect", "a.heic", "--json", "--max-pixels", "0.4"])
        .status(1);
    assert_eq!(refused.json_lines()[0]["error"]["kind"], "limit exceeded");
    assert!(
        refused.stderr().contains("--max-pixels"),
        "{}",
        refused.stderr()
    );
}

/// Cut anywhere or with bytes turned round, a file is protected or refused; nothing is written where it is refused.
#[test]
fn damaged_files_are_errors() {
    let Some(folder) = photos() else { return };
    for (name, file) in [("cut.heic", TURNED), ("cut.avif", PLAIN)] {
        for part in 1..12 {
            folder.write(name, &file[..file.len() * part / 12]);
            let code = folder
                .run(&["protect", name, "-o", "out.jpg", "--force"])
                .code();
            assert_eq!(code, Some(1), "{name}, {part} of 12");
            assert!(!folder.path("out.jpg").exists());
        }
        for place in (20..1200).step_by(61) {
            let mut damaged = file.to_vec();
            damaged[place] ^= 0xFF;
            folder.write(name, &damaged);
            let code = folder
                .run(&["protect", name, "-o", "out.jpg", "--force"])
                .code();
            assert!(
                matches!(code, Some(0 | 1)),
                "{name}, byte {place}: {code:?}"
            );
        }
        let _ = std::fs::remove_file(folder.path("out.jpg"));
    }
}

#[test]
fn without_libheif_the_error_says_what_to_install() {
    let folder = Folder::new();
    folder.write("a.heic", TURNED).write("b.jpg", PHOTO);
    let run = |arguments: &[&str]| {
        let mut command = folder.command(arguments);
        command.env("CONFOUNDER_LIBHEIF", folder.path("missing.so"));
        command.output().unwrap()
    };
    let refused = run(&["protect", "a.heic"]);
    let error = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{error}");
    for words in [
        "apt install libheif1",
        "brew install libheif",
        "vcpkg install libheif",
    ] {
        assert!(error.contains(words), "{words} is missing: {error}");
    }
    assert!(
        run(&["protect", "b.jpg"]).status.success(),
        "others need no libheif"
    );
}
