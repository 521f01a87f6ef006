//! Profiles that cannot or must not be trusted.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

#[test]
fn what_cannot_be_used_is_said() {
    let gray = [&[0; 16][..], b"GRAYXYZ "].concat();
    assert!(
        ToSrgb::new(&ColourSpace::Icc(gray.into()))
            .unwrap()
            .is_none()
    );
    let mut inks = ColorProfile::new_srgb().encode().unwrap();
    inks[16..20].copy_from_slice(b"CMYK");
    for (space, why) in [
        (ColourSpace::Icc(Bytes::from_static(b"short")), "no profile"),
        (ColourSpace::Icc(inks.into()), "another colour space"),
        (
            ColourSpace::CodePoints {
                primaries: 9,
                transfer: 16,
            },
            "high dynamic range",
        ),
        (
            ColourSpace::CodePoints {
                primaries: 2,
                transfer: 2,
            },
            "unknown",
        ),
        (
            ColourSpace::CodePoints {
                primaries: 200,
                transfer: 13,
            },
            "unknown",
        ),
        (
            ColourSpace::Gamma {
                exponent: 0.0,
                chromaticities: None,
            },
            "out of range",
        ),
        (
            ColourSpace::Gamma {
                exponent: 0.5,
                chromaticities: Some([0.0; 8]),
            },
            "out of range",
        ),
        (
            ColourSpace::Gamma {
                exponent: 0.5,
                chromaticities: Some([0.3; 8]),
            },
            "out of range",
        ),
    ] {
        let note = ToSrgb::new(&space).err().unwrap_or_default();
        assert!(note.contains(why), "{space:?}: {note:?}");
    }
}

/// One large tag listed ever so often, and a text whose translations all lie on the same bytes, take no time.
#[test]
fn repeated_tags_are_read_once() {
    const TIMES: u32 = 200_000;
    let table = 12 * TIMES;
    let mut profile = lookup_profile(b"A2B0")[..128].to_vec();
    profile.extend(TIMES.to_be_bytes());
    for i in 0..TIMES {
        profile.extend(if i % 2 == 0 { b"A2B0" } else { b"desc" });
        profile.extend((132 + table).to_be_bytes());
        profile.extend(4_000_000u32.to_be_bytes());
    }
    profile.extend(&lookup_profile(b"A2B0")[144..]);
    profile.resize(7 << 20, 0);
    let started = Instant::now();
    assert!(ToSrgb::new(&ColourSpace::Icc(profile.into())).is_ok());
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn hostile_profiles_give_colours_or_a_note(
        kind in 0usize..3, at in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        head in prop::collection::vec((128usize..260, any::<u8>()), 0..4), cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut profile = match kind {
            0 => ColorProfile::new_display_p3().encode().unwrap(),
            1 => lookup_profile(b"A2B0"),
            _ => ColorProfile::new_bt2020_pq().encode().unwrap(),
        };
        for (index, value) in at {
            let index = index.index(profile.len());
            profile[index] = value;
        }
        for (index, value) in head {
            profile[index] = value;
        }
        if let Some(cut) = cut {
            profile.truncate(cut.index(profile.len()));
        }
        cmyk_to_srgb(Some(&profile), &[1, 2, 3, 4], true);
        if let Ok(Some(colour)) = ToSrgb::new(&ColourSpace::Icc(profile.into())) {
            let mut seen = planes(&COLOURS);
            colour.to_srgb(&mut seen);
            prop_assert!(seen.iter().all(|v| (0.0..=1.0).contains(v)), "{:?}", seen);
        }
    }
}
