//! JPEG XL as libjxl's own programs write and read it. Skipped where they are not installed.

use std::path::Path;
use std::process::Command;

use confounder::{ErrorKind, MetadataAction, MetadataPolicy, ProtectOptions};
use jxl::api::JxlColorProfile;

use crate::check_jxl::{check, info, protect, protector, samples};
use crate::photo_jxl::{SIZE, decoded};
use crate::{photo_jxl, programs, shared};

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
    assert_eq!(info(&input).orientation.exif(), 6);
    for policy in [
        MetadataPolicy::Keep,
        MetadataPolicy::Private,
        MetadataPolicy::Strip,
    ] {
        let protected = protect(&input, policy);
        assert_eq!(info(&protected.bytes).orientation.exif(), 6);
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
