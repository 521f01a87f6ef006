//! Pictures inside metadata: previews of the unprotected photo, found by how pictures begin.

use std::ops::Range;

use memchr::memmem;

use super::ifd::{ByteOrder, Directory};

/// Blanks every picture in `bytes`: JPEG, PNG, WebP, HEIC, AVIF, JPEG 2000, ETC1 textures, and TIFF with pixels. Returns
/// whether there was any. A picture within a picture (a preview's own thumbnail) goes with the outer one.
pub(in crate::codec) fn blank_pictures(bytes: &mut [u8]) -> bool {
    let places = pictures(bytes);
    for place in &places {
        bytes[place.clone()].fill(0);
    }
    !places.is_empty()
}

/// Whether there is a picture in `bytes`.
pub(in crate::codec) fn has_picture(bytes: &[u8]) -> bool {
    !pictures(bytes).is_empty()
}

fn pictures(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut places = jpegs(bytes);
    places.extend(others(bytes));
    places.extend(tiffs(bytes));
    places
}

/// JPEG streams, from SOI to EOI or, where that is missing, to the end: also those whose first byte is wrong, as some
/// cameras write them, and scans without any header before them.
fn jpegs(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(start) = find_start(&bytes[at..]).map(|offset| at + offset) {
        let end = find_end(&bytes[start..]).map_or(bytes.len(), |offset| start + offset);
        places.push(start..end);
        at = end;
    }
    places
}

/// The first SOI that is followed by a marker that can follow it, or the first scan.
fn find_start(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).enumerate().find_map(|(at, window)| {
        let [first, second, third, marker] = *window.first_chunk()?;
        let follows = matches!(marker, 0xC0..=0xC4 | 0xDB | 0xDD | 0xE0..=0xEF | 0xFE);
        let start = second == 0xD8 && third == 0xFF && follows;
        let whole = start && (first == 0xFF || reaches_scan(&bytes[at + 2..]));
        (whole || is_scan(&bytes[at..])).then_some(at)
    })
}

/// Whether segments follow each other up to a scan.
fn reaches_scan(mut bytes: &[u8]) -> bool {
    for _ in 0..64 {
        let Some(&[0xFF, marker, high, low]) = bytes.first_chunk() else {
            return false;
        };
        if marker == 0xDA {
            return true;
        }
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        match bytes.get(length..) {
            Some(rest) if marker >= 0xC0 => bytes = rest,
            _ => return false,
        }
    }
    false
}

/// Whether a scan header of one or three components begins here (ITU-T T.81, B.2.3).
fn is_scan(bytes: &[u8]) -> bool {
    matches!(
        bytes,
        [0xFF, 0xDA, 0, 8, 1, _, _, 0, 63, 0, ..]
            | [0xFF, 0xDA, 0, 12, 3, _, _, _, _, _, _, 0, 0 | 63, _, ..]
    )
}

