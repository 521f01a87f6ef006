//! What follows the image in a JPEG file.

use crate::codec::photo::{Fate, Place, Segment};

/// How many bytes follow the image's EOI, given everything after the first scan header; `None` where there is no EOI.
pub(super) fn trailing_bytes(scan: &[u8]) -> Option<usize> {
    let mut at = 0;
    while let Some(offset) = scan[at..].iter().position(|&b| b == 0xFF) {
        at += offset;
        match scan.get(at + 1) {
            Some(0xD9) => return Some(scan.len() - at - 2),
            Some(0xFF) => at += 1,
            Some(0x00 | 0x01 | 0xD0..=0xD8) => at += 2,
            // A segment between two scans: skip it, so that an EOI is not found in its payload.
            Some(_) => match scan.get(at + 2..at + 4) {
                Some(&[high, low]) => at += 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => break,
            },
            None => break,
        }
        if at > scan.len() {
            break;
        }
    }
    None
}

/// What the report says of it: motion photos, depth maps, makers' trailers.
pub(super) fn segment(bytes: usize) -> Segment {
    Segment {
        name: "data after the image".to_owned(),
        place: Place::Elsewhere,
        bytes,
        fate: Fate::Remove(
            "may hold the unprotected photo (motion photo, depth, original, preview)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_bytes_are_found_after_the_last_scan() {
        let scan = b"ab\xFF\x00cd\xFF\xD0ef\xFF\xC4\x00\x04\xFF\xD9gh\xFF\xFF\xD9tail";
        assert_eq!(trailing_bytes(scan), Some(4));
        for cut in 0..scan.len() - 4 {
            assert_eq!(trailing_bytes(&scan[..cut]), None);
        }
    }
}
