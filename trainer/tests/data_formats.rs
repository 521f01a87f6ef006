//! SVHN's `.mat`, MedMNIST's `.npz` and ISIC's tables: the real files, and damaged ones.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::fs;
use std::io::{Cursor, Write};

mod common;

use common::data::shared;
use confounder_trainer::data::{Spec, Splits, open};
use confounder_trainer::error::Result;
use confounder_trainer::progress::Mode;
use proptest::prelude::*;

fn spec(side: usize) -> Spec {
    Spec {
        side,
        progress: Mode::Silent,
        max_bytes: 1 << 28,
        ..Spec::default()
    }
}

#[test]
fn road_signs_in_the_layout_of_svhn_keep_their_own_name() {
    let Some(folder) = shared("gtsrb_svhn_layout") else {
        return;
    };
    let splits = open(&folder, &spec(32)).unwrap();
    assert_eq!(splits.train.name, "gtsrb10 (in SVHN's format) train");
    assert_eq!((splits.train.len(), splits.test.len()), (2500, 1250));
    assert_eq!(splits.train.histogram(), [250; 10]);
    assert_eq!(splits.train.classes[0], "speed 30");
    // The sum of all samples, computed by another program from the same file.
    let sum: u64 = splits.test.images.iter().map(|&x| u64::from(x)).sum();
    assert_eq!(sum, 269_998_282);
    // Rows and columns are not swapped: row 3, column 7 of the green plane of image 5.
    assert_eq!(splits.test.image(5)[1024 + 3 * 32 + 7], 26);
}

#[test]
fn the_genuine_svhn_file_without_labels_says_what_is_missing() {
    let Some(folder) = shared("svhn_partial") else {
        return;
    };
    let copy = tempfile::tempdir().unwrap();
    for name in ["train_32x32.mat", "test_32x32.mat"] {
        fs::copy(
            folder.join("svhn_train_first_X_only.mat"),
            copy.path().join(name),
        )
        .unwrap();
    }
    let error = open(copy.path(), &spec(32)).unwrap_err().to_string();
    assert!(
        error.ends_with("train_32x32.mat: it has no array y"),
        "{error}"
    );
}

#[test]
fn rebuilt_bloodmnist_has_its_classes() {
    let Some(folder) = shared("bloodmnist_rebuilt") else {
        return;
    };
    let splits = open(&folder, &spec(28)).unwrap();
    assert_eq!(splits.train.name, "bloodmnist_rebuilt_28 train");
    assert_eq!((splits.train.len(), splits.test.len()), (11_959, 3421));
    assert_eq!((splits.train.height, splits.train.classes.len()), (28, 8));
    assert_eq!(splits.train.classes[7], "platelet");
    let sum: u64 = splits.test.images.iter().map(|&x| u64::from(x)).sum();
    assert_eq!(sum, 1_472_857_470);
    assert_eq!(splits.test.image(5)[784 + 3 * 28 + 7], 230);
}

#[test]
fn isic_is_read_from_its_tables() {
    let Some(folder) = shared("isic2017_256") else {
        return;
    };
    let splits = open(&folder, &spec(16)).unwrap();
    assert_eq!(splits.train.classes, ["melanoma", "none"]);
    assert_eq!(splits.train.histogram(), [374, 1626]);
    assert_eq!(splits.test.histogram(), [30, 120]);
}

/// An element of a `.mat` file: tag, data, padding.
fn element(kind: u32, data: &[u8]) -> Vec<u8> {
    let mut all = [kind.to_le_bytes(), (data.len() as u32).to_le_bytes()].concat();
    all.extend(data);
    all.resize(all.len().div_ceil(8) * 8, 0);
    all
}

fn array(name: &str, shape: &[u32], data: &[u8]) -> Vec<u8> {
    let extents: Vec<u8> = shape.iter().flat_map(|n| n.to_le_bytes()).collect();
    let parts = [
        element(6, &[9, 0, 0, 0, 0, 0, 0, 0]),
        element(5, &extents),
        element(1, name.as_bytes()),
        element(2, data),
    ];
    element(14, &parts.concat())
}

