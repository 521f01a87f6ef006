//! The bindings of every language come out of the library, with the names that apps see.
#![allow(clippy::unwrap_used)]

mod common;

use confounder_bindgen::Language;

/// What is looked for in release builds, where it must not be, is in this one.
#[test]
fn a_debug_build_has_its_debug_lines() {
    let bytes = std::fs::read(common::library()).unwrap();
    let sentinel = b"confounder-debug-sentinel";
    assert!(
        bytes
            .windows(sentinel.len())
            .any(|window| window == sentinel)
    );
}

#[test]
fn every_language_gets_the_surface() {
    for (language, file, names) in [
        (
            Language::Kotlin,
            "dev/confounder/Bindings.kt",
            [
                "class ConfounderException",
                "data class ProtectOptions",
                "interface ProgressListener",
            ],
        ),
        (
            Language::Swift,
            "ConfounderBindings.swift",
            [
                "enum ConfounderError",
                "struct ProtectOptions",
                "protocol ProgressListener",
            ],
        ),
        (
            Language::Python,
            "confounder.py",
            [
                "class ConfounderError",
                "class ProtectOptions",
                "class ProgressListener",
            ],
        ),
    ] {
        let out = common::scratch("surface");
        common::bindings(language, &out);
        let text = std::fs::read_to_string(out.join(file)).unwrap();
        for name in names {
            assert!(text.contains(name), "{name} is missing in {file}");
        }
    }
}

/// A name that the JVM's entry point does not know would show only when an app makes that call.
#[test]
fn every_call_and_object_is_known_to_the_entry_point_of_the_jvm() {
    let dispatch = include_str!("../src/raw/jvm/dispatch.rs");
    let objects = include_str!("../src/raw/jvm/objects.rs");
    let calls = confounder_bindgen::calls(&common::library()).unwrap();
    assert!(calls.len() > 15, "{calls:?}");
    for call in calls {
        let short = call.strip_prefix("Protector.").unwrap_or(&call);
        let known = [&*call, short].map(|name| dispatch.contains(&format!("\"{name}\" =>")));
        assert!(known.contains(&true), "{call} is missing in dispatch.rs");
        if let Some((object, _)) = call.split_once('.') {
            assert!(
                objects.contains(&format!("\"{object}\" =>")),
                "{object} is not freed"
            );
        }
    }
}
