//! JPEGs as few programs write them, changed in their coefficients.

use std::process::Command;

use confounder::{
    JpegMethod, Limits, MetadataAction, ProtectOptions, Protected, Protector, ProtectorOptions,
};
use jpeg_encoder::{ColorType, Encoder};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::programs;

const SIZE: (usize, usize) = (200, 136);

/// Soft waves in mid tones.
fn wave(x: usize, y: usize, c: usize) -> u8 {
    (128.0 + 50.0 * ((x + 50 * c) as f32 / 41.0).sin() * (y as f32 / 29.0).cos()) as u8
}

fn encode(kind: ColorType, components: usize) -> Vec<u8> {
    let (width, height) = SIZE;
    let pixels: Vec<u8> = (0..width * height * components)
        .map(|i| {
            wave(
                i / components % width,
                i / components / width,
                i % components,
            )
        })
        .collect();
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes, 92)
        .encode(&pixels, width as u16, height as u16, kind)
        .unwrap();
    bytes
}

/// The bytes without their segments of a marker.
fn without(bytes: &[u8], marker: u8) -> Vec<u8> {
    let mut left = bytes[..2].to_vec();
    let mut at = 2;
    while bytes[at + 1] != 0xDA {
        let length = 2 + usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
        if bytes[at + 1] != marker {
            left.extend_from_slice(&bytes[at..at + length]);
        }
        at += length;
    }
    left.extend_from_slice(&bytes[at..]);
    left
}

fn protect(input: &[u8]) -> (Protector, Protected) {
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    let options = ProtectOptions::new().jpeg(JpegMethod::Coefficients);
    let protected = protector.protect_bytes(input, &options).unwrap();
    assert_eq!(protected.report.jpeg, Some(JpegMethod::Coefficients));
    (protector, protected)
}

/// How much more of the residual the output holds than the input, as a share of what the generator gives.
fn gained(input: &[u8]) -> f64 {
    let (protector, protected) = protect(input);
    let amplitude = |jpeg: &[u8]| {
        protector
            .detect_bytes(jpeg, &Limits::new())
            .unwrap()
            .amplitude
    };
    amplitude(&protected.bytes) - amplitude(input)
}

#[test]
fn inks_without_adobes_marker_are_not_inverted() {
    let marked = encode(ColorType::Cmyk, 4);
    let plain = without(&marked, 0xEE);
    assert!(plain.len() < marked.len(), "there was a marker");
    for (name, input) in [("marked", marked), ("plain", plain)] {
        let gained = gained(&input);
        // Half of the paper is black: half of a change of the other inks is seen.
        assert!((0.3..0.8).contains(&gained), "{name}: {gained}");
    }
}

#[test]
fn the_thumbnail_in_a_jfif_header_goes() {
    let photo = encode(ColorType::Rgb, 3);
    let rest = without(&photo, 0xE0);
    // Version 1.02, no unit, 1:1, a thumbnail of 3 x 2 pixels.
    let mut header = b"\xFF\xD8\xFF\xE0\x00\x22JFIF\0\x01\x02\0\0\x01\0\x01\x03\x02".to_vec();
    header.extend_from_slice(b"unprotected pixels");
    header.extend_from_slice(&rest[2..]);
    let (_, protected) = protect(&header);
    let shown = protected
        .bytes
        .windows(11)
        .any(|part| part == b"unprotected");
    assert!(!shown, "the thumbnail is still there");
    let entry = |e: &&confounder::MetadataEntry| e.name.contains("thumbnail");
    let entry = protected.report.metadata.iter().find(entry).unwrap();
    assert_eq!(entry.action, MetadataAction::Removed, "{entry:?}");
    assert_eq!(&protected.bytes[6..10], b"JFIF");
    assert_eq!(
        protected.bytes[18..20],
        [0, 0],
        "a header that claims no thumbnail"
    );
}

#[test]
fn several_scans_of_dc_with_restarts_keep_their_luma() {
    if !programs::has("jpegtran", "-version") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("in.jpg"), encode(ColorType::Rgb, 3)).unwrap();
    // Each component's DC by itself and in two steps, then AC, in bands and in two steps for luma.
    let scans = "0: 0-0, 0, 2;\n1: 0-0, 0, 1;\n2: 0-0, 0, 0;\n0: 0-0, 2, 1;\n1: 0-0, 1, 0;\n0: 0-0, 1, 0;\n\
                 0: 1-5, 0, 1;\n1: 1-63, 0, 0;\n2: 1-63, 0, 0;\n0: 6-63, 0, 1;\n0: 1-63, 1, 0;\n";
    std::fs::write(path("scans.txt"), scans).unwrap();
    for restart in ["3B", "1"] {
        let made = Command::new("jpegtran")
            .args(["-restart", restart, "-scans"])
            .arg(path("scans.txt"))
            .arg("-outfile")
            .arg(path("out.jpg"))
            .arg(path("in.jpg"))
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let input = std::fs::read(path("out.jpg")).unwrap();
        let (_, protected) = protect(&input);
        let decoded = |jpeg: &[u8], space| {
            let options = DecoderOptions::default()
                .set_strict_mode(true)
                .jpeg_set_out_colorspace(space);
            let decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
            { decoder }.decode().unwrap()
        };
        for (space, same) in [(ColorSpace::Luma, true), (ColorSpace::RGB, false)] {
            let equal = decoded(&input, space) == decoded(&protected.bytes, space);
            assert_eq!(equal, same, "restart {restart}, {space:?}");
        }
        assert!(gained(&input) > 0.5, "restart {restart}");
    }
}