/// A file of `n` images with labels 1 to 10.
fn mat(n: u32, compressed: bool) -> Vec<u8> {
    let mut file = vec![b' '; 124];
    file.extend([0x00, 0x01, b'I', b'M']);
    let pixels: Vec<u8> = (0..3072 * n).map(|i| (i * 31 % 251) as u8).collect();
    let labels: Vec<u8> = (0..n).map(|i| (i % 10) as u8 + 1).collect();
    for body in [
        array("X", &[32, 32, 3, n], &pixels),
        array("y", &[n, 1], &labels),
    ] {
        if compressed {
            let mut packer =
                flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            packer.write_all(&body).unwrap();
            let packed = packer.finish().unwrap();
            file.extend(15u32.to_le_bytes());
            file.extend((packed.len() as u32).to_le_bytes());
            file.extend(packed);
        } else {
            file.extend(body);
        }
    }
    file
}

fn open_mat(train: &[u8]) -> Result<Splits> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("train_32x32.mat"), train).unwrap();
    fs::write(folder.path().join("test_32x32.mat"), mat(10, false)).unwrap();
    open(folder.path(), &spec(32))
}

#[test]
fn both_kinds_of_mat_file_hold_the_same_data() {
    let plain = open_mat(&mat(10, false)).unwrap();
    assert_eq!(plain, open_mat(&mat(10, true)).unwrap());
    assert_eq!(plain.train.name, "svhn train");
    // The label 10 is the digit 0.
    assert_eq!(
        (plain.train.labels[9], plain.train.classes[9].as_str()),
        (9, "0")
    );
    // Element (row 1, column 0) is the second of the file.
    assert_eq!(plain.train.image(0)[32], 31);
}

#[test]
fn faults_of_mat_files_are_named() {
    let wrong_label = mat(11, false);
    let error = |bytes: &[u8]| open_mat(bytes).unwrap_err().to_string();
    let mut bytes = wrong_label.clone();
    let last = bytes.len() - 8 + 2;
    bytes[last] = 11;
    assert!(
        error(&bytes).contains("record 10: label 11 is not 1 to 10"),
        "{}",
        error(&bytes)
    );
    assert!(error(&wrong_label[..5000]).contains("truncated"));
    assert!(error(&mat(9, false)).contains("class 9 (0) has no image"));
    assert!(error(b"MATLAB 7.3").contains("not a little-endian MATLAB level-5 file"));
}

fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let mut header =
        format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut all = b"\x93NUMPY\x01\x00".to_vec();
    all.extend((header.len() as u16).to_le_bytes());
    all.extend(header.as_bytes());
    all.extend(data);
    all
}

