//! Colours against their definition and against Little CMS.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::Path;

use image::ImageEncoder;
use img_parts::Bytes;

mod hostile;
mod primaries;

use super::*;
use crate::codec::format::{self, Format, Work};
use crate::codec::formats::FileFormat;
use crate::options::ProtectOptions;
use primaries::{P3, ROMM, apply, expected, srgb_decode, to_d50};

/// White, mid gray, a red, a green, a blue, an orange.
const COLOURS: [[f32; 3]; 6] = [
    [1.0, 1.0, 1.0],
    [0.5, 0.5, 0.5],
    [0.8, 0.2, 0.1],
    [0.1, 0.6, 0.2],
    [0.3, 0.3, 0.7],
    [0.9, 0.6, 0.5],
];

fn planes(colours: &[[f32; 3]]) -> Vec<f32> {
    (0..3)
        .flat_map(|c| colours.iter().map(move |colour| colour[c]))
        .collect()
}

fn check(colour: &ToSrgb, want: impl Fn(usize) -> [f64; 3], tolerance: f64) {
    let mut seen = planes(&COLOURS);
    colour.to_srgb(&mut seen);
    assert_eq!(colour.note(), None);
    for (i, start) in COLOURS.iter().enumerate() {
        let want = want(i);
        for (channel, want) in want.iter().enumerate() {
            let got = f64::from(seen[channel * COLOURS.len() + i]);
            assert!(
                (got - want).abs() < tolerance,
                "{start:?}, channel {channel}: {got} instead of {want}"
            );
        }
    }
}

fn shared(path: &str) -> Option<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data/photos")
        .join(path);
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        eprintln!("skipped: {} is absent", path.display());
    }
    bytes
}

fn space(photo: &[u8]) -> ColourSpace {
    struct Space<'a>(&'a [u8]);
    impl Work for Space<'_> {
        type Output = ColourSpace;
        fn run<F: Format>(self) -> ColourSpace {
            let (source, _) = format::read::<F>(self.0, &ProtectOptions::new(), None).unwrap();
            source.space
        }
    }
    FileFormat::detect(photo).unwrap().run(Space(photo))
}

fn icc(space: ColourSpace) -> Bytes {
    match space {
        ColourSpace::Icc(profile) => profile,
        other => panic!("{other:?}"),
    }
}

#[test]
fn display_p3_is_what_its_primaries_say() {
    let codes = ColourSpace::CodePoints {
        primaries: 12,
        transfer: 13,
    };
    let of_profile = ColorProfile::new_display_p3().encode().unwrap();
    for space in [codes, ColourSpace::Icc(of_profile.into())] {
        let colour = ToSrgb::new(&space).unwrap().unwrap();
        check(&colour, |i| expected(COLOURS[i], &P3, srgb_decode), 2e-3);
    }
}

#[test]
fn a_power_law_is_what_its_numbers_say() {
    let exponent = 1.0 / 1.8;
    let colour = ToSrgb::new(&ColourSpace::Gamma {
        exponent,
        chromaticities: Some(ROMM),
    })
    .unwrap()
    .unwrap();
    check(
        &colour,
        |i| expected(COLOURS[i], &ROMM, |v| v.powf(1.8)),
        3e-3,
    );
}

