//! What a jar shows.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::process::Command;

use super::common::run;

/// What apps see of a jar, class by class.
pub(crate) fn dump(jar: &Path) -> String {
    let list = run(Command::new("jar").arg("tf").arg(jar));
    let list = String::from_utf8(list.stdout).unwrap();
    // What is internal is public to the JVM.
    let hidden = [
        "CallsKt",
        "Documents",
        "PlatformDecoder",
        "PlatformKt",
        "Rescue",
        "Sink",
        "InvokeKt",
        "Native;",
        "NativeMemory",
        "SerialKt",
        "Told",
        "Listener$",
    ];
    let mut classes: Vec<_> = list
        .lines()
        .filter_map(|entry| entry.strip_suffix(".class"))
        .collect();
    classes.retain(|class| !hidden.iter().any(|hidden| class.contains(hidden)));
    // Numbered classes are those of lambdas and coroutines.
    classes.retain(|class| {
        !class
            .rsplit('$')
            .next()
            .unwrap()
            .starts_with(|c: char| c.is_ascii_digit())
    });
    classes.sort_unstable();
    let text = run(Command::new("javap")
        .args(["-public", "-cp"])
        .arg(jar)
        .args(classes));
    let text = String::from_utf8(text.stdout).unwrap();
    let blocks = text
        .split("Compiled from ")
        .filter_map(|block| block.split_once('\n'));
    let seen = blocks
        .map(|(_, class)| class)
        .filter(|class| class.starts_with("public"));
    let internal = |line: &&str| {
        !hidden.iter().any(|hidden| line.contains(hidden)) && !line.contains("uniffi")
    };
    let lines = |class: &str| {
        class
            .lines()
            .filter(internal)
            .collect::<Vec<_>>()
            .join("\n")
    };
    seen.map(|class| lines(class) + "\n").collect()
}