/// The length of the stream at the head of `bytes`: up to the EOI that closes its outermost SOI.
fn find_end(bytes: &[u8]) -> Option<usize> {
    // A stream whose SOI is damaged is open from its first byte on.
    let mut depth = usize::from(!bytes.starts_with(&[0xFF, 0xD8]));
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

/// Other pictures that say where they begin: the magic, how far into the picture it stands, and how long the picture is.
type Kind = (&'static [u8], usize, fn(&[u8]) -> Option<usize>);

const KINDS: [Kind; 9] = [
    (b"\x89PNG\r\n\x1A\n", 0, png_length),
    (b"WEBP", 8, riff_length),
    (b"PKM 10", 0, texture_length),
    (b"PKM 20", 0, |_| None),
    (b"ftyphei", 4, |_| None),
    (b"ftypmif1", 4, |_| None),
    (b"ftypavif", 4, |_| None),
    (b"\0\0\0\x0CjP  \r\n\x87\n", 0, |_| None),
    (b"\0\0\0\x0CJXL \r\n\x87\n", 0, |_| None),
];

fn others(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    for (magic, before, length) in KINDS {
        for at in memmem::find_iter(bytes, magic) {
            let Some(start) = at.checked_sub(before) else {
                continue;
            };
            let rest = bytes.len() - start;
            let length = length(&bytes[start..]).unwrap_or(rest).min(rest);
            places.push(start..start + length);
        }
    }
    places
}

fn png_length(bytes: &[u8]) -> Option<usize> {
    Some(memmem::find(bytes, b"IEND")? + 8)
}

fn riff_length(bytes: &[u8]) -> Option<usize> {
    let size = u32::from_le_bytes(*bytes.get(4..)?.first_chunk()?);
    bytes.starts_with(b"RIFF").then_some(8 + size as usize)
}

/// Header of 16 bytes, then half a byte a pixel (ETC1).
fn texture_length(bytes: &[u8]) -> Option<usize> {
    let side = |at: usize| {
        Some(usize::from(u16::from_be_bytes(
            *bytes.get(at..)?.first_chunk()?,
        )))
    };
    Some(16 + side(8)? * side(10)? / 2)
}

/// The pixels of TIFF blocks that lie within `bytes`, behind their beginning.
fn tiffs(bytes: &[u8]) -> Vec<Range<usize>> {
    let headers = memmem::find_iter(bytes, b"II*\0").chain(memmem::find_iter(bytes, b"MM\0*"));
    let pixels = headers.filter(|&at| at > 0).take(64).filter_map(|at| {
        let tiff = &bytes[at..];
        let order = ByteOrder::of(tiff)?;
        let first = Directory::read(tiff, order, order.u32(tiff, 4)? as usize)?;
        let places = first.previews(tiff, order).into_iter();
        let inside = move |place: Range<usize>| {
            let end = place.end.min(tiff.len());
            (place.start < end && place.start >= 8).then(|| at + place.start..at + end)
        };
        Some(places.filter_map(inside).collect::<Vec<_>>())
    });
    pixels.flatten().collect()
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
        assert!(has_picture(&bytes));
        assert!(blank_pictures(&mut bytes));
        let end = before.len() - b" rest \xFF\xD8 x".len();
        assert_eq!(&bytes[..5], b"note ");
        assert!(bytes[5..end].iter().all(|&b| b == 0));
        assert_eq!(&bytes[end..], &before[end..]);
        assert!(!blank_pictures(&mut bytes));
    }

    #[test]
    fn a_stream_without_an_end_goes_to_the_end() {
        let mut bytes = b"ab\xFF\xD8\xFF\xDB tail".to_vec();
        assert!(blank_pictures(&mut bytes));
        assert_eq!(bytes, b"ab\0\0\0\0\0\0\0\0\0");
    }

    #[test]
    fn a_wrong_first_byte_hides_nothing() {
        let mut bytes =
            b"ab\x02\xD8\xFF\xDB\0\x03q\xFF\xDA\0\x08\x01\x01\0\0\x3F\0data\xFF\xD9 note".to_vec();
        assert!(blank_pictures(&mut bytes));
        assert!(bytes.ends_with(b"\0\0 note") && bytes[2..20].iter().all(|&b| b == 0));
        assert!(!has_picture(b"a lone \xD8\xFF\xDB is no stream"));
    }

    #[test]
    fn pictures_of_other_kinds_go() {
        let texture = [&b"PKM 10\0\0\0\x08\0\x08\0\x08\0\x08"[..], &[7; 32]].concat();
        let tiff = b"II*\0\x08\0\0\0\x02\0\x11\x01\x04\0\x01\0\0\0\x26\0\0\0\x17\x01\x04\0\x01\0\0\0\x04\0\0\0\0\0\0\0PIXL";
        for (picture, secret) in [
            (
                &b"\x89PNG\r\n\x1A\n pixels IEND\0\0\0\0"[..],
                &b"pixels"[..],
            ),
            (b"RIFF\x0A\0\0\0WEBPpixels", b"pixels"),
            (&texture, &[7; 32]),
            (b"\0\0\0\x18ftypheic pixels", b"pixels"),
            (tiff, b"PIXL"),
        ] {
            let mut bytes = [b"note ", picture].concat();
            assert!(blank_pictures(&mut bytes));
            assert!(bytes.starts_with(b"note "));
            assert_eq!(memmem::find(&bytes, secret), None);
        }
    }
}
