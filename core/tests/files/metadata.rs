//! Metadata of the fixture through a protection: what stays, what goes, what is refused.

use confounder::{
    CancelToken, Credentials, ErrorKind, Limits, MetadataAction, MetadataPolicy, PhotoInfo,
    ProtectOptions, Protector, ProtectorOptions, Report, Strength,
};

const PHOTO: &[u8] = include_bytes!("../../../tests/fixtures/cyclamen_persicum.jpg");

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

/// The entry of that name, which must be there once.
fn entry<'a>(report: &'a Report, name: &str) -> &'a confounder::MetadataEntry {
    let mut entries = report.metadata.iter().filter(|entry| entry.name == name);
    let first = entries.next().unwrap();
    assert!(entries.next().is_none(), "{name} twice");
    first
}

#[test]
fn everything_stays_byte_for_byte_and_the_mark_is_added() {
    let protected = protector()
        .protect_bytes(PHOTO, &ProtectOptions::new())
        .unwrap();
    for word in [
        &b"FinePix S3Pro"[..],
        b"xmpRights:Marked=\"False\"",
        b"Photoshop 3.0",
        b"confounder:Strength=\"1\"",
    ] {
        assert!(contains(&protected.bytes, word));
    }
    for entry in &protected.report.metadata {
        let expected = match entry.name.as_str() {
            "XMP" => MetadataAction::Rewritten,
            _ => MetadataAction::Kept,
        };
        assert_eq!(entry.action, expected, "{}", entry.name);
    }
    assert!(protected.report.timings.decode.is_some() && protected.report.timings.encode.is_some());
}

#[test]
fn private_keeps_camera_and_time_only() {
    let input = with_segment(0xFE, b"a comment");
    let options = ProtectOptions::new().metadata(MetadataPolicy::Private);
    let protected = protector().protect_bytes(&input, &options).unwrap();
    for word in [&b"FinePix S3Pro"[..], b"FUJIFILM"] {
        assert!(contains(&protected.bytes, word));
    }
    for word in [
        &b"xmpRights"[..],
        b"Photoshop 3.0",
        b"a comment",
        b"confounder:",
    ] {
        assert!(!contains(&protected.bytes, word));
    }
    for (name, action) in [
        ("EXIF", MetadataAction::Rewritten),
        ("XMP", MetadataAction::Removed),
        ("IPTC and Photoshop", MetadataAction::Removed),
        ("comment", MetadataAction::Removed),
    ] {
        let entry = entry(&protected.report, name);
        assert_eq!(entry.action, action, "{name}");
        assert!(entry.detail.is_some(), "{name} needs a reason");
    }
}

#[test]
fn strip_keeps_what_shows_the_pixels_right() {
    let options = ProtectOptions::new().metadata(MetadataPolicy::Strip);
    let upright = protector().protect_bytes(PHOTO, &options).unwrap();
    for word in [&b"FUJIFILM"[..], b"Exif", b"xmpRights", b"Photoshop"] {
        assert!(!contains(&upright.bytes, word));
    }
    let profile = b"ICC_PROFILE\0\x01\x01not a profile";
    let turned = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let mut input = with_segment(0xE2, profile);
    let length = (turned.len() as u16 + 2).to_be_bytes();
    let exif = [&[0xFF, 0xE1], &length[..], turned].concat();
    input.splice(2..2, exif);
    let protected = protector().protect_bytes(&input, &options).unwrap();
    assert!(contains(&protected.bytes, profile));
    let info = PhotoInfo::read(&protected.bytes, &Limits::new()).unwrap();
    assert_eq!(info.orientation.exif(), 6);
}

#[test]
fn a_protected_photo_is_not_protected_twice_by_accident() {
    let protector = protector();
    let options = ProtectOptions::new().strength(Strength::new(0.5).unwrap());
    let once = protector.protect_bytes(PHOTO, &options).unwrap();
    let error = protector.protect_bytes(&once.bytes, &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyProtected);
    let generator = protector.generator();
    let by = format!(
        "{} {} at strength 0.5",
        generator.name(),
        generator.version()
    );
    assert!(error.to_string().contains(&by), "{error}");
    let info = PhotoInfo::read(&once.bytes, &Limits::new()).unwrap();
    assert!(info.refusals.len() == 1 && info.refusals[0].contains(&by));

    let again = ProtectOptions::new().repeat(true);
    let twice = protector.protect_bytes(&once.bytes, &again).unwrap();
    let mark = memmem_count(&twice.bytes, b"confounder:Generator=");
    assert_eq!(mark, 1, "the new mark replaces the old one");
    assert!(contains(&twice.bytes, b"confounder:Strength=\"1\""));
    for policy in [MetadataPolicy::Private, MetadataPolicy::Strip] {
        let error = protector.protect_bytes(&once.bytes, &options.clone().metadata(policy));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::AlreadyProtected);
        let without = ProtectOptions::new().metadata(policy);
        let unmarked = protector.protect_bytes(PHOTO, &without).unwrap();
        assert!(!contains(&unmarked.bytes, b"confounder"));
    }
}

