//! Metadata of the fixture through a protection: what stays, what goes, what is refused.

#![cfg(all(feature = "codecs", feature = "bundled-generator"))]
#![allow(clippy::unwrap_used)]

use confounder::{
    CancelToken, ErrorKind, Limits, MetadataAction, ProtectOptions, Protector, ProtectorOptions,
};

const PHOTO: &[u8] = include_bytes!("../../tests/fixtures/cyclamen_persicum.jpg");

fn protector() -> Protector {
    Protector::bundled(ProtectorOptions::new()).unwrap()
}

/// The fixture with one more segment after SOI.
fn with_segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&PHOTO[..2], &[0xFF, marker], &length, payload, &PHOTO[2..]].concat()
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

#[test]
fn exif_xmp_and_iptc_stay_byte_for_byte() {
    let protected = protector()
        .protect_bytes(PHOTO, &ProtectOptions::new())
        .unwrap();
    for word in [
        &b"FinePix S3Pro"[..],
        b"xmpRights:Marked=\"False\"",
        b"Photoshop 3.0",
    ] {
        assert!(contains(&protected.bytes, word));
    }
    assert!(
        protected
            .report
            .metadata
            .iter()
            .all(|entry| entry.action == MetadataAction::Kept)
    );
    assert!(protected.report.timings.decode.is_some() && protected.report.timings.encode.is_some());
}

#[test]
fn what_shows_the_unprotected_photo_goes() {
    let thumbnail = b"\xFF\xD8\xFF\xDB the unprotected photo \xFF\xD9";
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x hdrgm:Version=\"1.0\"/>";
    for (marker, payload) in [
        (
            0xE1,
            [&b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"[..], thumbnail].concat(),
        ),
        (0xE4, [b"maker".as_slice(), thumbnail].concat()),
        (
            0xE2,
            [b"MPF\0".as_slice(), b" the unprotected photo "].concat(),
        ),
        (0xE0, [b"JFXX\0\x10".as_slice(), thumbnail].concat()),
        (0xE1, [xmp.as_slice(), b" the unprotected photo "].concat()),
    ] {
        let input = with_segment(marker, &payload);
        let protected = protector()
            .protect_bytes(&input, &ProtectOptions::new())
            .unwrap();
        assert!(
            !contains(&protected.bytes, b"the unprotected photo"),
            "segment {marker:#X}"
        );
        let touched = protected
            .report
            .metadata
            .iter()
            .filter(|entry| entry.action != MetadataAction::Kept);
        assert_eq!(touched.count(), 1, "segment {marker:#X}");
    }
}

#[test]
fn what_follows_the_image_goes() {
    let input = [PHOTO, b"a motion photo's film"].concat();
    let protected = protector()
        .protect_bytes(&input, &ProtectOptions::new())
        .unwrap();
    assert!(!contains(&protected.bytes, b"film"));
    assert!(
        protected
            .report
            .metadata
            .iter()
            .any(|entry| entry.name == "data after the image" && entry.bytes == 21)
    );
}

#[test]
fn content_credentials_are_refused() {
    let input = with_segment(0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb....c2pa");
    let error = protector()
        .protect_bytes(&input, &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProtectedMetadata);
}

#[test]
fn quality_changes_the_size() {
    let size = |options| {
        protector()
            .protect_bytes(PHOTO, &options)
            .unwrap()
            .bytes
            .len()
    };
    let (low, same, high) = (
        size(ProtectOptions::new().quality(30)),
        size(ProtectOptions::new()),
        size(ProtectOptions::new().quality(98)),
    );
    assert!(low < same && same < high, "{low} {same} {high}");
    let error = protector()
        .protect_bytes(PHOTO, &ProtectOptions::new().quality(0))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidOptions);
}

#[test]
fn limits_are_checked() {
    let protector = protector();
    for limits in [
        Limits::new().max_input_bytes(1000),
        Limits::new().max_pixels(1000),
        Limits::new().max_size(511, 9999),
        Limits::new().max_size(9999, 847),
        Limits::new().max_alloc_bytes(1000),
    ] {
        let error = protector
            .protect_bytes(PHOTO, &ProtectOptions::new().limits(limits))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::LimitExceeded);
    }
}

#[test]
fn files_appear_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.jpg");
    std::fs::write(&photo, PHOTO).unwrap();
    let files = || std::fs::read_dir(folder.path()).unwrap().count();

    let cancel = CancelToken::new();
    cancel.cancel();
    let error = protector()
        .protect_file(&photo, &photo, &ProtectOptions::new().cancel(cancel))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(
        (std::fs::read(&photo).unwrap().as_slice(), files()),
        (PHOTO, 1)
    );

    let damaged = folder.path().join("damaged.jpg");
    std::fs::write(&damaged, &PHOTO[..PHOTO.len() / 2]).unwrap();
    let error = protector()
        .protect_file(&damaged, &photo, &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(
        (std::fs::read(&photo).unwrap().as_slice(), files()),
        (PHOTO, 2)
    );

    let report = protector()
        .protect_file(&photo, &photo, &ProtectOptions::new())
        .unwrap();
    assert_eq!((report.width, report.height, files()), (512, 848, 2));
    assert_ne!(std::fs::read(&photo).unwrap(), PHOTO);

    let missing = protector()
        .protect_file(
            &folder.path().join("none.jpg"),
            &photo,
            &ProtectOptions::new(),
        )
        .unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
}

#[test]
fn damaged_files_never_panic() {
    let protector = protector();
    for cut in (0..PHOTO.len()).step_by(997) {
        assert!(
            protector
                .protect_bytes(&PHOTO[..cut], &ProtectOptions::new())
                .is_err(),
            "cut at {cut}"
        );
    }
    // One flipped byte may still be a valid photo; it must only never end the program.
    for at in (0..4000).step_by(37) {
        let mut flipped = PHOTO.to_vec();
        flipped[at] ^= 0x5A;
        let _ = protector.protect_bytes(&flipped, &ProtectOptions::new());
    }
}
