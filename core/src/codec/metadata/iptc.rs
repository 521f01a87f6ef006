//! IPTC: the data sets of the Information Interchange Model (IIM 4.2). Texts stay, pictures go.

/// What every data set begins with (1.5, "Data set tag").
const MARKER: u8 = 0x1C;

/// Data sets that hold pictures, as record and number: previews with their format and version (2:200 to 2:202), and
/// the object itself in pieces (8:10).
fn is_picture(record: u8, number: u8) -> bool {
    matches!((record, number), (2, 200..=202) | (8, _))
}

/// What may stay of data sets.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::codec) enum Cut {
    /// All of them: none holds a picture.
    Nothing,
    /// These, without the pictures.
    Pictures(Vec<u8>),
    /// They cannot be read through.
    Unreadable,
}

/// Takes the pictures out of data sets that follow each other. Zeros may fill up the end.
pub(in crate::codec) fn without_pictures(sets: &[u8]) -> Cut {
    let mut kept = Vec::new();
    let mut removed = false;
    let mut rest = sets;
    while rest.first() == Some(&MARKER) {
        let Some((length, record, number)) = whole_set(rest) else {
            return Cut::Unreadable;
        };
        let (set, tail) = rest.split_at(length);
        if is_picture(record, number) {
            removed = true;
        } else {
            kept.extend_from_slice(set);
        }
        rest = tail;
    }
    if rest.iter().any(|&byte| byte != 0) {
        return Cut::Unreadable;
    }
    kept.extend_from_slice(rest);
    if removed {
        Cut::Pictures(kept)
    } else {
        Cut::Nothing
    }
}

/// The whole length, the record and the number of the data set at the head of `bytes`.
fn whole_set(bytes: &[u8]) -> Option<(usize, u8, u8)> {
    let &[_, record, number, high, low] = bytes.first_chunk()?;
    let stated = usize::from(u16::from_be_bytes([high, low]));
    let (header, length) = if high & 0x80 == 0 {
        (5, stated)
    } else {
        // An extended data set: the length has as many bytes as the first field says.
        let count = stated & 0x7FFF;
        let digits = bytes.get(5..5 + count).filter(|_| count <= 8)?;
        let length = digits.iter().try_fold(0usize, |sum, &digit| {
            sum.checked_mul(256)?.checked_add(usize::from(digit))
        })?;
        (5 + count, length)
    };
    let end = header.checked_add(length)?;
    (end <= bytes.len()).then_some((end, record, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADLINE: &[u8] = b"\x1C\x02\x69\0\x03Cat";

    #[test]
    fn previews_go_and_texts_stay() {
        let preview = b"\x1C\x02\xCA\0\x04JPEG";
        let long = b"\x1C\x02\xCA\x80\x04\0\0\0\x04JPEG";
        for picture in [&preview[..], long] {
            let sets = [HEADLINE, picture, HEADLINE, b"\0\0"].concat();
            let expected = [HEADLINE, HEADLINE, b"\0\0"].concat();
            assert_eq!(without_pictures(&sets), Cut::Pictures(expected));
        }
        assert_eq!(without_pictures(HEADLINE), Cut::Nothing);
        assert_eq!(without_pictures(b""), Cut::Nothing);
    }

    #[test]
    fn what_cannot_be_read_through_is_told() {
        for sets in [&b"text"[..], b"\x1C\x02\x69\0\x09Cat", b"\x1C\x02"] {
            assert_eq!(without_pictures(sets), Cut::Unreadable);
        }
        assert_eq!(
            without_pictures(&[HEADLINE, b"more"].concat()),
            Cut::Unreadable
        );
    }
}
