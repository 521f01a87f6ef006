//! Every input that a fuzz target or a mutation test once found is tried again: an error or a result, never a panic.
//!
//! `tests/fixtures/regressions/TARGET/` holds the inputs, by the fuzz target that found them.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use confounder::{
    Credentials, Generator, JpegMethod, Limits, MetadataPolicy, PhotoInfo, ProtectOptions,
    Protector, ProtectorOptions,
};
use prost::Message;

use crate::common;

/// No input may take longer (debug builds on a busy machine included).
const LONGEST: Duration = Duration::from_secs(20);

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures")
}

/// The inputs of a target, with their names.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = fixtures().join("regressions").join(target);
    let mut inputs: Vec<_> = std::fs::read_dir(&folder)
        .map(|entries| entries.map(|entry| entry.unwrap().path()).collect())
        .unwrap_or_else(|_| Vec::new());
    inputs.sort();
    inputs
        .into_iter()
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect()
}

#[test]
fn photos() {
    let protector = Protector::bundled(ProtectorOptions::new().threads(2)).unwrap();
    let limits = Limits::new().max_pixels(1 << 22).max_alloc_bytes(256 << 20);
    for (name, input) in inputs("protect").iter().chain(&inputs("metadata")) {
        for metadata in [
            MetadataPolicy::Keep,
            MetadataPolicy::Private,
            MetadataPolicy::Strip,
        ] {
            for jpeg in [
                JpegMethod::Auto,
                JpegMethod::Coefficients,
                JpegMethod::Reencode,
            ] {
                let options = ProtectOptions::new()
                    .limits(limits.clone())
                    .metadata(metadata)
                    .jpeg(jpeg)
                    .credentials(Credentials::Remove)
                    .tint_gray(true)
                    .repeat(true);
                let started = Instant::now();
                if let Ok(protected) = protector.protect_bytes(input, &options) {
                    let before = PhotoInfo::read(input, &limits).unwrap();
                    let after = PhotoInfo::read(&protected.bytes, &Limits::new()).unwrap();
                    assert_eq!(
                        (before.width, before.height, before.orientation),
                        (after.width, after.height, after.orientation),
                        "{name}"
                    );
                }
                assert!(
                    started.elapsed() < LONGEST,
                    "{name} took {:?}",
                    started.elapsed()
                );
            }
        }
    }
}

#[test]
fn generators() {
    let mut inputs = inputs("generator");
    // The seed of the fuzz target, which must run: a test of only broken files would not see that all are refused.
    let seed = std::fs::read(fixtures().join("generators/untrained.onnx")).unwrap();
    assert_eq!(run_generator(&seed), Some(()));
    inputs.push(("untrained.onnx".into(), seed));
    for (name, input) in inputs {
        let started = Instant::now();
        run_generator(&input);
        assert!(
            started.elapsed() < LONGEST,
            "{name} took {:?}",
            started.elapsed()
        );
    }
}

/// Opens and runs a generator on a small image; `None` where it is refused.
fn run_generator(bytes: &[u8]) -> Option<()> {
    let generator = Generator::from_bytes(bytes).ok()?;
    let epsilon = generator.epsilon();
    let (width, height) = generator
        .grid()
        .working_size(40, 32, generator.multiple())
        .ok()?;
    if width * height > 64 * 64 {
        return None;
    }
    let protector = Protector::open(generator, ProtectorOptions::new().threads(1)).ok()?;
    let image: Vec<f32> = (0..3 * width * height)
        .map(|i| (i % 251) as f32 / 250.0)
        .collect();
    let residual = confounder::research::run_generator(&protector, &image, width, height).ok()?;
    assert!(residual.planes().iter().all(|value| value.abs() <= epsilon));
    Some(())
}

/// `tests/fixtures/generators/untrained.onnx` is the generator that these tests write; `UPDATE_FIXTURES=1` writes it anew.
#[test]
fn the_seed_generator_is_the_one_that_the_tests_write() {
    let path = fixtures().join("generators/untrained.onnx");
    let written = common::code_generator(Some(32)).encode_to_vec();
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &written).unwrap();
    }
    assert!(
        std::fs::read(&path).unwrap() == written,
        "run once with UPDATE_FIXTURES=1"
    );
}
