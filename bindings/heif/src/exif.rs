//! EXIF as HEIC and AVIF hold it, as a JPEG holds it.

/// The orientation tag of IFD0.
const ORIENTATION: u16 = 0x0112;

/// The block from its TIFF header on, saying upright: the pixels were turned by what the file says, which counts more than
/// EXIF does (ISO/IEC 23008-12, 6.5.10). `None` where there is no TIFF header.
pub(crate) fn upright(block: &[u8]) -> Option<Vec<u8>> {
    // Four bytes tell how far behind them the header stands.
    let (offset, rest) = block.split_first_chunk::<4>()?;
    let offset = usize::try_from(u32::from_be_bytes(*offset)).ok()?;
    let is_header = |bytes: &[u8]| bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*");
    let stated = rest.get(offset..).filter(|bytes| is_header(bytes));
    // Some writers count wrongly, or not at all.
    let found = || (0..=16).find_map(|at| block.get(at..).filter(|bytes| is_header(bytes)));
    let mut tiff = stated.or_else(found)?.to_vec();
    if let Some(value) = orientation(&tiff) {
        let upright = if tiff.starts_with(b"II") {
            [1, 0]
        } else {
            [0, 1]
        };
        tiff.get_mut(value..value + 2)?.copy_from_slice(&upright);
    }
    Some(tiff)
}

/// Where the orientation's number stands.
fn orientation(tiff: &[u8]) -> Option<usize> {
    let little = tiff.starts_with(b"II");
    let short = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |at: usize| {
        let bytes = tiff.get(at..at.checked_add(4)?)?.try_into().ok()?;
        let value = if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        };
        usize::try_from(value).ok()
    };
    let directory = long(4)?;
    let entries = usize::from(short(directory)?);
    (0..entries)
        .map_while(|entry| directory.checked_add(2 + 12 * entry))
        .find(|&entry| short(entry) == Some(ORIENTATION) && short(entry + 2) == Some(3))
        .map(|entry| entry + 8)
        .filter(|value| value + 2 <= tiff.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITTLE: &[u8] = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    const BIG: &[u8] = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0";

    #[test]
    fn the_orientation_is_upright_wherever_the_header_stands() {
        for (tiff, place, expected) in [(LITTLE, 18, 1), (BIG, 19, 1)] {
            for before in [
                &b"\0\0\0\0"[..],
                b"\0\0\0\x06Exif\0\0",
                b"\0\0\0\0Exif\0\0",
                b"",
            ] {
                let block = upright(&[before, tiff].concat()).expect("a header");
                assert_eq!(
                    (block.len(), block[place]),
                    (tiff.len(), expected),
                    "{before:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_exif_is_none_and_cut_blocks_are_no_fault() {
        for block in [
            &b""[..],
            b"\0\0\0\x06",
            b"\xFF\xFF\xFF\xFFExif",
            b"\0\0\0\0no exif",
        ] {
            assert_eq!(upright(block), None);
        }
        for length in 4..LITTLE.len() {
            assert!(upright(&[b"\0\0\0\0", &LITTLE[..length]].concat()).is_some());
        }
        let mut hostile = LITTLE.to_vec();
        hostile[4..8].copy_from_slice(&[0xFF; 4]);
        assert!(upright(&[b"\0\0\0\0", &hostile[..]].concat()).is_some());
    }
}
