//! Real JPEGs changed in their coefficients, judged by other programs and against the way by pixels.

use std::path::{Path, PathBuf};
use std::process::Command;

use confounder::{
    JpegMethod, MetadataAction, ProtectOptions, Protected, Protector, ProtectorOptions,
};
use image::imageops::{FilterType, resize};

use crate::programs::has;
use crate::shared;

/// The photo of the set that was compressed at quality 5: its steps are too coarse.
const TOO_COARSE: &str = "empty_gps.jpg";

fn protector() -> Protector {
    Protector::bundled(ProtectorOptions::new()).unwrap()
}

/// All JPEGs of the shared set that are protected, with the results.
fn photos(protector: &Protector) -> Vec<(PathBuf, Vec<u8>, Protected)> {
    let files = shared::photos().into_iter();
    let photos: Vec<_> = files
        .filter_map(|path| {
            let input = std::fs::read(&path).unwrap();
            let jpeg = input.starts_with(b"\xFF\xD8");
            let output = jpeg.then(|| protector.protect_bytes(&input, &ProtectOptions::new()));
            Some((path, input, output?.ok()?))
        })
        .collect();
    assert!(
        photos.is_empty() || photos.len() > 35,
        "{} photos",
        photos.len()
    );
    photos
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn luma_and_size_stay_in_the_eyes_of_others() {
    let judged = has("jpegtran", "-version");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("coefficients");
    std::fs::create_dir_all(&folder).unwrap();
    for (path, input, output) in photos(&protector()) {
        let name = name(&path);
        if output.report.jpeg != Some(JpegMethod::Coefficients) {
            // A progressive one with fewer blocks than the residual has values is compressed anew as well.
            let small = output.report.width.min(output.report.height) < 400;
            let notes = output.report.notes.concat();
            assert!(
                name == TOO_COARSE || (small && notes.contains("progressive and too small")),
                "{name}: {notes}"
            );
            continue;
        }
        // What was removed (thumbnails, trailers) does not count.
        let removed = output
            .report
            .metadata
            .iter()
            .filter(|entry| entry.action == MetadataAction::Removed);
        let expected = input.len() as f64 - removed.map(|entry| entry.bytes as f64).sum::<f64>();
        let ratio = output.bytes.len() as f64 / expected;
        assert!(
            input.len() < 100_000 || (0.96..1.02).contains(&ratio),
            "{name}: {ratio}"
        );
        if judged {
            let after = folder.join(&name);
            std::fs::write(&after, &output.bytes).unwrap();
            let (before, after) = (luma(&path), luma(&after));
            assert!(before == after, "{name}");
            // jpegtran makes no gray photo of four components.
            assert!(!before.is_empty() || name.contains("CMYK"), "{name}");
        }
    }
}

/// The luma coefficients as `jpegtran` writes them; empty where it cannot.
fn luma(path: &Path) -> Vec<u8> {
    let run = Command::new("jpegtran")
        .args(["-grayscale", "-copy", "none"])
        .arg(path)
        .output()
        .unwrap();
    run.stdout
}

#[test]
fn a_model_sees_the_same_change_as_by_way_of_pixels() {
    let protector = protector();
    for (path, input, output) in photos(&protector) {
        let name = name(&path);
        let large = output.report.width.min(output.report.height) >= 224;
        if output.report.jpeg != Some(JpegMethod::Coefficients) || !large || name.contains("CMYK") {
            continue;
        }
        let options = ProtectOptions::new().jpeg(JpegMethod::Reencode);
        let pixels = protector.protect_bytes(&input, &options).unwrap();
        let before = chroma(&input);
        let change = |jpeg: &[u8]| -> Vec<f64> {
            chroma(jpeg)
                .iter()
                .zip(&before)
                .map(|(a, b)| a - b)
                .collect()
        };
        let (found, wanted) = (change(&output.bytes), change(&pixels.bytes));
        let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(x, y)| x * y).sum() };
        let correlation =
            dot(&found, &wanted) / (dot(&found, &found) * dot(&wanted, &wanted)).sqrt();
        let size = dot(&found, &wanted) / dot(&wanted, &wanted);
        eprintln!("{name}: correlation {correlation:.3}, {size:.3} of the size");
        assert!(
            correlation > 0.85 && (0.8..1.2).contains(&size),
            "{name}: {correlation} {size}"
        );
    }
}

/// Cb and Cr of a photo scaled to 224 x 224.
fn chroma(jpeg: &[u8]) -> Vec<f64> {
    let photo = image::load_from_memory(jpeg).unwrap().into_rgb8();
    let small = resize(&photo, 224, 224, FilterType::Triangle);
    let of = |p: &image::Rgb<u8>| {
        let [r, g, b] = p.0.map(f64::from);
        [
            -0.168_736 * r - 0.331_264 * g + 0.5 * b,
            0.5 * r - 0.418_688 * g - 0.081_312 * b,
        ]
    };
    small.pixels().flat_map(of).collect()
}
