//! Packets in any encoding that XMP allows (XMP Specification Part 1, 7.1), and Latin-1, as UTF-8.

use std::borrow::Cow;

/// The text of a packet. A declaration of another encoding is left out, since it would no longer be true.
pub(in crate::codec) fn text(packet: &[u8]) -> Cow<'_, str> {
    let text = match packet {
        [0xFF, 0xFE, 0, 0, rest @ ..] => utf32(rest, u32::from_le_bytes),
        [0, 0, 0xFE, 0xFF, rest @ ..] => utf32(rest, u32::from_be_bytes),
        [b'<', 0, 0, 0, ..] => utf32(packet, u32::from_le_bytes),
        [0, 0, 0, b'<', ..] => utf32(packet, u32::from_be_bytes),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [b'<', 0, ..] => utf16(packet, u16::from_le_bytes),
        [0, b'<', ..] => utf16(packet, u16::from_be_bytes),
        _ => match std::str::from_utf8(packet) {
            Ok(text) => return Cow::Borrowed(text),
            Err(_) => packet.iter().map(|&byte| char::from(byte)).collect(),
        },
    };
    Cow::Owned(without_declaration(text))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.as_chunks::<2>().0.iter().map(|&bytes| unit(bytes));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn utf32(bytes: &[u8], unit: fn([u8; 4]) -> u32) -> String {
    let units = bytes.as_chunks::<4>().0.iter().map(|&bytes| unit(bytes));
    units
        .map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

fn without_declaration(text: String) -> String {
    let rest = text
        .strip_prefix("<?xml ")
        .and_then(|rest| rest.split_once("?>"));
    match rest {
        Some((_, rest)) => rest.trim_start().to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let wide = "<a>\u{e9}\u{1F600}</a>";
        let units: Vec<u16> = wide.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        let letters = wide.chars();
        let four: Vec<u8> = letters.flat_map(|c| u32::from(c).to_be_bytes()).collect();
        for packet in [
            wide.as_bytes(),
            &little,
            &big,
            &four,
            &[b"\xFF\xFE", &little[..]].concat(),
            &[b"\0\0\xFE\xFF", &four[..]].concat(),
        ] {
            assert_eq!(text(packet), wide);
        }
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?>\n<a>\xE9</a>";
        assert_eq!(text(latin), "<a>\u{e9}</a>");
    }
}
