//! How many segments a JPEG may have.

use crate::error::{Error, ErrorKind, Result};

/// Most segments before the first scan. The longest metadata that files carry, 64 MiB in pieces of 64 KiB, needs 1,024.
const MOST: usize = 16_384;

/// Checks the number of segments before any is taken apart.
///
/// # Errors
/// [`ErrorKind::LimitExceeded`] beyond 16,384.
pub(super) fn check(jpeg: &[u8]) -> Result<()> {
    let (mut at, mut count) = (2, 0);
    while let Some(&[0xFF, marker]) = jpeg.get(at..at + 2) {
        let length = match marker {
            0xFF => 1,
            0x01 | 0xD0..=0xD8 => 2,
            0xD9 | 0xDA => break,
            _ => match jpeg.get(at + 2..at + 4) {
                Some(&[high, low]) => 2 + usize::from(u16::from_be_bytes([high, low])),
                _ => break,
            },
        };
        at += length;
        count += usize::from(length > 2);
    }
    if count <= MOST {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::LimitExceeded,
        format!(
            "the JPEG has {count} segments before its image, more than {MOST}; remove metadata first"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_counted() {
        let file = |count: usize| {
            [
                b"\xFF\xD8",
                &b"\xFF\xFE\0\x02".repeat(count)[..],
                b"\xFF\xDA",
            ]
            .concat()
        };
        assert!(check(&file(MOST)).is_ok());
        let error = check(&file(MOST + 1)).map_err(|e| e.kind());
        assert_eq!(error, Err(ErrorKind::LimitExceeded));
    }
}