fn npz(descr: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let pixels: Vec<u8> = (0..4 * 48).map(|i| (i * 31 % 251) as u8).collect();
    for split in ["train", "val", "test"] {
        zip.start_file(format!("{split}_images.npy"), options)
            .unwrap();
        zip.write_all(&npy(descr, "4, 4, 4, 3", &pixels)).unwrap();
        zip.start_file(format!("{split}_labels.npy"), options)
            .unwrap();
        zip.write_all(&npy(descr, "4, 1", &[0, 1, 1, 0])).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn open_npz(bytes: &[u8]) -> Result<Splits> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.npz");
    fs::write(&path, bytes).unwrap();
    open(&path, &spec(4))
}

#[test]
fn an_archive_of_arrays_is_turned_into_planes() {
    let splits = open_npz(&npz("|u1")).unwrap();
    assert_eq!(splits.train.labels, [0, 1, 1, 0]);
    let expected: Vec<u8> = (0..16).map(|i| (i * 3 * 31 % 251) as u8).collect();
    assert_eq!(splits.train.image(0)[..16], expected);
    let error = open_npz(&npz("<f4")).unwrap_err().to_string();
    assert!(
        error.contains("train_images: numbers of type '<f4'"),
        "{error}"
    );
}

const TABLE: &str = "image_id,melanoma,seborrheic_keratosis\na,1.0,0.0\nb,0,1\nc,0.0,0.0\n";

fn open_tables(train: &[u8]) -> Result<Splits> {
    let folder = tempfile::tempdir().unwrap();
    let photo = image::RgbImage::from_pixel(4, 4, image::Rgb([9, 90, 200]));
    for name in ["a", "b", "c", "d", "e", "f", "a_mask"] {
        photo
            .save(folder.path().join(format!("{name}.png")))
            .unwrap();
    }
    fs::write(folder.path().join("ISIC_Training_GroundTruth.csv"), train).unwrap();
    let test = TABLE
        .replace("\na,", "\nd,")
        .replace("\nb,", "\ne,")
        .replace("\nc,", "\nf,");
    fs::write(folder.path().join("ISIC_Test_GroundTruth.csv"), test).unwrap();
    open(folder.path(), &spec(4))
}

#[test]
fn tables_sort_photos_into_classes_and_faults_are_named() {
    let splits = open_tables(TABLE.as_bytes()).unwrap();
    assert_eq!(
        splits.train.classes,
        ["melanoma", "none", "seborrheic_keratosis"]
    );
    assert_eq!(splits.train.labels, [0, 1, 2]);
    let error = |text: &str| open_tables(text.as_bytes()).unwrap_err().to_string();
    assert!(
        error(&TABLE.replace("b,0,1", "b,1,1")).contains("record 1: it belongs to two classes")
    );
    assert!(error(&TABLE.replace("b,0,1", "z,0,1")).contains("there is no photo named z"));
    assert!(error(&TABLE.replace("b,0,1", "b,0,x")).contains("\"x\", not 0 or 1"));
    assert!(error(&TABLE.replace("b,0,1", "a,0,1")).contains("a is listed twice"));
}

/// What damage gives: an error, or the data that was there.
fn same_or_error(
    whole: &Splits,
    damaged: Result<Splits>,
) -> std::result::Result<(), TestCaseError> {
    if let Ok(found) = damaged {
        prop_assert!(found == *whole);
    }
    Ok(())
}

fn flipped(mut bytes: Vec<u8>, place: prop::sample::Index, bit: u8) -> Vec<u8> {
    let i = place.index(bytes.len());
    bytes[i] ^= 1 << bit;
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn damaged_mat_files(place: prop::sample::Index, bit in 0u8..8, cut: bool) {
        let bytes = mat(10, true);
        let whole = open_mat(&bytes).unwrap();
        let damaged = if cut { bytes[..place.index(bytes.len())].to_vec() } else { flipped(bytes, place, bit) };
        same_or_error(&whole, open_mat(&damaged))?;
        // Without a checksum other data may come out, but no panic.
        let _ = open_mat(&flipped(mat(10, false), place, bit));
    }

    #[test]
    fn damaged_archives_of_arrays(place: prop::sample::Index, bit in 0u8..8, cut: bool) {
        let bytes = npz("|u1");
        let whole = open_npz(&bytes).unwrap();
        let damaged = if cut { bytes[..place.index(bytes.len())].to_vec() } else { flipped(bytes, place, bit) };
        same_or_error(&whole, open_npz(&damaged))?;
    }

    #[test]
    fn damaged_tables(place: prop::sample::Index, bit in 0u8..8, cut: bool) {
        let bytes = TABLE.as_bytes().to_vec();
        let damaged = if cut { bytes[..place.index(bytes.len())].to_vec() } else { flipped(bytes, place, bit) };
        let _ = open_tables(&damaged);
    }

    #[test]
    fn any_bytes_as_arrays(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut file = vec![b' '; 124];
        file.extend([0x00, 0x01, b'I', b'M']);
        file.extend(&bytes);
        prop_assert!(open_mat(&file).is_err());
        prop_assert!(open_npz(&bytes).is_err());
    }
}
