//! `confounder bench`, and `confounder protect --engine`.

#![allow(clippy::unwrap_used)]

mod common;

use common::{Folder, PHOTO};

#[test]
fn bench_measures_every_engine_and_draws() {
    let folder = Folder::new();
    let arguments = [
        "bench",
        "--photo",
        "320x200",
        "--runs",
        "3",
        "--json",
        "--svg",
        "times.svg",
    ];
    let measured = folder.run(&arguments).status(0).json_lines();
    let measured = &measured[0];
    assert!(measured["mmac"].as_f64().unwrap() > 1.0);
    let cpu = &measured["engines"][0];
    assert_eq!(cpu["engine"], "cpu");
    let photo = cpu["photo"]["median_ms"].as_f64().unwrap();
    assert!(photo >= cpu["generator"]["median_ms"].as_f64().unwrap());
    assert!(cpu["photo"]["p95_ms"].as_f64().unwrap() >= photo);
    assert!(cpu["cold_start_ms"].as_f64().unwrap() > 0.0);
    let picture = String::from_utf8(folder.read("times.svg")).unwrap();
    assert!(picture.starts_with("<svg") && picture.contains("cpu generator"));
}

#[test]
fn bench_refuses_photos_that_are_none() {
    let folder = Folder::new();
    for size in ["320", "0x10", "70000x10", "65535x65535", "axb"] {
        folder.run(&["bench", "--photo", size]).status(2);
    }
}

/// Whatever GPU is here or not: the photo is protected, and who did it is said.
#[test]
fn the_gpu_protects_a_photo_or_the_report_says_why_not() {
    let folder = Folder::new();
    folder.write("photo.jpg", PHOTO);
    for engine in ["cpu", "auto", "gpu"] {
        let output = format!("{engine}.jpg");
        let arguments = [
            "protect",
            "photo.jpg",
            "-o",
            &output,
            "--engine",
            engine,
            "--json",
        ];
        let run = folder.run(&arguments);
        // A build without a GPU engine says so at once.
        if engine == "gpu" && run.code() == Some(2) {
            assert!(run.stderr().contains("feature gpu"), "{}", run.stderr());
            continue;
        }
        let record = run.status(0).json_lines().remove(0);
        let notes = record["notes"].to_string();
        match record["engine"].as_str().unwrap() {
            "cpu" => assert_eq!(notes.contains("the CPU ran the generator"), engine == "gpu"),
            "gpu" => assert_ne!(engine, "cpu"),
            other => panic!("{other}"),
        }
        assert_ne!(folder.read(&output), PHOTO);
    }
}
