//! `confounder compare` and `confounder inspect` as a user meets them.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Folder, PHOTO};

#[test]
fn compare_measures_what_protect_did() {
    let folder = Folder::new();
    folder
        .write("photo.jpg", PHOTO)
        .run(&["protect", "photo.jpg", "-o", "safe.jpg"])
        .status(0);
    let done = folder
        .run(&[
            "compare",
            "photo.jpg",
            "safe.jpg",
            "--json",
            "--perceptual",
            "--residual",
            "residual.png",
        ])
        .status(0);
    let record = &done.json_lines()[0];
    assert_eq!(
        (&record["width"], &record["height"]),
        (&512.into(), &848.into())
    );
    assert!(
        (25.0..60.0).contains(&record["psnr_db"].as_f64().unwrap()),
        "{record}"
    );
    assert!(
        (0.8..1.0).contains(&record["ssim"].as_f64().unwrap()),
        "{record}"
    );
    assert!(
        (30.0..100.0).contains(&record["ssimulacra2"].as_f64().unwrap())
            && (0.1..20.0).contains(&record["butteraugli"].as_f64().unwrap()),
        "{record}"
    );
    assert!(record["largest_change"].as_u64().unwrap() > 0);

    let residual = image::open(folder.path("residual.png"))
        .unwrap()
        .into_rgb8();
    assert_eq!(residual.dimensions(), (512, 848));
    assert!(
        residual.pixels().any(|pixel| pixel[0].abs_diff(128) > 8),
        "the residual is visible"
    );

    let refused = folder
        .run(&[
            "compare",
            "photo.jpg",
            "safe.jpg",
            "--residual",
            "residual.png",
        ])
        .status(2);
    assert!(refused.stderr().contains("--force"));
}

#[test]
fn equal_photos_are_equal() {
    let folder = Folder::new();
    folder.write("a.jpg", PHOTO).write("b.jpg", PHOTO);
    let done = folder.run(&["compare", "a.jpg", "b.jpg"]).status(0);
    assert!(
        done.stdout().contains("equal") && done.stdout().contains("1.0000"),
        "{}",
        done.stdout()
    );
}

#[test]
fn photos_that_cannot_be_compared_are_status_1() {
    let folder = Folder::new();
    let tiny = image::RgbImage::new(3, 2);
    folder.write("a.jpg", PHOTO).write("bad.png", b"nothing");
    tiny.save(folder.path("tiny.png")).unwrap();
    assert!(
        folder
            .run(&["compare", "a.jpg", "tiny.png"])
            .status(1)
            .stderr()
            .contains("512 x 848 px and 3 x 2 px")
    );
    assert!(
        folder
            .run(&["compare", "a.jpg", "bad.png"])
            .status(1)
            .stderr()
            .contains("bad.png")
    );
    assert!(
        folder
            .run(&["compare", "a.jpg", "none.png"])
            .status(1)
            .stderr()
            .contains("none.png")
    );
}

#[test]
fn inspect_describes_a_photo() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    let text = folder.run(&["inspect", "photo.jpg"]).status(0).stdout();
    for expected in [
        "JPEG",
        "512 x 848 px",
        "1 (upright)",
        "4:4:4",
        "EXIF, 528 bytes; would be kept",
        "95 of 100 photos without it: -0.6 to 1.0",
        "cannot tell whether protected",
    ] {
        assert!(text.contains(expected), "{expected} is missing:\n{text}");
    }
    let record = &folder
        .run(&["inspect", "photo.jpg", "--json"])
        .status(0)
        .json_lines()[0];
    assert_eq!(
        (&record["format"], &record["orientation"]),
        (&"jpeg".into(), &1.into())
    );
    assert_eq!(record["jpeg"]["sampling"], serde_json::json!([1, 1]));
    assert_eq!(record["residual"]["verdict"], "cannot-tell");
    assert_eq!(record["residual"]["error_rate"], serde_json::Value::Null);

    folder
        .run(&["protect", "photo.jpg", "-o", "protected.jpg"])
        .status(0);
    let record = &folder
        .run(&["inspect", "protected.jpg", "--json"])
        .status(0)
        .json_lines()[0];
    let before = folder
        .run(&["inspect", "photo.jpg", "--json"])
        .status(0)
        .json_lines()[0]
        .clone();
    let score = |record: &serde_json::Value| record["residual"]["score"].as_f64().unwrap();
    // Less than the whole amplitude: this photo's own colours lie along the residual, and the generator sees them changed.
    let found = score(record) - score(&before);
    assert!((0.3..1.2).contains(&found), "{record} {before}");
}

