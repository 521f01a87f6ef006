//! Kinds of files that were reported as refused, wrong or leaking, one test a kind. The inputs lie in the shared photo
//! set; its manifest says what is right.

use confounder::{
    Credentials, ErrorKind, JpegMethod, Limits, MetadataAction, MetadataPolicy, Orientation,
    PhotoInfo, ProtectOptions, Protected, Protector, ProtectorOptions,
};

use crate::layouts::{mean_difference, seen};
use crate::{programs, shared};

fn protector() -> Protector {
    Protector::bundled(ProtectorOptions::new()).unwrap()
}

/// The protected file; `None` where there is no shared data.
fn protect(name: &str, options: &ProtectOptions) -> Option<(Vec<u8>, Protected)> {
    let input = shared::reported(name)?;
    let protected = protector().protect_bytes(&input, options);
    Some((input, protected.unwrap_or_else(|e| panic!("{name}: {e}"))))
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn action(protected: &Protected, name: &str) -> Option<MetadataAction> {
    let mut entries = protected.report.metadata.iter();
    Some(entries.find(|entry| entry.name.contains(name))?.action)
}

#[test]
fn what_other_readers_pass_over_is_passed_over() {
    if !programs::has("djpeg", "-version") {
        return;
    }
    for name in [
        "restart-marker-behind-the-last-interval.jpg",
        "no-eoi-before-samsung-trailer.jpg",
        "bytes-between-segments.jpg",
        "comment-shorter-than-it-is.jpg",
        "pillow-jpeg_ff00_header.jpg",
        "non-interleaved-luma-last.jpg",
    ] {
        let Some((input, protected)) = protect(name, &ProtectOptions::new()) else {
            return;
        };
        assert_eq!(
            protected.report.jpeg,
            Some(JpegMethod::Coefficients),
            "{name}"
        );
        assert!(protected.bytes.ends_with(b"\xFF\xD9"), "{name}");
        let difference = mean_difference(&seen(&input).unwrap(), &seen(&protected.bytes).unwrap());
        assert!(difference > 0.0 && difference < 6.0, "{name}: {difference}");
    }
}

#[test]
fn a_trailer_without_an_end_marker_before_it_goes() {
    let Some((_, protected)) = protect("no-eoi-before-samsung-trailer.jpg", &ProtectOptions::new())
    else {
        return;
    };
    let after = action(&protected, "data after the image");
    assert_eq!(after, Some(MetadataAction::Removed));
    assert!(!holds(&protected.bytes, b"ftyp"));
}

#[test]
fn scans_in_any_order_and_any_sampling_give_the_picture_that_djpeg_shows() {
    if !programs::has("djpeg", "-version") {
        return;
    }
    for name in [
        "non-interleaved-quality-5.jpg",
        "non-interleaved-quality-85.jpg",
        "non-interleaved-luma-last.jpg",
        "chroma-finer-than-luma-quality-7.jpg",
    ] {
        for method in [JpegMethod::Auto, JpegMethod::Reencode] {
            let Some((input, protected)) = protect(name, &ProtectOptions::new().jpeg(method))
            else {
                return;
            };
            let difference =
                mean_difference(&seen(&input).unwrap(), &seen(&protected.bytes).unwrap());
            assert!(difference < 6.0, "{name}, {method:?}: {difference}");
        }
    }
}

#[test]
fn texts_beside_a_preview_stay() {
    let name = "iptc-preview-beside-photoshop-thumbnail.jpg";
    let Some((_, protected)) = protect(name, &ProtectOptions::new()) else {
        return;
    };
    assert!(holds(&protected.bytes, b"\x1C\x02\x69"), "the headline");
    assert!(!holds(&protected.bytes, b"\x1C\x02\xCA"), "the preview");
}

#[test]
fn extended_xmp_without_pictures_stays() {
    let Some((_, protected)) = protect("extended-xmp-without-pictures.jpg", &ProtectOptions::new())
    else {
        return;
    };
    let kept = action(&protected, "extended XMP");
    assert_eq!(kept, Some(MetadataAction::Kept));
    assert!(holds(&protected.bytes, b"HasExtendedXMP"));
}

#[test]
fn packets_in_utf_16_stay() {
    let Some((_, protected)) = protect("xmp-utf16-with-bom.jpg", &ProtectOptions::new()) else {
        return;
    };
    assert_eq!(action(&protected, "XMP"), Some(MetadataAction::Rewritten));
    assert!(holds(&protected.bytes, b"confounder:Generator"));
}

#[test]
fn a_missing_pointer_in_exif_spoils_no_value() {
    for policy in [MetadataPolicy::Keep, MetadataPolicy::Private] {
        let options = ProtectOptions::new().metadata(policy);
        let name = "exif-ifd0-without-pointer-to-next.jpg";
        let Some((_, protected)) = protect(name, &options) else {
            return;
        };
        assert!(holds(&protected.bytes, b"NIKON CORPORATION"), "{policy:?}");
    }
}

#[test]
fn a_prefix_before_exif_costs_no_orientation() {
    for policy in [MetadataPolicy::Private, MetadataPolicy::Strip] {
        let options = ProtectOptions::new().metadata(policy);
        let Some((_, protected)) = protect("exif-with-jpeg-prefix.png", &options) else {
            return;
        };
        let after = PhotoInfo::read(&protected.bytes, &Limits::new()).unwrap();
        assert_eq!(
            Some(after.orientation),
            Orientation::from_exif(6).ok(),
            "{policy:?}"
        );
    }
}

#[test]
fn a_first_segment_that_is_no_jfif_is_judged_like_others() {
    let Some((_, protected)) = protect("ciff-in-app0.jpg", &ProtectOptions::new()) else {
        return;
    };
    assert!(holds(&protected.bytes, b"HEAPJPGM") && holds(&protected.bytes, b"Canon"));
}

#[test]
fn a_link_to_credentials_counts_as_credentials() {
    let name = "credentials-by-link-only.jpg";
    let Some(input) = shared::reported(name) else {
        return;
    };
    let refused = protector().protect_bytes(&input, &ProtectOptions::new());
    let kind = refused.err().map(|error| error.kind());
    assert_eq!(kind, Some(ErrorKind::ProtectedMetadata));
    let options = ProtectOptions::new().credentials(Credentials::Remove);
    let (_, protected) = protect(name, &options).unwrap();
    assert!(!holds(&protected.bytes, b"provenance"));
}

#[test]
fn texts_of_riff_stay() {
    let Some((_, protected)) = protect("info-chunks.webp", &ProtectOptions::new()) else {
        return;
    };
    assert!(holds(&protected.bytes, b"INAM") && holds(&protected.bytes, b"IART"));
    let options = ProtectOptions::new().metadata(MetadataPolicy::Private);
    let (_, protected) = protect("info-chunks.webp", &options).unwrap();
    assert!(!holds(&protected.bytes, b"IART"));
}

#[test]
fn text_that_hides_a_picture_goes() {
    let Some((_, protected)) = protect("preview-as-base64-in-text.png", &ProtectOptions::new())
    else {
        return;
    };
    assert!(!holds(&protected.bytes, b"base64"));
}

fn orientation(bytes: &[u8]) -> u16 {
    let info = PhotoInfo::read(bytes, &Limits::new()).unwrap();
    info.orientation.exif()
}

#[test]
fn blocks_in_hexadecimal_digits_are_judged_as_what_they_are() {
    for (name, turned) in [
        ("raw-profile-exif-orientation-6.png", 6),
        ("pillow-exif_imagemagick_orientation.png", 3),
    ] {
        for policy in [
            MetadataPolicy::Keep,
            MetadataPolicy::Private,
            MetadataPolicy::Strip,
        ] {
            let options = ProtectOptions::new().metadata(policy);
            let Some((input, protected)) = protect(name, &options) else {
                return;
            };
            assert_eq!(orientation(&input), turned, "{name}");
            assert_eq!(orientation(&protected.bytes), turned, "{name}, {policy:?}");
        }
    }
    for (name, kind) in [
        ("raw-profile-iptc.png", "iptc"),
        ("raw-profile-xmp.png", "xmp"),
    ] {
        let (_, protected) = protect(name, &ProtectOptions::new()).unwrap();
        let removed = protected.report.metadata.iter().any(|entry| {
            entry.name.contains("Raw profile") && entry.action == MetadataAction::Removed
        });
        assert!(!removed, "{name}: {:?}", protected.report.metadata);
        let after = PhotoInfo::read(&protected.bytes, &Limits::new()).unwrap();
        let named = |entry: &confounder::MetadataEntry| entry.name.ends_with(kind);
        assert!(after.metadata.iter().any(named), "{name}");
        let options = ProtectOptions::new().metadata(MetadataPolicy::Private);
        let (_, private) = protect(name, &options).unwrap();
        let after = PhotoInfo::read(&private.bytes, &Limits::new()).unwrap();
        assert!(!after.metadata.iter().any(named), "{name}");
    }
}

#[test]
fn xmp_behind_the_pixels_stays() {
    let Some((_, protected)) = protect("xmp-behind-idat.png", &ProtectOptions::new()) else {
        return;
    };
    assert_eq!(action(&protected, "XMP"), Some(MetadataAction::Rewritten));
    assert!(holds(&protected.bytes, b"confounder:Generator"));
}

#[test]
fn a_wrong_checksum_of_an_ancillary_chunk_costs_that_chunk() {
    let Some(input) = shared::reported("xmp-behind-idat.png") else {
        return;
    };
    let wrong = |kind: &[u8]| {
        let mut bytes = input.clone();
        let at = bytes.windows(4).position(|w| w == kind).unwrap();
        bytes[at + 30] ^= 1;
        protector().protect_bytes(&bytes, &ProtectOptions::new())
    };
    let protected = wrong(b"iTXt").unwrap();
    let entry = protected
        .report
        .metadata
        .iter()
        .find(|entry| entry.name == "iTXt");
    assert_eq!(entry.unwrap().action, MetadataAction::Removed);
    let refused = wrong(b"IDAT").map(|_| ()).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Decode);
}
