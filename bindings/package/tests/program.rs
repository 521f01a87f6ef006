//! The program as it is called.
#![allow(clippy::unwrap_used)]

use std::process::{Command, Output};

fn package(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_confounder-package"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn a_library_that_is_not_there_is_named() {
    let ended = package(&["size", "nowhere.so", "aarch64-linux-android"]);
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("cannot read nowhere.so"), "{said}");
}

#[test]
fn what_it_can_do_is_listed() {
    let said = String::from_utf8(package(&["--help"]).stdout).unwrap();
    for command in ["android", "apple", "size", "breakdown", "licences", "api"] {
        assert!(said.contains(command), "{command}:\n{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_is_taken_apart_by_crate() {
    let ended = package(&["breakdown", env!("CARGO_BIN_EXE_confounder-package")]);
    assert_eq!(ended.status.code(), Some(0));
    let said = String::from_utf8(ended.stdout).unwrap();
    for part in [
        ".text",
        "code by crate",
        "  clap_builder\n",
        "  std\n",
        " more\n",
    ] {
        assert!(said.contains(part), "{part}:\n{said}");
    }
}
