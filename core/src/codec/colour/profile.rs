//! Reading an embedded ICC profile without trusting it (ICC.1:2022, 7).

use std::panic::{AssertUnwindSafe, catch_unwind};

use moxcms::ColorProfile;

/// Longest profile that is read, in bytes; large press profiles have some 3 MiB.
const MAX_BYTES: usize = 8 << 20;

/// Most tags looked at; real profiles have 10 to 40.
const MAX_TAGS: usize = 100;

/// Where the tag table starts: after the header and the number of tags (7.2 and 7.3).
const TABLE: usize = 132;

/// The only tags that say how device colour becomes colour (9.2): matrix columns, curves, and the lookup table.
const TAGS: [&[u8; 4]; 7] = [
    b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"A2B0",
];

/// The colour space of a profile's device side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Rgb,
    Cmyk,
}

impl Space {
    fn signature(self) -> &'static [u8; 4] {
        match self {
            Self::Rgb => b"RGB ",
            Self::Cmyk => b"CMYK",
        }
    }
}

/// Reads a profile from its first byte.
///
/// # Errors
/// Why it cannot be used, in words.
pub(super) fn parse(profile: &[u8], space: Space) -> Result<ColorProfile, &'static str> {
    if profile.len() > MAX_BYTES {
        return Err("it is larger than 8 MiB");
    }
    match (profile.get(12..16), profile.get(16..20)) {
        (Some(b"scnr" | b"mntr" | b"prtr" | b"spac"), Some(found))
            if found == space.signature() => {}
        (Some(b"scnr" | b"mntr" | b"prtr" | b"spac"), _) => {
            return Err("it is for another colour space");
        }
        _ => return Err("it is no profile of a device or colour space"),
    }
    let reduced = reduce(profile).ok_or("it is cut short")?;
    let read = || ColorProfile::new_from_slice(&reduced);
    // A last defence, as in decode.rs: a fault in the colour engine on a hostile profile becomes a note.
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok(profile)) => Ok(profile),
        _ => Err("it is damaged"),
    }
}

/// The profile with a tag table of what is needed only, each tag once: a hostile profile may list one large tag
/// thousands of times, or texts whose translations all lie on the same bytes. Where there is no lookup table for
/// the perceptual intent, the colorimetric one stands in.
fn reduce(profile: &[u8]) -> Option<Vec<u8>> {
    let stated = u32::from_be_bytes(profile.get(TABLE - 4..TABLE)?.try_into().ok()?);
    let count = usize::try_from(stated).ok()?.min(MAX_TAGS);
    let table = profile.get(TABLE..TABLE + 12 * count)?;
    let entry = |name: &[u8; 4]| table.chunks_exact(12).find(|entry| entry.starts_with(name));
    let mut kept = Vec::with_capacity(12 * TAGS.len());
    for name in TAGS {
        let found = entry(name).or_else(|| (name == b"A2B0").then(|| entry(b"A2B1")).flatten());
        if let Some(found) = found {
            kept.extend_from_slice(name);
            kept.extend_from_slice(&found[4..]);
        }
    }
    let mut reduced = profile.to_vec();
    let tags = (kept.len() / 12) as u32;
    reduced[TABLE - 4..TABLE].copy_from_slice(&tags.to_be_bytes());
    // They fit: every kept entry is another one of the table's.
    reduced[TABLE..TABLE + kept.len()].copy_from_slice(&kept);
    Some(reduced)
}
