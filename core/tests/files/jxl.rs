//! JPEG XL: every kind that is read comes out as it went in but for the residual; what cannot is refused by name.

use confounder::{Credentials, ErrorKind, Limits, MetadataAction, MetadataPolicy, ProtectOptions};
use zune_jpeg::zune_core::colorspace::ColorSpace;

use crate::check_jxl::{check, info, protect, protector, samples};
use crate::photo_jxl::{self, SIZE, boxed, decoded, encoded, exif};

#[test]
fn every_kind_of_sample_comes_out_as_it_went_in() {
    for (name, space, wide) in [
        ("gray", ColorSpace::Luma, false),
        ("gray with alpha", ColorSpace::LumaA, false),
        ("RGB", ColorSpace::RGB, false),
        ("RGB with alpha", ColorSpace::RGBA, false),
        ("gray, 16 bits", ColorSpace::Luma, true),
        ("RGB, 16 bits", ColorSpace::RGB, true),
    ] {
        let samples = samples((SIZE.0 * SIZE.1) as usize * space.num_components());
        let input = encoded(&samples, SIZE, space, wide);
        assert_eq!(info(&input).colour, name);
        check(name, &input);
    }
}

#[test]
fn large_photos_have_many_groups() {
    let size = (700, 531);
    let samples = samples((size.0 * size.1 * 3) as usize);
    check("large", &encoded(&samples, size, ColorSpace::RGB, false));
}

#[test]
fn transparent_pixels_stay() {
    let mut samples = samples((SIZE.0 * SIZE.1 * 4) as usize);
    for pixel in samples.chunks_mut(4).step_by(3) {
        pixel[3] = 0;
    }
    let input = encoded(&samples, SIZE, ColorSpace::RGBA, false);
    let protected = check("transparent", &input);
    let (before, after) = (decoded(&input).samples, decoded(&protected.bytes).samples);
    for (a, b) in before.chunks(4).zip(after.chunks(4)).step_by(3) {
        assert_eq!(a, b);
    }
}

#[test]
fn every_box_is_judged_and_reported() {
    let photo = encoded(
        &samples((SIZE.0 * SIZE.1 * 3) as usize),
        SIZE,
        ColorSpace::RGB,
        false,
    );
    let xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
        <rdf:Description rdf:about='' xmlns:dc='http://purl.org/dc/elements/1.1/' dc:source='a camera'/></rdf:RDF></x:xmpmeta>";
    let input = boxed(
        &photo,
        &[
            (*b"Exif", &exif()),
            (*b"xml ", xmp),
            (*b"jbrd", b"reconstruction"),
            (*b"jhgm", b"map"),
            (*b"abcd", b"what is this"),
        ],
    );
    let fates = |policy| {
        let protected = protect(&input, policy);
        let boxes: Vec<_> = photo_jxl::kinds(&protected.bytes);
        let report = protected.report.metadata.iter();
        let fates: Vec<_> = report
            .map(|entry| (entry.name.clone(), entry.action))
            .collect();
        (fates, boxes, protected.bytes)
    };
    use MetadataAction::{Added, Kept, Removed, Rewritten};
    let named = |actions: &[(&str, MetadataAction)]| -> Vec<(String, MetadataAction)> {
        actions
            .iter()
            .map(|&(name, action)| (name.to_owned(), action))
            .collect()
    };
    let gone = [
        ("JPEG reconstruction", Removed),
        ("gain map", Removed),
        ("abcd", Removed),
    ];
    let (fate, boxes, bytes) = fates(MetadataPolicy::Keep);
    assert_eq!(
        fate,
        named(&[&[("EXIF", Kept), ("XMP", Rewritten)], &gone[..]].concat())
    );
    assert_eq!(boxes, ["JXL ", "ftyp", "Exif", "xml ", "jxlc"]);
    let contains = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|part| part == word);
    assert!(
        contains(&bytes, b"a camera")
            && contains(&bytes, b"confounder:Generator")
            && contains(&bytes, b"SECRET")
    );
    assert_eq!(
        decoded(&bytes).samples.len(),
        (SIZE.0 * SIZE.1 * 3) as usize
    );

    let (fate, boxes, bytes) = fates(MetadataPolicy::Private);
    assert_eq!(
        fate,
        named(&[&[("EXIF", Rewritten), ("XMP", Removed)], &gone[..]].concat())
    );
    assert_eq!(boxes, ["JXL ", "ftyp", "Exif", "jxlc"]);
    assert!(!contains(&bytes, b"SECRET"));

    let (fate, _, bytes) = fates(MetadataPolicy::Strip);
    assert!(
        fate.iter()
            .filter(|(_, action)| *action != Removed)
            .all(|(name, _)| name == "EXIF")
    );
    assert!(!contains(&bytes, b"SECRET"));

    let bare = protect(&photo, MetadataPolicy::Keep);
    assert_eq!(bare.report.metadata[0].action, Added);
    let again = protector().protect_bytes(&bare.bytes, &ProtectOptions::new());
    assert_eq!(again.unwrap_err().kind(), ErrorKind::AlreadyProtected);
    let bare = protect(&photo, MetadataPolicy::Private);
    assert!(
        bare.bytes.starts_with(b"\xFF\x0A"),
        "nothing to hold, no container"
    );
}

#[test]
fn credentials_are_refused_or_removed() {
    let photo = encoded(
        &samples((SIZE.0 * SIZE.1 * 3) as usize),
        SIZE,
        ColorSpace::RGB,
        false,
    );
    let input = boxed(&photo, &[(*b"jumb", b"a manifest")]);
    let refused = protector().protect_bytes(&input, &ProtectOptions::new());
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ProtectedMetadata);
    let options = ProtectOptions::new().credentials(Credentials::Remove);
    let protected = protector().protect_bytes(&input, &options).unwrap();
    assert!(!photo_jxl::kinds(&protected.bytes).contains(&"jumb".to_owned()));
}

#[test]
fn sizes_beyond_the_limits_are_refused_before_decoding() {
    let photo = encoded(
        &samples((SIZE.0 * SIZE.1 * 3) as usize),
        SIZE,
        ColorSpace::RGB,
        false,
    );
    let kind = |limits: Limits| {
        let options = ProtectOptions::new().limits(limits);
        protector()
            .protect_bytes(&photo, &options)
            .unwrap_err()
            .kind()
    };
    assert_eq!(
        kind(Limits::new().max_pixels(2000)),
        ErrorKind::LimitExceeded
    );
    assert_eq!(
        kind(Limits::new().max_alloc_bytes(40_000)),
        ErrorKind::LimitExceeded
    );
    for length in [3, 12, 20, photo.len() / 2, photo.len() - 1] {
        let cut = protector().protect_bytes(&photo[..length], &ProtectOptions::new());
        assert_eq!(cut.unwrap_err().kind(), ErrorKind::Decode, "{length}");
    }
}
