//! Gain maps behind a photo: where they stay, and that nothing else behind the photo does.

use confounder::{
    Limits, MetadataAction, MetadataEntry, MetadataPolicy, PhotoInfo, ProtectOptions, Protected,
    Protector, ProtectorOptions,
};

use crate::programs::{exiftool, extract, has};
use crate::{common, shared};

const PHOTO: &[u8] = include_bytes!("../../../tests/fixtures/cyclamen_persicum.jpg");

fn protector() -> Protector {
    Protector::bundled(ProtectorOptions::new()).unwrap()
}

fn segment(marker: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 2).unwrap().to_be_bytes();
    [&[0xFF, marker], &length[..], payload].concat()
}

fn after_start(jpeg: &[u8], segments: &[u8]) -> Vec<u8> {
    [&jpeg[..2], segments, &jpeg[2..]].concat()
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

fn xmp(inside: &str) -> Vec<u8> {
    let packet = format!(
        "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>\
         <rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description rdf:about='' \
         xmlns:hdrgm='http://ns.adobe.com/hdr-gain-map/1.0/' xmlns:dc='http://purl.org/dc/elements/1.1/' {inside}/>\
         </rdf:RDF></x:xmpmeta>"
    );
    segment(0xE1, packet.as_bytes())
}

/// A JPEG of 16 x 8 px, gray or in colour.
fn small(gray: bool) -> Vec<u8> {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    let photo = image::DynamicImage::ImageRgb8(image::RgbImage::from_pixel(
        16,
        8,
        image::Rgb([90, 80, 70]),
    ));
    let photo = if gray { photo.to_luma8().into() } else { photo };
    photo.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    jpeg.into_inner()
}

/// The fixture with an index of the pictures that follow it, in the order given, and then a film.
fn file(pictures: &[&[u8]]) -> Vec<u8> {
    let count = pictures.len() as u32 + 1;
    let mut index =
        b"MPF\0II*\0\x08\0\0\0\x03\0\0\xB0\x07\0\x04\0\0\x000100\x01\xB0\x04\0\x01\0\0\0".to_vec();
    index.extend(count.to_le_bytes());
    index.extend(b"\x02\xB0\x07\0");
    index.extend((16 * count).to_le_bytes());
    index.extend(b"\x32\0\0\0\0\0\0\0");
    // SOI, marker, length and `MPF` with its zero come before the TIFF header.
    let header = 2 + 4 + 4;
    let mut offset = PHOTO.len() + 4 + index.len() + 16 * count as usize - header;
    index.extend([0; 16]);
    for picture in pictures {
        for number in [0, picture.len() as u32, offset as u32, 0] {
            index.extend(number.to_le_bytes());
        }
        offset += picture.len();
    }
    [
        &after_start(PHOTO, &segment(0xE2, &index)),
        &pictures.concat()[..],
        b"a film",
    ]
    .concat()
}

fn gain_map_entry(entries: &[MetadataEntry]) -> &MetadataEntry {
    entries
        .iter()
        .find(|entry| entry.name == "gain map image")
        .unwrap()
}

fn protect(protector: &Protector, input: &[u8], policy: MetadataPolicy) -> Protected {
    protector
        .protect_bytes(input, &ProtectOptions::new().metadata(policy))
        .unwrap()
}

#[test]
fn a_gain_map_of_luma_stays_and_other_pictures_go() {
    let gain_map = after_start(
        &small(true),
        &xmp("hdrgm:Version='1.0' hdrgm:GainMapMax='2'"),
    );
    let preview = small(false);
    for pictures in [[&preview[..], &gain_map], [&gain_map, &preview]] {
        let input = file(&pictures);
        for policy in [MetadataPolicy::Keep, MetadataPolicy::Private] {
            let protected = protect(&protector(), &input, policy);
            assert!(
                protected.bytes.ends_with(&gain_map),
                "byte for byte, and the last thing in the file"
            );
            assert!(!contains(&protected.bytes, &preview) && !contains(&protected.bytes, b"film"));
            let entry = gain_map_entry(&protected.report.metadata);
            assert_eq!(
                (entry.action, entry.bytes),
                (MetadataAction::Kept, gain_map.len() as u64)
            );
            let rest = protected
                .report
                .metadata
                .iter()
                .find(|entry| entry.name == "data after the image");
            assert_eq!(
                rest.unwrap().bytes as usize,
                preview.len() + b"a film".len()
            );
            // The new index leads to it again.
            let info = PhotoInfo::read(&protected.bytes, &Limits::new()).unwrap();
            assert_eq!(gain_map_entry(&info.metadata).action, MetadataAction::Kept);
        }
    }
}

#[test]
fn iso_gain_maps_are_known_too() {
    let iso = segment(0xE2, b"urn:iso:std:iso:ts:21496:-1\0\0\0\0\0");
    let gain_map = after_start(&small(true), &iso);
    let input = after_start(&file(&[&gain_map]), b"");
    let protected = protect(&protector(), &input, MetadataPolicy::Keep);
    assert!(protected.bytes.ends_with(&gain_map));
}

#[test]
fn a_gain_map_that_could_reveal_something_goes() {
    let head = xmp("hdrgm:Version='1.0' hdrgm:GainMapMax='2'");
    let (gray, colour) = (
        after_start(&small(true), &head),
        after_start(&small(false), &head),
    );
    let protects_luma = {
        let mut model = common::code_generator(Some(64));
        common::set(&mut model, "chroma", "false");
        Protector::open(common::read(&model).unwrap(), ProtectorOptions::new()).unwrap()
    };
    for (protector, gain_map, policy) in [
        (&protector(), &colour, MetadataPolicy::Keep),
        (&protects_luma, &gray, MetadataPolicy::Keep),
        (&protector(), &gray, MetadataPolicy::Strip),
        (
            &protector(),
            &gray[..gray.len() - 2].to_vec(),
            MetadataPolicy::Keep,
        ),
    ] {
        let protected = protect(protector, &file(&[gain_map]), policy);
        let entry = gain_map_entry(&protected.report.metadata);
        assert_eq!(entry.action, MetadataAction::Removed);
        assert!(entry.detail.is_some());
        assert!(
            !contains(&protected.bytes, b"MPF\0") && !contains(&protected.bytes, b"GainMapMax")
        );
    }
}

#[test]
fn a_gain_map_is_judged_like_the_photo() {
    let thumbnail = b"\xFF\xD8\xFF\xDB the unprotected photo \xFF\xD9";
    let exif = segment(
        0xE1,
        &[&b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"[..], thumbnail].concat(),
    );
    let head = xmp("hdrgm:Version='1.0' hdrgm:GainMapMax='2' dc:creator='somebody'");
    let gain_map = after_start(&small(true), &[exif, head].concat());
    for (policy, named) in [
        (MetadataPolicy::Keep, true),
        (MetadataPolicy::Private, false),
    ] {
        let protected = protect(&protector(), &file(&[&gain_map]), policy);
        assert_eq!(
            gain_map_entry(&protected.report.metadata).action,
            MetadataAction::Rewritten
        );
        assert!(!contains(&protected.bytes, b"the unprotected photo"));
        assert!(contains(&protected.bytes, b"hdrgm:GainMapMax='2'"));
        assert_eq!(contains(&protected.bytes, b"somebody"), named, "{policy:?}");
        let info = PhotoInfo::read(&protected.bytes, &Limits::new()).unwrap();
        assert_eq!(gain_map_entry(&info.metadata).action, MetadataAction::Kept);
    }
}

#[test]
fn hostile_indexes_neither_panic_nor_leave_anything_behind() {
    let gain_map = after_start(
        &small(true),
        &xmp("hdrgm:Version='1.0' hdrgm:GainMapMax='2'"),
    );
    let input = file(&[&gain_map, &small(false)]);
    for at in 2..2 + 4 + 4 + 50 + 48 {
        for with in [0x00, 0x7F, 0xFF] {
            let mut spoilt = input.clone();
            spoilt[at] = with;
            if let Ok(protected) = PhotoInfo::read(&spoilt, &Limits::new()) {
                assert!(
                    protected
                        .metadata
                        .iter()
                        .any(|entry| entry.action == MetadataAction::Removed)
                );
            }
        }
    }
}

const POLICIES: [MetadataPolicy; 3] = [
    MetadataPolicy::Keep,
    MetadataPolicy::Private,
    MetadataPolicy::Strip,
];

#[test]
fn a_gain_map_stays_and_is_found_where_the_index_says() {
    let photo = shared::photo("camera/Ultra_HDR_Samples_Originals_05.jpg");
    let (true, Some(photo)) = (has("exiftool", "-ver"), photo) else {
        return;
    };
    let input = std::fs::read(&photo).unwrap();
    let original = extract(&photo, "-MPImage2");
    assert_eq!(original.len(), 37_085);
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo.jpg");
    for policy in POLICIES {
        let options = ProtectOptions::new().metadata(policy);
        let protected = protector.protect_bytes(&input, &options).unwrap();
        std::fs::write(&path, &protected.bytes).unwrap();
        let entries = &protected.report.metadata;
        let entry = entries
            .iter()
            .find(|entry| entry.name == "gain map image")
            .unwrap();
        let found = extract(&path, "-MPImage2");
        if policy == MetadataPolicy::Strip {
            assert_eq!((entry.action, found.len()), (MetadataAction::Removed, 0));
            assert!(extract(&path, "-XMP:all").is_empty());
            continue;
        }
        assert!(entry.action != MetadataAction::Removed && entry.detail.is_some());
        assert!(protected.bytes.ends_with(&found));
        // Its own metadata names nobody, so even the strict policy leaves it as it was.
        assert_eq!(found, original, "{policy:?}");
        let length = format!("{}", found.len());
        assert_eq!(
            extract(&path, "-XMP-Container:DirectoryItemLength"),
            length.as_bytes()
        );
        let version = extract(&path, "-XMP-hdrgm:Version");
        assert_eq!(version, b"1.0");
        let photo_length = protected.bytes.len() - found.len();
        let index = exiftool(folder.path(), &["-MPF:all", "-warning"]);
        let index = &index["photo.jpg"];
        let said = |picture: &str, tag: &str| {
            let mut tags = index.iter();
            let found = tags.find(|(name, _)| name.starts_with(picture) && name.ends_with(tag));
            found.map(|(_, value)| value.clone())
        };
        assert_eq!(
            said("MPImage1", ":MPImageLength"),
            Some(photo_length.to_string())
        );
        assert_eq!(
            said("MPImage2", ":MPImageStart"),
            Some(photo_length.to_string())
        );
        assert_eq!(said("MPF0", ":NumberOfImages"), Some("2".to_owned()));
        assert_eq!(index.get("ExifTool:Warning"), None);
    }
}
