//! JPEG XL: every kind that is read comes out as it went in but for the residual; what cannot is refused by name.

#![cfg(feature = "codecs")]
#![allow(clippy::unwrap_used)]

mod common;

#[path = "common/programs.rs"]
mod programs;

#[path = "common/shared.rs"]
mod shared;

#[path = "common/photo_jxl.rs"]
mod photo_jxl;

use std::path::Path;
use std::process::Command;

use common::{EPSILON, Noise, luma_generator, read};
use confounder::{
    Credentials, ErrorKind, FileFormat, Limits, MetadataAction, MetadataPolicy, PhotoInfo,
    ProtectOptions, Protected, Protector, ProtectorOptions,
};
use jxl::api::JxlColorProfile;
use photo_jxl::{SIZE, boxed, decoded, encoded, exif};
use zune_jpeg::zune_core::colorspace::ColorSpace;

fn protector() -> Protector {
    let generator = read(&luma_generator()).unwrap();
    Protector::open(generator, ProtectorOptions::new()).unwrap()
}

fn protect(input: &[u8], policy: MetadataPolicy) -> Protected {
    let options = ProtectOptions::new().metadata(policy);
    protector().protect_bytes(input, &options).unwrap()
}

fn info(bytes: &[u8]) -> PhotoInfo {
    PhotoInfo::read(bytes, &Limits::default()).unwrap()
}

/// Samples far from black and white.
fn samples(count: usize) -> Vec<u16> {
    let mut noise = Noise(11);
    (0..count)
        .map(|_| (65_535.0 * (0.5 + 0.4 * noise.next())) as u16)
        .collect()
}

/// The protected file holds the same photo but for the residual, and the same alpha.
fn check(name: &str, input: &[u8]) -> Protected {
    let protected = protect(input, MetadataPolicy::Keep);
    assert_eq!(protected.format, FileFormat::Jxl, "{name}");
    let (before, after) = (info(input), info(&protected.bytes));
    assert_eq!(
        (
            before.width,
            before.height,
            before.orientation,
            before.colour,
            before.profile
        ),
        (
            after.width,
            after.height,
            after.orientation,
            after.colour,
            after.profile
        ),
        "{name}"
    );
    let (before, after) = (decoded(input), decoded(&protected.bytes));
    assert_eq!(
        (before.colours, before.alpha, before.samples.len()),
        (after.colours, after.alpha, after.samples.len()),
        "{name}"
    );
    let channels = before.colours + usize::from(before.alpha);
    let most = (f64::from(EPSILON) * 255.0).ceil() * 257.0;
    let mut changed = 0;
    for (at, (a, b)) in before.samples.iter().zip(&after.samples).enumerate() {
        let change = a.abs_diff(*b);
        if at % channels >= before.colours {
            assert_eq!(change, 0, "{name}: alpha");
        }
        assert!(f64::from(change) <= most, "{name}: {change}");
        changed += usize::from(change > 0);
    }
    assert!(
        changed > before.samples.len() / 4,
        "{name}: {changed} changed"
    );
    protected
}

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

#[test]
fn a_strip_one_pixel_wide_says_what_to_do() {
    let samples = samples(3 * 40);
    let Some(folder) = tools() else { return };
    let input = cjxl(
        folder.path(),
        &png(&samples, (1, 40), 3, false),
        &["-d", "0"],
    );
    let error = protector()
        .protect_bytes(&input, &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Encode);
    assert!(error.to_string().contains("PNG"), "{error}");
}

/// A folder where libjxl's programs are installed.
fn tools() -> Option<tempfile::TempDir> {
    (programs::has("cjxl", "--version") && programs::has("djxl", "--version"))
        .then(|| tempfile::tempdir().unwrap())
}

fn png(samples: &[u16], size: (u32, u32), channels: usize, wide: bool) -> Vec<u8> {
    png_with(samples, size, channels, wide, None)
}

