//! CIFAR-10 from the WebP sheets of the shared data, through `prepare`, in all the forms it may be read from.
#![allow(clippy::unwrap_used, clippy::print_stderr)]
use std::fs;

mod common;

use common::data::shared;
use confounder_trainer::data::{Augment, Position, Spec, cifar10, epoch_order, open, sheets};
use confounder_trainer::progress::Mode;

fn spec() -> Spec {
    Spec {
        progress: Mode::Silent,
        ..Spec::default()
    }
}

#[test]
fn sheets_become_the_genuine_binary_format() {
    let Some(from) = shared("cifar10") else {
        return;
    };
    let to = tempfile::tempdir().unwrap();

    // `prepare` compares the SHA-256 of each file with the one stated beside the sheets.
    let first = sheets::prepare(&from, to.path(), Mode::Silent).unwrap();
    assert_eq!((first.written, first.kept), (6, 0));
    let sizes = |name: &str| fs::metadata(first.folder.join(name)).unwrap().len();
    assert_eq!(sizes("test_batch.bin"), 30_730_000);

    // A damaged batch is written again, whole ones are kept.
    let damaged = first.folder.join("data_batch_3.bin");
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[5000] ^= 1;
    fs::write(&damaged, &bytes).unwrap();
    let second = sheets::prepare(&from, to.path(), Mode::Silent).unwrap();
    assert_eq!((second.written, second.kept), (1, 5));

    // Read from the binary files, from the folder above them, and from the sheets: the same data.
    let binary = open(&first.folder, &spec()).unwrap();
    assert_eq!((binary.train.len(), binary.test.len()), (50_000, 10_000));
    assert_eq!(binary.train.histogram(), [5000; 10]);
    assert_eq!(binary.test.classes[..2], ["airplane", "automobile"]);
    assert!(open(to.path(), &spec()).unwrap() == binary);
    assert!(open(&from, &spec()).unwrap() == binary);

    // The genuine archive, with the folder inside.
    let archive = to.path().join(cifar10::ARCHIVE);
    let file = fs::File::create(&archive).unwrap();
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(
        file,
        flate2::Compression::fast(),
    ));
    tar.append_dir_all(cifar10::FOLDER, &first.folder).unwrap();
    tar.into_inner().unwrap().finish().unwrap();
    assert!(open(&archive, &spec()).unwrap() == binary);

    // A missing, a truncated and a wrong file are named.
    let test = first.folder.join("test_batch.bin");
    let bytes = fs::read(&test).unwrap();
    fs::write(&test, &bytes[..cifar10::RECORD * 7 + 1]).unwrap();
    let text = open(&first.folder, &spec()).unwrap_err().to_string();
    assert!(
        text.contains("test_batch.bin, record 7: truncated: 21512 bytes"),
        "{text}"
    );
    fs::remove_file(&test).unwrap();
    let text = open(&first.folder, &spec()).unwrap_err().to_string();
    assert!(text.contains("test_batch.bin: "), "{text}");

    // Crop and flip of a batch of 128: the target is below a millisecond; ten times that is a fault, not a slow machine.
    let order = epoch_order(binary.train.len(), 1, 0);
    let mut batch = vec![0.0; 128 * 3 * 32 * 32];
    let started = std::time::Instant::now();
    let steps = order.chunks_exact(128).take(200).enumerate();
    for (step, indices) in steps {
        let position = Position {
            seed: 1,
            epoch: 0,
            step: step as u64,
        };
        let augment = Augment::default();
        augment
            .fill(&binary.train, indices, position, [32, 32], &mut batch)
            .unwrap();
    }
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0 / 200.0;
    eprintln!("crop and flip of 128 images: {milliseconds:.3} ms");
    assert!(milliseconds < 10.0, "{milliseconds}");
}

#[test]
fn a_label_out_of_range_beside_the_sheets_names_its_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut labels = vec![3; 60_000];
    labels[12_345] = 10;
    fs::write(folder.path().join("labels.u8"), labels).unwrap();
    let text = sheets::prepare(folder.path(), folder.path(), Mode::Silent).unwrap_err();
    let text = text.to_string();
    assert!(
        text.contains("labels.u8, record 12345: label 10 is not below 10"),
        "{text}"
    );
}

#[test]
fn the_python_version_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data_batch_1"), b"").unwrap();
    let text = open(folder.path(), &spec()).unwrap_err().to_string();
    assert!(
        text.contains("binary version") && text.contains("pickle"),
        "{text}"
    );
}