/// A profile that is a lookup table only (`mft2`, ICC.1:2022, 10.10): the P3 curve, then the corners of the cube.
fn lookup_profile(name: &[u8; 4]) -> Vec<u8> {
    let mut tag = [&b"mft2\0\0\0\0\x03\x03\x02\0"[..]].concat();
    for i in 0..9 {
        let one = if i % 4 == 0 { 0x1_0000u32 } else { 0 };
        tag.extend(one.to_be_bytes());
    }
    tag.extend([0x10, 0, 0, 2]); // 4,096 and 2 entries
    let level = |v: f64| ((v * 65_535.0).round() as u16).to_be_bytes();
    for _ in 0..3 {
        tag.extend((0..4096).flat_map(|i| level(srgb_decode(f64::from(i) / 4095.0))));
    }
    let matrix = to_d50(&P3);
    for corner in 0..8 {
        let linear = [corner >> 2 & 1, corner >> 1 & 1, corner & 1].map(f64::from);
        // XYZ is stored as u1Fixed15.
        tag.extend(
            apply(&matrix, linear)
                .iter()
                .flat_map(|v| level(v * 32_768.0 / 65_535.0)),
        );
    }
    tag.extend([0, 0, 0xFF, 0xFF].repeat(3));
    let mut profile = ColorProfile::new_srgb().encode().unwrap()[..128].to_vec();
    profile.extend([0, 0, 0, 1]);
    profile.extend(name);
    profile.extend(144u32.to_be_bytes());
    profile.extend((tag.len() as u32).to_be_bytes());
    profile.extend(tag);
    let length = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

#[test]
fn lookup_tables_of_either_intent_are_followed() {
    for name in [b"A2B0", b"A2B1"] {
        let profile = ColourSpace::Icc(lookup_profile(name).into());
        let colour = ToSrgb::new(&profile).unwrap().unwrap();
        // The engine lays tables of its own over them, so near the edge of the gamut it is off by two 8-bit steps.
        check(&colour, |i| expected(COLOURS[i], &P3, srgb_decode), 8e-3);
    }
}

#[test]
fn srgb_needs_no_transform() {
    let profile = ColorProfile::new_srgb().encode().unwrap();
    let codes = ColourSpace::CodePoints {
        primaries: 1,
        transfer: 13,
    };
    for space in [ColourSpace::Srgb, codes, ColourSpace::Icc(profile.into())] {
        assert!(ToSrgb::new(&space).unwrap().is_none(), "{space:?}");
    }
    for path in [
        "camera/craft-beer.jpg",
        "robustness/Landscape_9.jpg",
        "formats/denali.webp",
        "formats/concert.jpg",
    ] {
        let Some(photo) = shared(path) else { return };
        let space = space(&photo);
        icc(space.clone());
        assert!(ToSrgb::new(&space).unwrap().is_none(), "{path}");
    }
}

/// Computed by Little CMS 2.12 (perceptual intent) from the profiles in the files, to sRGB IEC61966-2.1.
#[test]
fn real_profiles_agree_with_little_cms() {
    let p3 = [
        [0.9999, 1.0, 0.9999],
        [0.4999, 0.5, 0.4999],
        [0.8715, 0.0938, 0.0],
        [0.0, 0.6110, 0.1066],
        [0.2999, 0.2999, 0.7252],
        [0.9513, 0.5828, 0.4782],
    ];
    let prophoto = [
        [0.9999, 1.0, 0.9999],
        [0.5721, 0.5722, 0.5721],
        [1.0, 0.0, 0.0529],
        [0.0, 0.7268, 0.0361],
        [0.0, 0.3706, 0.7933],
        [1.0, 0.5846, 0.5519],
    ];
    let generic = [
        [1.0, 1.0, 1.0],
        [0.5722, 0.5722, 0.5722],
        [0.8459, 0.2844, 0.1264],
        [0.0676, 0.6499, 0.2594],
        [0.3733, 0.39272, 0.7531],
        [0.9250, 0.6676, 0.5712],
    ];
    for (path, want) in [
        ("formats/p3.png", p3),
        ("camera/Ultra_HDR_Samples_Originals_05.jpg", p3),
        ("formats/prophoto.png", prophoto),
        ("orientation/landscape_2.jpg", generic),
    ] {
        let Some(photo) = shared(path) else { return };
        let colour = ToSrgb::new(&space(&photo)).unwrap().unwrap();
        check(&colour, |i| want[i], 5e-3);
    }
}

#[test]
fn ink_without_a_profile_follows_the_formula() {
    let inks = [0, 0, 0, 0, 255, 0, 0, 0, 51, 102, 0, 51, 0, 0, 0, 255, 7];
    let rgb = cmyk_to_srgb(None, &inks, false);
    assert_eq!(rgb, [255, 255, 255, 0, 255, 255, 163, 122, 204, 0, 0, 0]);
    let inverted = inks.map(|ink| 255 - ink);
    assert_eq!(cmyk_to_srgb(Some(b"no profile"), &inverted, true), rgb);
}

/// Computed by Little CMS 2.12 (perceptual intent) from the SWOP profile in the file.
#[test]
fn ink_with_a_profile_agrees_with_little_cms() {
    let Some(photo) = shared("formats/Channel_digital_image_CMYK_color.jpg") else {
        return;
    };
    let jpeg = img_parts::jpeg::Jpeg::from_bytes(photo.into()).unwrap();
    let profile = img_parts::ImageICC::icc_profile(&jpeg).unwrap();
    let (inks, want): (Vec<[u8; 4]>, Vec<[u8; 3]>) = [
        ([0, 0, 0, 0], [254, 255, 254]),
        ([255, 0, 0, 0], [0, 173, 239]),
        ([0, 255, 0, 0], [236, 0, 139]),
        ([0, 0, 255, 0], [255, 241, 0]),
        ([0, 0, 0, 255], [34, 31, 32]),
        ([128, 64, 32, 0], [129, 166, 195]),
        ([20, 200, 180, 40], [193, 79, 68]),
        ([100, 100, 100, 100], [109, 101, 99]),
    ]
    .into_iter()
    .unzip();
    let got = cmyk_to_srgb(Some(&profile), inks.as_flattened(), false);
    for ((inks, got), want) in inks.iter().zip(got.as_chunks::<3>().0).zip(&want) {
        let off = got.iter().zip(want).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off <= Some(4), "{inks:?}: {got:?} instead of {want:?}");
    }
}

