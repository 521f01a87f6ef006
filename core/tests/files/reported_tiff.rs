//! Kinds of TIFF files that were reported, one test a kind. The inputs lie in the shared photo set.

use confounder::{MetadataAction, ProtectOptions, Protector, ProtectorOptions};

use crate::{programs, shared};

/// The protected file; `None` where there is no shared data.
fn protect(name: &str) -> Option<confounder::Protected> {
    let input = shared::reported(name)?;
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    let protected = protector.protect_bytes(&input, &ProtectOptions::new());
    Some(protected.unwrap_or_else(|e| panic!("{name}: {e}")))
}

/// What a program says of a file, errors included; `None` where it is not installed.
fn said(program: &str, version: &str, arguments: &[&str], bytes: &[u8]) -> Option<String> {
    if !programs::has(program, version) {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.tif");
    std::fs::write(&path, bytes).unwrap();
    let done = std::process::Command::new(program)
        .args(arguments)
        .arg(&path)
        .output()
        .unwrap();
    let text = [done.stdout, done.stderr].concat();
    Some(String::from_utf8_lossy(&text).into_owned())
}

fn removed(protected: &confounder::Protected, name: &str) -> bool {
    let mut entries = protected.report.metadata.iter();
    entries.any(|entry| entry.name == name && entry.action == MetadataAction::Removed)
}

#[test]
fn a_thumbnail_page_goes_and_the_photo_stays() {
    let Some(protected) = protect("photo-with-thumbnail-page.tif") else {
        return;
    };
    assert!(
        removed(&protected, "thumbnail page"),
        "{:?}",
        protected.report
    );
    let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(&protected.bytes)).unwrap();
    assert!(!decoder.more_images());
    assert!(decoder.dimensions().unwrap().0 > 0);
}

#[test]
fn iptc_that_is_called_numbers_keeps_its_bytes() {
    let Some(protected) = protect("iptc-as-long-big-endian.tif") else {
        return;
    };
    // IIM: each data set begins with 0x1C and its record.
    let sets = protected
        .bytes
        .windows(3)
        .filter(|w| w[0] == 0x1C && w[1] == 2);
    assert!(sets.count() > 0);
    let input = shared::reported("iptc-as-long-big-endian.tif").unwrap();
    let told = |bytes: &[u8]| said("exiftool", "-ver", &["-s", "-IPTC:all", "-warning"], bytes);
    assert_eq!(told(&protected.bytes), told(&input));
}

#[test]
fn a_maker_note_whose_places_would_be_others_is_left_out_with_a_reason() {
    let Some(protected) = protect("maker-note-with-offsets-from-the-header.tif") else {
        return;
    };
    assert!(
        removed(&protected, "maker note"),
        "{:?}",
        protected.report.metadata
    );
}

#[test]
fn an_uncompressed_photo_has_no_predictor() {
    let Some(protected) = protect("uncompressed.tif") else {
        return;
    };
    let mut decoder = tiff::decoder::Decoder::new(std::io::Cursor::new(&protected.bytes)).unwrap();
    assert!(
        decoder
            .find_tag(tiff::tags::Tag::Predictor)
            .unwrap()
            .is_none()
    );
    decoder.read_image().unwrap();
    if let Some(text) = said("tiffinfo", "-h", &[], &protected.bytes) {
        assert!(!text.contains("arning") && !text.contains("rror"), "{text}");
    }
    if let Some(text) = said(
        "exiftool",
        "-ver",
        &["-validate", "-warning", "-a"],
        &protected.bytes,
    ) {
        let input = shared::reported("uncompressed.tif").unwrap();
        let before = said("exiftool", "-ver", &["-validate", "-warning", "-a"], &input).unwrap();
        let count = |text: &str| text.matches("Warning").count();
        assert!(count(&text) <= count(&before), "{text} {before}");
    }
}
