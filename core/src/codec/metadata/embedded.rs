//! JPEG streams inside metadata: previews of the unprotected photo.

/// Blanks every JPEG stream in `bytes`, from its SOI to its EOI or, where that is missing, to the end. Returns
/// whether there was any. A stream within a stream (a preview's own thumbnail) goes with the outer one.
pub(in crate::codec) fn blank_jpeg_streams(bytes: &mut [u8]) -> bool {
    let mut found = false;
    let mut at = 0;
    while let Some(start) = find_start(&bytes[at..]).map(|offset| at + offset) {
        let end = find_end(&bytes[start..]).map_or(bytes.len(), |offset| start + offset);
        bytes[start..end].fill(0);
        found = true;
        at = end;
    }
    found
}

/// Whether there is a JPEG stream in `bytes`.
pub(in crate::codec) fn has_jpeg_stream(bytes: &[u8]) -> bool {
    find_start(bytes).is_some()
}

/// The first SOI that is followed by a marker that can follow it.
fn find_start(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| {
        window[..3] == [0xFF, 0xD8, 0xFF]
            && matches!(window[3], 0xC0..=0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE)
    })
}

/// The length of the stream at the head of `bytes`: up to the EOI that closes its outermost SOI.
fn find_end(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0usize;
    for (i, pair) in bytes.windows(2).enumerate() {
        match pair {
            [0xFF, 0xD8] if bytes.get(i + 2) == Some(&0xFF) => depth += 1,
            [0xFF, 0xD9] => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(i + 2);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_whole_streams_and_nothing_else() {
        let mut bytes =
            b"note \xFF\xD8\xFF\xE1 a \xFF\xD8\xFF\xDB b \xFF\xD9 c \xFF\xD9 rest \xFF\xD8 x"
                .to_vec();
        let before = bytes.clone();
        assert!(has_jpeg_stream(&bytes));
        assert!(blank_jpeg_streams(&mut bytes));
        let end = before.len() - b" rest \xFF\xD8 x".len();
        assert_eq!(&bytes[..5], b"note ");
        assert!(bytes[5..end].iter().all(|&b| b == 0));
        assert_eq!(&bytes[end..], &before[end..]);
        assert!(!blank_jpeg_streams(&mut bytes));
    }

    #[test]
    fn a_stream_without_an_end_goes_to_the_end() {
        let mut bytes = b"ab\xFF\xD8\xFF\xDB tail".to_vec();
        assert!(blank_jpeg_streams(&mut bytes));
        assert_eq!(bytes, b"ab\0\0\0\0\0\0\0\0\0");
    }
}