/// A PNG of saturated colours with an embedded profile, and its samples.
#[cfg(feature = "bundled-generator")]
fn photo_with(profile: Vec<u8>) -> (Vec<u8>, Vec<u8>) {
    use img_parts::ImageICC;
    use img_parts::png::Png;
    let samples: Vec<u8> = (0..96 * 64usize)
        .flat_map(|i| {
            [
                (i % 96 * 2) as u8,
                (i / 96 * 4) as u8,
                if i % 7 < 3 { 250 } else { 5 },
            ]
        })
        .collect();
    let mut plain = Vec::new();
    image::codecs::png::PngEncoder::new(&mut plain)
        .write_image(&samples, 96, 64, image::ExtendedColorType::Rgb8)
        .unwrap();
    let mut png = Png::from_bytes(plain.into()).unwrap();
    png.set_icc_profile(Some(profile.into()));
    (png.encoder().bytes().into(), samples)
}

#[test]
#[cfg(feature = "bundled-generator")]
fn the_generator_sees_srgb_and_the_photo_stays_in_its_space() {
    use crate::blend::blend;
    use crate::options::ProtectorOptions;
    use crate::orientation::Orientation;
    use crate::pixels::{PixelLayout, Pixels, PixelsMut};
    use crate::{CancelToken, Protector, Strength};

    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let (photo, samples) = photo_with(profile.clone());
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    let colour = ToSrgb::new(&ColourSpace::Icc(profile.into()))
        .unwrap()
        .unwrap();
    let stored = Pixels::new(&samples, 96, 64, 96 * 3, PixelLayout::Rgb8).unwrap();
    let managed = protector
        .residual_in(&stored, Orientation::Upright, Some(&colour))
        .unwrap();
    assert_ne!(
        managed,
        protector.residual(&stored, Orientation::Upright).unwrap()
    );

    let protected = protector
        .protect_bytes(&photo, &ProtectOptions::new())
        .unwrap();
    let mut want = samples.clone();
    let mut pixels = PixelsMut::new(&mut want, 96, 64, 96 * 3, PixelLayout::Rgb8).unwrap();
    blend(
        &mut pixels,
        &managed,
        Strength::default(),
        &CancelToken::new(),
    )
    .unwrap();
    let got = image::load_from_memory(&protected.bytes)
        .unwrap()
        .into_rgb8()
        .into_raw();
    assert_eq!(got, want);
}

#[test]
#[cfg(feature = "bundled-generator")]
fn a_profile_that_cannot_be_used_is_noted() {
    use crate::{Protector, options::ProtectorOptions};
    let protector = Protector::bundled(ProtectorOptions::new()).unwrap();
    let (photo, _) = photo_with(b"this is no profile".to_vec());
    let report = protector
        .protect_bytes(&photo, &ProtectOptions::new())
        .unwrap()
        .report;
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("taken for sRGB")),
        "{:?}",
        report.notes
    );
}
