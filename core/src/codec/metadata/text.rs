//! Text that hides a picture: base64, hexadecimal digits.

/// Shortest run of base64 or of digits that is taken for a picture whatever it begins with, in letters.
const LONGEST_RUN: usize = 512;

/// How pictures begin in base64: JPEG, PNG, GIF, WebP, TIFF, and zipped ones.
const BASE64: [&[u8]; 7] = [
    b"/9j/",
    b"iVBORw0KGgo",
    b"R0lGOD",
    b"UklGR",
    b"SUkqA",
    b"H4sI",
    b"data:image/",
];

/// Whether all bytes are letters, digits, signs or white space: Latin-1 or UTF-8.
pub(super) fn is_text(block: &[u8]) -> bool {
    let latin = |&byte: &u8| {
        byte >= 0xA0 || (0x20..0x7F).contains(&byte) || matches!(byte, 0 | 9 | 10 | 13)
    };
    let unicode = |text: &str| {
        text.chars()
            .all(|c| !c.is_control() || matches!(c, '\0' | '\t' | '\r' | '\n'))
    };
    block.iter().all(latin) || std::str::from_utf8(block).is_ok_and(unicode)
}

/// Whether a text holds an encoded picture, or so long an encoded block that it may be one. Bytes that are no text hide
/// none in this way.
pub(super) fn hides_picture(block: &[u8]) -> bool {
    let begins = |begin: &&[u8]| memchr::memmem::find(block, begin).is_some();
    is_text(block) && (BASE64.iter().any(begins) || longest_run(block) >= LONGEST_RUN)
}

/// The longest run of letters of base64, line breaks passed over.
fn longest_run(block: &[u8]) -> usize {
    let (mut longest, mut run) = (0, 0);
    for byte in block {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' | b'=' | b'-' | b'_' => run += 1,
            b'\r' | b'\n' => {}
            _ => run = 0,
        }
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_pictures_are_found_in_text() {
        let long = "QUJD".repeat(200);
        for text in ["preview: /9j/4AAQSkZJRg==", "data:image/x,abc", &long] {
            assert!(hides_picture(text.as_bytes()), "{text}");
        }
        let plain = "A cat on a mat, seen from above. ".repeat(40);
        assert!(!hides_picture(plain.as_bytes()));
        assert!(!hides_picture(b"\x01\x02/9j/"));
        assert!(is_text("Köln".as_bytes()) && is_text(b"K\xF6ln") && !is_text(b"\x01"));
    }
}
