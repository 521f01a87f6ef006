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
    for command in ["android", "apple", "size", "licences", "api"] {
        assert!(said.contains(command), "{command}:\n{said}");
    }
}
