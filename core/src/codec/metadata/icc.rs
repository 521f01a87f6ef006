//! ICC profiles: carried over as they are; only the header and the name are looked at (ICC.1:2022, 7.2 and 9.2.41).

/// Whether a profile, given from its first byte, is one for gray photos.
pub(in crate::codec) fn is_gray(profile: &[u8]) -> bool {
    profile.get(16..20) == Some(b"GRAY")
}

/// Blanks the tag that names a monitor by its serial number (Apple's `mmod`); gives whether there was one.
pub(in crate::codec) fn blank_monitor(profile: &mut [u8]) -> bool {
    let found = || {
        let count = read(profile, 128)?.min(100);
        let mut entries = (0..count).map(|i| 132 + 12 * i);
        let entry = entries.find(|&at| profile.get(at..at + 4) == Some(b"mmod"))?;
        let (start, length) = (read(profile, entry + 4)?, read(profile, entry + 8)?);
        // The type's signature and its reserved bytes stay.
        let place = start.checked_add(8)?..start.checked_add(length)?;
        let value = profile.get(place.clone())?;
        value.iter().any(|&byte| byte != 0).then_some(place)
    };
    let Some(place) = found() else {
        return false;
    };
    profile[place].fill(0);
    true
}

/// The profile's name, or its colour space where it has no readable name.
pub(in crate::codec) fn name(profile: &[u8]) -> String {
    let space = || {
        let space = profile
            .get(16..20)
            .map(|space| String::from_utf8_lossy(space).trim().to_owned());
        space.unwrap_or_else(|| "unreadable profile".to_owned())
    };
    description(profile)
        .filter(|name| !name.is_empty())
        .unwrap_or_else(space)
}

/// The text of the `desc` tag: ASCII in version 2, UTF-16 in version 4.
fn description(profile: &[u8]) -> Option<String> {
    let count = read(profile, 128)?.min(100);
    let entry = (0..count)
        .map(|i| 132 + 12 * i)
        .find(|&at| profile.get(at..at + 4) == Some(b"desc"))?;
    let (start, length) = (read(profile, entry + 4)?, read(profile, entry + 8)?);
    let tag = profile.get(start..start.checked_add(length)?)?;
    let text = match tag.get(..4)? {
        b"desc" => String::from_utf8_lossy(tag.get(12..)?.get(..read(tag, 8)?)?).into_owned(),
        b"mluc" => {
            let (length, start) = (read(tag, 20)?, read(tag, 24)?);
            let (units, _) = tag.get(start..start.checked_add(length)?)?.as_chunks::<2>();
            char::decode_utf16(units.iter().map(|&unit| u16::from_be_bytes(unit)))
                .filter_map(Result::ok)
                .collect()
        }
        _ => return None,
    };
    Some(
        text.trim_matches(|c: char| c == '\0' || c.is_whitespace())
            .chars()
            .filter(|c| !c.is_control())
            .collect(),
    )
}

fn read(bytes: &[u8], at: usize) -> Option<usize> {
    let raw = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    usize::try_from(u32::from_be_bytes(raw)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header and one `desc` tag.
    fn profile(tag: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; 128];
        bytes[16..20].copy_from_slice(b"RGB ");
        bytes.extend([0, 0, 0, 1]);
        bytes.extend(b"desc\0\0\0\x90");
        bytes.extend((tag.len() as u32).to_be_bytes());
        bytes.extend(tag);
        bytes
    }

    #[test]
    fn reads_both_kinds_of_name() {
        assert_eq!(name(&profile(b"desc\0\0\0\0\0\0\0\x05sRGB\0")), "sRGB");
        let mluc = b"mluc\0\0\0\0\0\0\0\x01\0\0\0\x0CenUS\0\0\0\x04\0\0\0\x1C\0P\x003";
        assert_eq!(name(&profile(mluc)), "P3");
    }

    #[test]
    fn falls_back_to_the_colour_space() {
        assert_eq!(name(&profile(b"desc")), "RGB");
        assert_eq!(name(&[0; 3]), "unreadable profile");
        let whole = profile(b"desc\0\0\0\0\0\0\0\x05sRGB\0");
        for length in 0..whole.len() {
            name(&whole[..length]);
        }
    }

    #[test]
    fn a_monitor_loses_its_serial_number() {
        let mut with = profile(b"mmod\0\0\0\0SERIAL42");
        with[132..136].copy_from_slice(b"mmod");
        assert!(blank_monitor(&mut with) && !blank_monitor(&mut with));
        assert!(with.ends_with(b"mmod\0\0\0\0\0\0\0\0\0\0\0\0"));
        assert!(!blank_monitor(&mut profile(b"desc")));
    }

    #[test]
    fn tells_gray() {
        assert!(is_gray(&[&[0; 16][..], b"GRAYXYZ "].concat()));
        assert!(!is_gray(&profile(b"desc")));
    }
}