#[test]
fn inspect_finds_the_residual_where_a_photo_has_no_colours_of_its_own() {
    let folder = Folder::new();
    let pale = image::RgbImage::from_fn(320, 240, |x, y| {
        let level = (90 + (x / 4 + y / 3) % 64) as u8;
        image::Rgb([level; 3])
    });
    pale.save(folder.path("pale.png")).unwrap();
    folder
        .run(&["protect", "pale.png", "-o", "safe.png"])
        .status(0);
    let verdict = |name: &str| {
        let done = folder.run(&["inspect", name, "--json"]).status(0);
        done.json_lines()[0]["residual"].clone()
    };
    assert_eq!(verdict("pale.png")["verdict"], "unlikely");
    let found = verdict("safe.png");
    assert_eq!(found["verdict"], "likely", "{found}");
    assert_eq!(found["error_rate"], 0.1);
    let text = folder.run(&["inspect", "safe.png"]).status(0).stdout();
    assert!(text.contains("10 of 100 such verdicts are wrong"), "{text}");
}

#[test]
fn inspect_describes_a_generator() {
    let folder = Folder::new();
    let record = &folder.run(&["inspect", "--json"]).status(0).json_lines()[0];
    assert_eq!(record["sha256"].as_str().unwrap().len(), 64);
    assert!(record["epsilon"].as_f64().unwrap() > 0.0);
    assert!(!record["training"].is_null());
    let text = folder.run(&["inspect"]).status(0).stdout();
    assert!(text.contains(record["name"].as_str().unwrap()), "{text}");
}

#[test]
fn inspect_refuses_what_is_neither() {
    let folder = Folder::new();
    folder
        .write("notes.txt", b"hello")
        .write("bad.onnx", b"hello");
    assert!(
        folder
            .run(&["inspect", "notes.txt"])
            .status(1)
            .stderr()
            .contains("no known photo format")
    );
    folder.run(&["inspect", "bad.onnx"]).status(3);
    folder.run(&["inspect", "none.jpg"]).status(1);
}

#[test]
fn help_explains_itself() {
    let folder = Folder::new();
    let help = folder.run(&["--help"]).status(0).stdout();
    for word in [
        "protect",
        "compare",
        "inspect",
        "Exit status",
        "not encryption",
    ] {
        assert!(help.contains(word), "{word} is missing:\n{help}");
    }
    assert!(
        folder
            .run(&["protect", "--help"])
            .status(0)
            .stdout()
            .contains("Examples:")
    );
}

#[test]
fn deep_gray_and_tiff_photos_are_compared() {
    let folder = Folder::new();
    let deep = |step: u16| {
        image::ImageBuffer::<image::Luma<u16>, _>::from_fn(40, 30, |x, y| {
            image::Luma([(x * y * 40) as u16 + step])
        })
    };
    deep(0).save(folder.path("a.png")).unwrap();
    deep(20).save(folder.path("b.tif")).unwrap();
    let record = &folder
        .run(&["compare", "a.png", "b.tif", "--json", "--residual", "r.png"])
        .status(0)
        .json_lines()[0];
    assert_eq!(
        (&record["largest_change"], &record["peak"]),
        (&20.into(), &65_535.into())
    );
    assert_eq!(record["mean_change"], 20.0);
    let expected = 20.0 * (65_535.0f64 / 20.0).log10();
    assert!(
        (record["psnr_db"].as_f64().unwrap() - expected).abs() < 1e-6,
        "{record}"
    );
    assert!(record["ssim"].as_f64().unwrap() > 0.999);

    image::GrayAlphaImage::from_pixel(40, 30, image::LumaA([7, 9]))
        .save(folder.path("c.png"))
        .unwrap();
    let text = folder
        .run(&["compare", "a.png", "c.png"])
        .status(0)
        .stdout();
    assert!(text.contains("of 65535"), "{text}");
    folder.write("cut.tif", &folder.read("b.tif")[..300]);
    let failed = folder.run(&["compare", "a.png", "cut.tif"]).status(1);
    assert!(failed.stderr().contains("cut.tif"), "{}", failed.stderr());
}
