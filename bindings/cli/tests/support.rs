//! `confounder doctor`, `completions` and `man`.

#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod common;

use common::Folder;

#[test]
fn the_doctor_finds_this_installation_well() {
    let folder = Folder::new();
    let done = folder.run(&["doctor", "--json"]).status(0);
    let diagnosis = &done.json_lines()[0];
    assert_eq!(diagnosis["ok"], true);
    assert_eq!(diagnosis["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(diagnosis["generator"]["sha256"].as_str().unwrap().len(), 64);
    let inspected = &folder.run(&["inspect", "--json"]).status(0).json_lines()[0];
    for field in ["name", "version", "sha256"] {
        assert_eq!(diagnosis["generator"][field], inspected[field], "{field}");
    }
    assert!(diagnosis["threads"].as_u64().unwrap() >= 1);

    let engines = diagnosis["engines"].as_array().unwrap();
    let cpu = engines
        .iter()
        .find(|engine| engine["engine"] == "cpu")
        .unwrap();
    assert_eq!(cpu["ok"], true);
    assert!(cpu["max_diff_epsilon"].as_f64().unwrap() <= 1e-3);
    assert!(cpu["first_ms"].as_f64().unwrap() > 0.0 && cpu["steady_ms"].as_f64().unwrap() > 0.0);

    let checks: Vec<&str> = diagnosis["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["check"].as_str().unwrap())
        .collect();
    for name in [
        "bundled generator",
        "JPEG photo",
        "PNG photo",
        "WebP photo",
        "TIFF photo",
        "threads",
        "temporary folder",
    ] {
        assert!(checks.contains(&name), "{name} is missing: {checks:?}");
    }
    assert!(folder.files().is_empty(), "nothing is left behind");
}

/// A build without the GPU engine is as well as one on a machine without a GPU.
#[cfg(not(feature = "gpu"))]
#[test]
fn a_gpu_engine_that_was_not_built_is_no_fault() {
    let folder = Folder::new();
    for command in [
        &["doctor"][..],
        &["bench", "--photo", "64x48", "--runs", "1"],
    ] {
        let text = folder.run(command).status(0).stdout();
        assert!(
            !text.contains("FAILED") && !text.contains("build with"),
            "{text}"
        );
    }
    let doctor = folder.run(&["doctor"]).stdout();
    let said = doctor.contains("not in this build") || doctor.contains("no GPU");
    assert!(said, "{doctor}");
}

#[test]
fn the_doctor_says_what_is_wrong() {
    let folder = Folder::new();
    let done = folder
        .command(&["doctor"])
        .env("TMPDIR", folder.path("missing"))
        .env("TMP", folder.path("missing"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert_eq!(done.status.code(), Some(1), "{text}");
    assert!(text.contains("FAILED  temporary folder"), "{text}");
    assert!(
        text.contains("ok      PNG photo"),
        "the other checks still run: {text}"
    );

    folder.write("bad.onnx", b"not a model");
    folder.run(&["doctor", "--generator", "bad.onnx"]).status(3);
}

#[test]
fn completions_are_scripts_that_know_the_commands() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = folder.run(&["completions", shell]).status(0).stdout();
        for word in ["protect", "remove-credentials", "doctor"] {
            assert!(script.contains(word), "{word} is missing for {shell}");
        }
    }
    folder.run(&["completions", "cmd"]).status(2);
}

#[cfg(unix)]
#[test]
fn bash_takes_its_script() {
    let folder = Folder::new();
    let script = folder.run(&["completions", "bash"]).status(0).stdout();
    folder.write("script", script.as_bytes());
    match std::process::Command::new("bash")
        .arg("-n")
        .arg(folder.path("script"))
        .status()
    {
        Ok(status) => assert!(status.success()),
        Err(_) => eprintln!("skipped: bash is not on this machine"),
    }
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let folder = Folder::new();
    folder.run(&["man", "-o", "pages"]).status(0);
    let names = [
        "-bench",
        "-compare",
        "-completions",
        "-doctor",
        "-fit",
        "-inspect",
        "-key",
        "-man",
        "-mark",
        "-protect",
        "",
    ];
    let expected = names.map(|name| format!("pages/confounder{name}.1"));
    assert_eq!(folder.files(), expected);
    let mut all = Vec::new();
    for name in [
        "",
        "-protect",
        "-fit",
        "-compare",
        "-inspect",
        "-key",
        "-mark",
        "-doctor",
        "-bench",
        "-completions",
        "-man",
    ] {
        let page = folder.read(&format!("pages/confounder{name}.1"));
        let text = String::from_utf8(page.clone()).unwrap();
        for word in [
            ".TH confounder",
            ".SH NAME",
            ".SH SYNOPSIS",
            ".SH \"EXIT STATUS\"",
            "interrupted",
        ] {
            assert!(
                text.contains(word),
                "{word} is missing from confounder{name}.1:\n{text}"
            );
        }
        all.extend(page);
    }
    assert_eq!(folder.run(&["man"]).status(0).stdout_bytes(), all);
    let protect = String::from_utf8(folder.read("pages/confounder-protect.1")).unwrap();
    assert!(
        protect.contains(".SH EXAMPLES") && protect.contains("remove\\-credentials"),
        "{protect}"
    );
}
