//! Every file of the shared photo set gives a protected file or the error that it deserves: camera photos, all
//! orientations, odd formats, damaged and hostile files.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use confounder::ErrorKind::{self, Decode, LimitExceeded, UnsupportedFormat};
use confounder::{
    FileFormat, Limits, MetadataAction, PhotoInfo, ProtectOptions, Protected, Protector,
    ProtectorOptions,
};

use crate::shared;

/// Every file that is refused, and how; all others must be protected.
const REFUSED: &[(&str, ErrorKind)] = &[
    ("formats/8bit-sRGB.avif", UnsupportedFormat),
    ("formats/IMG_2682.heic", UnsupportedFormat),
    ("formats/anim.webp", UnsupportedFormat),
    ("formats/animated-loop-3.webp", UnsupportedFormat),
    ("formats/ball.png", UnsupportedFormat),
    ("formats/circle.svg", UnsupportedFormat),
    ("formats/relax.jp2", UnsupportedFormat),
    ("formats/rotating-squares.gif", UnsupportedFormat),
    ("formats/testimgl.jpg", UnsupportedFormat),
    ("robustness/65536-uint32-limit.png", LimitExceeded),
    ("robustness/corrupt-header.jpg", Decode),
    ("robustness/corrupted.jpg", Decode),
    ("robustness/imagers_Bad_badbitcount.bmp", UnsupportedFormat),
    ("robustness/imagers_Bad_clrsUsed.bmp", UnsupportedFormat),
    ("robustness/imagers_Bad_height.bmp", UnsupportedFormat),
    ("robustness/imagers_Bad_reallybig.bmp", UnsupportedFormat),
    ("robustness/imagers_Bad_shortfile.bmp", UnsupportedFormat),
    (
        "robustness/imagers_Bad_unusual_extend_buffer_usage.bmp",
        UnsupportedFormat,
    ),
    ("robustness/imagers_Bad_width.bmp", UnsupportedFormat),
    ("robustness/imagers_oss-fuzz-36829.jpeg", Decode),
    ("robustness/imagers_zero-loop-count.gif", UnsupportedFormat),
    ("robustness/truncated.jpg", Decode),
    ("robustness/truncated.png", Decode),
];

/// Gray photos: refused because the bundled generator changes colour only, and protected where a tint is allowed.
const GRAY: &[&str] = &[
    "formats/8bit_depth.tiff",
    "formats/basi0g16.png",
    "formats/bggn4a16.png",
    "formats/concert.jpg",
    "formats/grayscale_16_should_be_grayscale_16.png",
    "formats/grey-8bit-alpha.png",
    "formats/thRandom.jpg",
    // WebP has no gray of its own: gray is what has equal samples throughout.
    "robustness/imagers_panic.webp",
];

/// No single photo may take longer (debug builds on a busy machine included).
const LONGEST: Duration = Duration::from_secs(60);

/// No photo may push the process beyond this.
const MOST_MEMORY: u64 = 1 << 30;

fn name(path: &Path) -> String {
    let mut parts = path.iter().rev().map(|part| part.to_string_lossy());
    let (file, folder) = (parts.next().unwrap(), parts.next().unwrap());
    format!("{folder}/{file}")
}

#[test]
fn every_photo_is_protected_or_refused_for_the_right_reason() {
    let files = shared::photos();
    let refused: BTreeMap<&str, ErrorKind> = REFUSED.iter().copied().collect();
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    for path in &files {
        let (name, input) = (name(path), std::fs::read(path).unwrap());
        let started = Instant::now();
        let mut options = ProtectOptions::new();
        if GRAY.contains(&name.as_str()) {
            let error = protector.protect_bytes(&input, &options).unwrap_err();
            assert_eq!(error.kind(), UnsupportedFormat, "{name}: {error}");
            assert!(error.to_string().contains("tint_gray"), "{name}: {error}");
            options = options.tint_gray(true);
        }
        let outcome = protector.protect_bytes(&input, &options);
        assert!(
            started.elapsed() < LONGEST,
            "{name} took {:?}",
            started.elapsed()
        );
        match (outcome, refused.get(name.as_str())) {
            (Ok(protected), None) => check((&name, &input), &protected, &protector, &options),
            (Err(error), Some(&kind)) => {
                assert_eq!(error.kind(), kind, "{name}: {error}");
                assert!(error.to_string().len() > 10, "{name}: {error}");
            }
            (Ok(_), Some(kind)) => panic!("{name} should be refused as {kind:?}"),
            (Err(error), None) => panic!("{name} should be protected: {error}"),
        }
        let peak = peak_memory();
        assert!(
            peak < MOST_MEMORY,
            "{name}: the process has used {peak} bytes"
        );
    }
}

/// The output is a file of the same format, size and orientation, within the bound where it is lossless.
fn check(
    (name, input): (&str, &[u8]),
    protected: &Protected,
    protector: &Protector,
    options: &ProtectOptions,
) {
    let epsilon = protector.generator().epsilon();
    let (before, after) = (info(input), info(&protected.bytes));
    assert_eq!(
        (before.format, before.width, before.height),
        (after.format, after.width, after.height),
        "{name}"
    );
    assert_eq!(before.orientation, after.orientation, "{name}");
    let foreseen = protector.dry_run(input, options).unwrap();
    assert_eq!(foreseen.metadata, protected.report.metadata, "{name}");
    // A second pass would renew the mark in the XMP and the numbers of a gain map's index, and nothing else.
    let gone = after.metadata.iter().filter(|entry| match entry.action {
        MetadataAction::Removed => true,
        MetadataAction::Rewritten => {
            !["XMP", "multi-picture index (MPF)"].contains(&entry.name.as_str())
        }
        _ => false,
    });
    assert_eq!(
        gone.count(),
        0,
        "{name}: a second pass would find more to remove: {:?}",
        after.metadata
    );

    if before.format == FileFormat::Tiff {
        return; // The reader of the tests knows no TIFF; see tests/tiff.rs.
    }
    let original = image::load_from_memory(input).unwrap();
    let wide = original.color().bytes_per_pixel() > original.color().channel_count();
    let result = image::load_from_memory(&protected.bytes).unwrap();
    assert_eq!(
        result.color().bytes_per_pixel() > result.color().channel_count(),
        wide,
        "{name}: another depth"
    );
    // In 16 bits for all: an 8-bit step is 257 of them.
    let (original, result) = (original.into_rgba16(), result.into_rgba16());
    let largest = original.pixels().zip(result.pixels()).map(|(a, b)| {
        assert_eq!(a[3], b[3], "{name}: alpha changed");
        assert!(a[3] > 0 || a == b, "{name}: a transparent pixel changed");
        (0..3).map(|i| a[i].abs_diff(b[i])).max().unwrap()
    });
    let largest = f64::from(largest.max().unwrap());
    if before.format != FileFormat::Jpeg {
        let bound = |peak: f64| (peak * f64::from(epsilon)).ceil();
        let bound = if wide {
            bound(65_535.0)
        } else {
            bound(255.0) * 257.0
        };
        assert!(
            largest <= bound,
            "{name}: a sample changed by {largest}, the bound is {bound}"
        );
    }
}

fn info(bytes: &[u8]) -> PhotoInfo {
    PhotoInfo::read(bytes, &Limits::default()).unwrap()
}

/// Peak resident memory of this process in bytes; 0 where the system does not say.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