fn memmem_count(bytes: &[u8], word: &[u8]) -> usize {
    bytes
        .windows(word.len())
        .filter(|window| *window == word)
        .count()
}

#[test]
fn png_and_webp_carry_the_mark() {
    for format in [image::ImageFormat::Png, image::ImageFormat::WebP] {
        let photo =
            image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 77]));
        let mut input = std::io::Cursor::new(Vec::new());
        photo.write_to(&mut input, format).unwrap();
        let protector = protector();
        let once = protector
            .protect_bytes(input.get_ref(), &ProtectOptions::new())
            .unwrap();
        assert_eq!(entry(&once.report, "XMP").action, MetadataAction::Added);
        let error = protector.protect_bytes(&once.bytes, &ProtectOptions::new());
        assert_eq!(error.unwrap_err().kind(), ErrorKind::AlreadyProtected);
        let strip = ProtectOptions::new()
            .metadata(MetadataPolicy::Strip)
            .repeat(true);
        let bare = protector.protect_bytes(&once.bytes, &strip).unwrap();
        assert!(!contains(&bare.bytes, b"confounder"));
        assert!(image::load_from_memory(&bare.bytes).is_ok());
    }
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
        // The fixture's own packet, which the mark goes into, is the other one.
        assert_eq!(touched.count(), 2, "segment {marker:#X}");
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
fn content_credentials_are_refused_unless_told() {
    let input = with_segment(0xEB, b"JP\0\x01\0\0\0\x01\0\0\0\x20jumb....c2pa");
    let error = protector()
        .protect_bytes(&input, &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProtectedMetadata);
    let info = PhotoInfo::read(&input, &Limits::new()).unwrap();
    assert_eq!((info.width, info.refusals.len()), (512, 1));
    let options = ProtectOptions::new().credentials(Credentials::Remove);
    let protected = protector().protect_bytes(&input, &options).unwrap();
    assert!(!contains(&protected.bytes, b"c2pa"));
    let entry = entry(&protected.report, "content credentials (C2PA)");
    assert_eq!(entry.action, MetadataAction::Removed);
}

#[test]
fn content_credentials_of_other_formats_too() {
    let photo = image::RgbImage::from_fn(40, 30, |x, y| image::Rgb([x as u8 * 6, y as u8 * 8, 77]));
    let encoded = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        photo.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let mut png = img_parts::png::Png::from_bytes(encoded(image::ImageFormat::Png).into()).unwrap();
    let chunk = img_parts::png::PngChunk::new(*b"caBX", b"signature"[..].into());
    png.chunks_mut().insert(1, chunk);
    let mut webp =
        img_parts::webp::WebP::from_bytes(encoded(image::ImageFormat::WebP).into()).unwrap();
    let content = img_parts::riff::RiffContent::Data(b"signature."[..].into());
    webp.chunks_mut()
        .push(img_parts::riff::RiffChunk::new(*b"C2PA", content));
    let mut tiff = std::io::Cursor::new(Vec::new());
    let mut encoder = tiff::encoder::TiffEncoder::new(&mut tiff).unwrap();
    let mut image = encoder
        .new_image::<tiff::encoder::colortype::RGB8>(40, 30)
        .unwrap();
    let tag = tiff::tags::Tag::from_u16_exhaustive(52545);
    image.encoder().write_tag(tag, &b"signature"[..]).unwrap();
    image.write_data(photo.as_raw()).unwrap();
    let (png, webp) = (png.encoder().bytes(), webp.encoder().bytes());
    for input in [&png[..], &webp[..], tiff.get_ref()] {
        let error = protector().protect_bytes(input, &ProtectOptions::new());
        assert_eq!(error.unwrap_err().kind(), ErrorKind::ProtectedMetadata);
        let options = ProtectOptions::new().credentials(Credentials::Remove);
        let protected = protector().protect_bytes(input, &options).unwrap();
        assert!(!contains(&protected.bytes, b"signature"));
        // The mark is found again.
        let again = protector().protect_bytes(&protected.bytes, &options);
        assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyProtected);
        let entry = entry(&protected.report, "content credentials (C2PA)");
        assert_eq!(entry.action, MetadataAction::Removed);
    }
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
        Limits::new().max_metadata_bytes(1000),
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