fn png_with(
    samples: &[u16],
    size: (u32, u32),
    channels: usize,
    wide: bool,
    icc: Option<&[u8]>,
) -> Vec<u8> {
    use image::ExtendedColorType::{L8, L16, La8, La16, Rgb8, Rgb16, Rgba8, Rgba16};
    use image::ImageEncoder;
    let colour =
        [[L8, L16], [La8, La16], [Rgb8, Rgb16], [Rgba8, Rgba16]][channels - 1][usize::from(wide)];
    let bytes: Vec<u8> = if wide {
        samples
            .iter()
            .flat_map(|sample| sample.to_ne_bytes())
            .collect()
    } else {
        samples.iter().map(|sample| (sample >> 8) as u8).collect()
    };
    let mut png = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut png);
    if let Some(icc) = icc {
        encoder.set_icc_profile(icc.to_vec()).unwrap();
    }
    encoder.write_image(&bytes, size.0, size.1, colour).unwrap();
    png
}

/// A file as libjxl's encoder makes it.
fn cjxl(folder: &Path, photo: &[u8], options: &[&str]) -> Vec<u8> {
    let (from, to) = (folder.join("in.png"), folder.join("out.jxl"));
    std::fs::write(&from, photo).unwrap();
    let run = Command::new("cjxl")
        .arg(&from)
        .arg(&to)
        .args(options)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    std::fs::read(to).unwrap()
}

/// The samples of a file as libjxl's decoder sees them, upright, and the profile that it gives them.
fn djxl(folder: &Path, photo: &[u8]) -> image::DynamicImage {
    let (from, to) = (folder.join("judged.jxl"), folder.join("judged.png"));
    std::fs::write(&from, photo).unwrap();
    let run = Command::new("djxl").arg(&from).arg(&to).output().unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    image::open(to).unwrap()
}

#[test]
fn libjxl_reads_what_we_write_and_we_what_it_writes() {
    let Some(folder) = tools() else { return };
    let folder = folder.path();
    for (channels, wide) in [1, 2, 3, 4]
        .into_iter()
        .flat_map(|c| [(c, false), (c, true)])
    {
        for options in [
            &["-d", "0"][..],
            &["-d", "1"],
            &["-d", "0", "-p"],
            &["-d", "2", "-p"],
        ] {
            let name = format!("{channels} channels, wide: {wide}, {options:?}");
            let photo = png(
                &samples((SIZE.0 * SIZE.1) as usize * channels),
                SIZE,
                channels,
                wide,
            );
            let input = cjxl(folder, &photo, options);
            if channels == 2 && wide {
                let refused = protector().protect_bytes(&input, &ProtectOptions::new());
                assert_eq!(refused.unwrap_err().kind(), ErrorKind::UnsupportedFormat);
                continue;
            }
            let protected = check(&name, &input);
            let ours = decoded(&protected.bytes).samples;
            let theirs = djxl(folder, &protected.bytes);
            let theirs: Vec<u16> = match (theirs, channels) {
                (image::DynamicImage::ImageLuma8(photo), 1) => widened(&photo),
                (image::DynamicImage::ImageLumaA8(photo), 2) => widened(&photo),
                (image::DynamicImage::ImageRgb8(photo), 3) => widened(&photo),
                (image::DynamicImage::ImageRgba8(photo), 4) => widened(&photo),
                (image::DynamicImage::ImageLuma16(photo), 1) => photo.into_raw(),
                (image::DynamicImage::ImageLumaA16(photo), 2) => photo.into_raw(),
                (image::DynamicImage::ImageRgb16(photo), 3) => photo.into_raw(),
                (image::DynamicImage::ImageRgba16(photo), 4) => photo.into_raw(),
                (other, _) => panic!("{name}: {:?}", other.color()),
            };
            assert!(ours == theirs, "{name}");
        }
    }
}

fn widened(samples: &[u8]) -> Vec<u16> {
    samples
        .iter()
        .map(|&sample| u16::from(sample) * 257)
        .collect()
}

