//! Apple's privacy manifest against what the static library calls.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::Path;
use std::process::Command;

/// Apple's list of functions that need a reason, by category. Those of Objective-C (`UserDefaults`, keyboards) are not
/// reached from Rust.
const LISTED: [(&str, &[&str]); 3] = [
    (
        "NSPrivacyAccessedAPICategoryFileTimestamp",
        &[
            "stat",
            "fstat",
            "fstatat",
            "lstat",
            "getattrlist",
            "getattrlistbulk",
            "fgetattrlist",
            "getattrlistat",
        ],
    ),
    (
        "NSPrivacyAccessedAPICategoryDiskSpace",
        &["statfs", "statvfs", "fstatfs", "fstatvfs"],
    ),
    (
        "NSPrivacyAccessedAPICategorySystemBootTime",
        &["mach_absolute_time"],
    ),
];

/// The category of a function of C, by its name on Linux or Apple's systems.
fn category(symbol: &str) -> Option<&'static str> {
    let name = symbol.strip_prefix('_').unwrap_or(symbol);
    let name = name.split('$').next().unwrap();
    let name = name.strip_suffix("64").unwrap_or(name);
    // Linux has one call for all that `stat` and its brothers tell.
    let name = if name == "statx" { "stat" } else { name };
    let found = LISTED.iter().find(|(_, names)| names.contains(&name));
    found.map(|(category, _)| *category)
}

#[test]
fn every_listed_function_of_the_static_library_has_its_reason() {
    let deps = std::env::current_exe().unwrap();
    let library = deps.with_file_name("libconfounder_mobile.a");
    assert!(library.exists(), "{} was not built", library.display());
    // `nm` takes the standard library's objects for bitcode of another LLVM.
    let Ok(output) = Command::new("readelf").arg("-sW").arg(&library).output() else {
        eprintln!("skipped: no readelf");
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let symbols = text.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        (fields.len() == 8 && fields[6] == "UND").then(|| fields[7])
    });
    let mut found: Vec<_> = symbols
        .filter_map(|symbol| Some((category(symbol)?, symbol)))
        .collect();
    found.sort_unstable();
    found.dedup();
    eprintln!("{found:?}");
    assert!(
        found
            .iter()
            .any(|(category, _)| category.ends_with("FileTimestamp")),
        "the library opens files, so that the list of its symbols is not whole: {} lines",
        text.lines().count()
    );
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../ios/Sources/Confounder/PrivacyInfo.xcprivacy");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    for (category, symbol) in found {
        assert!(
            manifest.contains(category),
            "{symbol} needs a reason of {category} in PrivacyInfo.xcprivacy"
        );
    }
    // Files within the app's own folders, and those that people gave access to.
    for reason in ["C617.1", "3B52.1"] {
        assert!(manifest.contains(reason), "{reason}");
    }
}

#[test]
fn functions_are_known_by_the_names_of_both_systems() {
    for symbol in ["fstat64", "_fstat", "_stat$INODE64", "statx", "lstat64"] {
        assert_eq!(
            category(symbol),
            Some("NSPrivacyAccessedAPICategoryFileTimestamp"),
            "{symbol}"
        );
    }
    assert_eq!(
        category("_statfs"),
        Some("NSPrivacyAccessedAPICategoryDiskSpace")
    );
    assert_eq!(
        category("_mach_absolute_time"),
        Some("NSPrivacyAccessedAPICategorySystemBootTime")
    );
    assert_eq!(category("malloc"), None);
}