#[test]
fn colour_spaces_stay() {
    let Some(folder) = tools() else { return };
    let folder = folder.path();
    let photo = |icc: Option<&[u8]>| {
        png_with(
            &samples((SIZE.0 * SIZE.1 * 3) as usize),
            SIZE,
            3,
            false,
            icc,
        )
    };
    for space in [
        "RGB_D65_DCI_Rel_SRG",
        "RGB_D65_202_Rel_PeQ",
        "RGB_D65_SRG_Per_Lin",
        "RGB_D65_SRG_Rel_709",
        "RGB_D65_SRG_Rel_g0.4545455",
        "RGB_EER_202_Sat_HLG",
        "RGB_DCI_DCI_Rel_DCI",
    ] {
        for distance in ["0", "1"] {
            let input = cjxl(
                folder,
                &photo(None),
                &["-d", distance, "-x", &format!("color_space={space}")],
            );
            let protected = check(space, &input);
            let (before, after) = (decoded(&input), decoded(&protected.bytes));
            assert!(before.space.same_color_encoding(&after.space), "{space}");
            assert_eq!(before.brightness, after.brightness, "{space}");
            djxl(folder, &protected.bytes);
        }
    }
    // A profile that libjxl keeps as it is.
    let Some(path) = shared::photo("formats/p3.png") else {
        return;
    };
    let file = std::io::BufReader::new(std::fs::File::open(path).unwrap());
    let mut decoder = image::codecs::png::PngDecoder::new(file).unwrap();
    let icc = image::ImageDecoder::icc_profile(&mut decoder)
        .unwrap()
        .unwrap();
    let input = cjxl(folder, &photo(Some(&icc)), &["-d", "0"]);
    let protected = check("ICC", &input);
    let (before, after) = (decoded(&input).space, decoded(&protected.bytes).space);
    let (JxlColorProfile::Icc(before), JxlColorProfile::Icc(after)) = (before, after) else {
        panic!("the profile is gone");
    };
    assert!(before == icc && after == icc);
    let judged = djxl(folder, &protected.bytes);
    assert!(judged.to_rgb8().into_raw() == decoded(&protected.bytes).bytes());
    let lossy = cjxl(folder, &photo(Some(&icc)), &["-d", "1"]);
    let error = protector()
        .protect_bytes(&lossy, &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat, "{error}");
    assert!(
        error.to_string().contains("save the photo as PNG"),
        "{error}"
    );
}

#[test]
fn transcoded_jpegs_keep_orientation_and_compressed_boxes() {
    let Some(folder) = tools() else { return };
    let folder = folder.path();
    let jpeg = photo_jxl::turned_jpeg();
    let (from, to) = (folder.join("in.jpg"), folder.join("out.jxl"));
    std::fs::write(&from, &jpeg).unwrap();
    let run = Command::new("cjxl").arg(&from).arg(&to).output().unwrap();
    assert!(run.status.success());
    let input = std::fs::read(to).unwrap();
    assert_eq!(info(&input).orientation, 6);
    for policy in [
        MetadataPolicy::Keep,
        MetadataPolicy::Private,
        MetadataPolicy::Strip,
    ] {
        let protected = protect(&input, policy);
        assert_eq!(info(&protected.bytes).orientation, 6);
        assert!(!photo_jxl::kinds(&protected.bytes).contains(&"jbrd".to_owned()));
        let report = &protected.report.metadata;
        assert!(
            report
                .iter()
                .any(|entry| entry.name == "JPEG reconstruction"
                    && entry.action == MetadataAction::Removed)
        );
        assert!(
            report.iter().any(|entry| entry.name == "EXIF"),
            "{report:?}"
        );
        let judged = djxl(folder, &protected.bytes);
        assert_eq!((judged.width(), judged.height()), (SIZE.1, SIZE.0));
    }
}

#[test]
fn animations_are_refused() {
    let Some(folder) = tools() else { return };
    let folder = folder.path();
    let (from, to) = (folder.join("in.gif"), folder.join("out.jxl"));
    let run = Command::new("convert")
        .args(["-delay", "10", "-size", "20x20", "xc:red", "xc:blue"])
        .arg(&from)
        .output();
    if !run.is_ok_and(|run| run.status.success()) {
        return;
    }
    let run = Command::new("cjxl").arg(&from).arg(&to).output().unwrap();
    assert!(run.status.success());
    let error = protector()
        .protect_bytes(&std::fs::read(to).unwrap(), &ProtectOptions::new())
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnsupportedFormat);
    assert!(error.to_string().contains("animated"), "{error}");
}
